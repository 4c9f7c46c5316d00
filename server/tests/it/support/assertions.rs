//! Clients that prove themselves with a signature (`private_key_jwt`).

use domain::clock::SECOND;
use http::Request;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PublicKeyData};
use serde_json::{Value, json};

use super::{Answer, ClientApp, ISSUER, TestApp};

pub const CALLBACK: &str = "https://app.example/cb";
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A key pair of a client.
pub struct Key {
    pair: KeyPair,
    id: &'static str,
}

impl Key {
    pub fn new(id: &'static str) -> Self {
        Self { pair: KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap(), id }
    }

    /// The public half.
    pub fn public(&self) -> Value {
        let point = self.pair.der_bytes();
        let text =
            |bytes: &[u8]| base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, bytes);
        json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": self.id,
            "x": text(&point[1..33]), "y": text(&point[33..65]) })
    }

    pub fn sign(&self, claims: &Value) -> String {
        self.sign_with(claims, None)
    }

    /// Signs with a header that demands these extensions.
    pub fn sign_with(&self, claims: &Value, crit: Option<&[&str]>) -> String {
        let crit = crit.map(|names| names.iter().map(|&name| name.to_owned()).collect());
        let header = Header { kid: Some(self.id.to_owned()), crit, ..Header::new(Algorithm::ES256) };
        let key = EncodingKey::from_ec_der(&self.pair.serialize_der());
        jsonwebtoken::encode(&header, claims, &key).unwrap()
    }
}

/// An assertion with a key of its own, that nobody publishes.
pub fn signer(claims: &Value) -> String {
    Key::new("k1").sign(claims)
}

/// Claims that are good now, for this client, named so.
pub fn claims(app: &TestApp, client_id: &str, jti: &str) -> Value {
    json!({ "iss": client_id, "sub": client_id, "aud": ISSUER, "jti": jti,
        "iat": app.now() / SECOND, "exp": app.now() / SECOND + 60 })
}

/// Registers a client with these keys.
pub async fn register(app: &TestApp, keys: Value) -> Answer {
    let mut body = json!({
        "client_name": "Signer",
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "private_key_jwt",
    });
    body.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
    app.post_json("/oauth/register", &body, &[]).await
}

pub async fn registered(app: &TestApp, keys: Value) -> ClientApp {
    let answer = register(app, keys).await;
    ClientApp::registered(&answer, CALLBACK)
}

/// Asks for a refresh with a token that is none: `invalid_grant` once the client has proven itself.
pub async fn prove(app: &TestApp, client: &ClientApp, assertion: &str) -> Answer {
    app.post_form("/oauth/token", &proof(client, assertion)).await
}

/// The same from an address.
pub async fn prove_from(app: &TestApp, address: &str, client: &ClientApp, assertion: &str) -> Answer {
    app.send_from(address, Request::post("/oauth/token"), &proof(client, assertion)).await
}

fn proof<'a>(client: &'a ClientApp, assertion: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("grant_type", "refresh_token"),
        ("refresh_token", "none"),
        ("client_id", &client.id),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion),
    ]
}

pub fn is_proven(answer: &Answer) {
    assert_eq!(answer.refusal(), "400 invalid_grant");
}

pub fn is_refused(answer: &Answer, why: &str) {
    assert_eq!(answer.refusal(), "401 invalid_client");
    assert!(answer.body.contains(why), "not {why}: {}", answer.body);
}
