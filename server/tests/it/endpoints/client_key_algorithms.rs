//! T3: a key signs what it says that it signs, and nothing else, whatever the token says.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::StatusCode;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, PublicKeyData, RsaKeySize};
use serde_json::{Value, json};

use crate::support::{
    TestApp,
    assertions::{claims, is_proven, is_refused, prove, register, registered},
};

/// An RSA key pair and its public half.
struct Rsa {
    pair: KeyPair,
    public: Value,
}

impl Rsa {
    fn new() -> Self {
        let pair = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        // RFC 8017, A.1.1: a sequence of the modulus, behind 9 bytes of lengths, and the exponent 65537.
        let modulus = pair.der_bytes()[9..265].to_vec();
        let public = json!({ "kty": "RSA", "n": URL_SAFE_NO_PAD.encode(modulus), "e": "AQAB" });
        Self { pair, public }
    }

    fn sign(&self, algorithm: Algorithm, claims: &Value) -> String {
        // RFC 5958: what stands behind the first 26 bytes is the key itself.
        let key = EncodingKey::from_rsa_der(&self.pair.serialize_der()[26..]);
        jsonwebtoken::encode(&Header::new(algorithm), claims, &key).unwrap()
    }

    fn saying(&self, name: &str, value: &str) -> Value {
        let mut public = self.public.clone();
        public[name] = json!(value);
        public
    }
}

const RSA: [Algorithm; 6] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
];

#[tokio::test]
async fn t3_a_key_that_names_its_algorithm_signs_with_no_other() {
    let app = TestApp::start_with(&["--client-secret-limit", "1000"]).await;
    let rsa = Rsa::new();
    for own in ["RS256", "PS256", "PS512"] {
        let client = registered(&app, json!({ "jwks": { "keys": [rsa.saying("alg", own)] } })).await;
        for algorithm in RSA {
            let name = format!("{algorithm:?}");
            let answer = prove(&app, &client, &rsa.sign(algorithm, &claims(&app, &client.id, &name))).await;
            if name == own { is_proven(&answer) } else { is_refused(&answer, "no key") }
        }
    }
    // One that names none signs with all of its kind.
    let client = registered(&app, json!({ "jwks": { "keys": [rsa.public] } })).await;
    for algorithm in RSA {
        let name = format!("{algorithm:?}");
        is_proven(&prove(&app, &client, &rsa.sign(algorithm, &claims(&app, &client.id, &name))).await);
    }
    // One for encryption signs nothing.
    let client = registered(&app, json!({ "jwks": { "keys": [rsa.saying("alg", "RSA-OAEP")] } })).await;
    is_refused(
        &prove(&app, &client, &rsa.sign(Algorithm::RS256, &claims(&app, &client.id, "1"))).await,
        "no key",
    );
}

#[tokio::test]
async fn t3_an_elliptic_key_that_names_another_algorithm_signs_nothing() {
    let app = TestApp::start_with(&["--client-secret-limit", "1000"]).await;
    let pair = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).unwrap();
    let point = pair.der_bytes();
    let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let public = json!({ "kty": "EC", "crv": "P-256", "x": text(&point[1..33]), "y": text(&point[33..65]) });
    let saying = |name: &str, value: &str| {
        let mut public = public.clone();
        public[name] = json!(value);
        public
    };
    let sign = |kid: Option<&str>, claims: &Value| {
        let header = Header { kid: kid.map(str::to_owned), ..Header::new(Algorithm::ES256) };
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_ec_der(&pair.serialize_der())).unwrap()
    };
    for (key, kid, good) in [
        (public.clone(), None, true),
        (saying("alg", "ES256"), None, true),
        (saying("alg", "ES384"), None, false),
        (saying("alg", "EdDSA"), None, false),
        (saying("alg", "RS256"), None, false),
        // The name of a key is a claim like its algorithm.
        (saying("kid", "a"), Some("a"), true),
        (saying("kid", "a"), None, true),
        (saying("kid", "a"), Some("b"), false),
        (public.clone(), Some("b"), false),
    ] {
        let client = registered(&app, json!({ "jwks": { "keys": [key] } })).await;
        let answer = prove(&app, &client, &sign(kid, &claims(&app, &client.id, "1"))).await;
        if good { is_proven(&answer) } else { is_refused(&answer, "no key") }
    }
    // Beside one that fits, those that do not are no help.
    let keys = json!({ "jwks": { "keys": [saying("alg", "ES384"), saying("alg", "ES256")] } });
    let client = registered(&app, keys).await;
    is_proven(&prove(&app, &client, &sign(None, &claims(&app, &client.id, "1"))).await);
}

#[tokio::test]
async fn r6_a_key_that_is_too_short_or_for_something_else_is_none() {
    let app = TestApp::start().await;
    let rsa = Rsa::new();
    let modulus = URL_SAFE_NO_PAD.decode(rsa.public["n"].as_str().unwrap()).unwrap();
    // As many bytes as needed, and one of them in front of too few.
    let short = [&[0], &modulus[..255]].concat();
    for (key, good) in [
        (rsa.public.clone(), true),
        (rsa.saying("use", "sig"), true),
        (rsa.saying("use", "enc"), false),
        (rsa.saying("n", &URL_SAFE_NO_PAD.encode(&modulus[..255])), false),
        (rsa.saying("n", &URL_SAFE_NO_PAD.encode(short)), false),
        (rsa.saying("d", "AQAB"), false),
        (rsa.saying("k", "AQAB"), false),
    ] {
        let answer = register(&app, json!({ "jwks": { "keys": [key] } })).await;
        let expected = if good { StatusCode::CREATED } else { StatusCode::BAD_REQUEST };
        assert_eq!(answer.status, expected, "{key}: {}", answer.body);
    }
}
