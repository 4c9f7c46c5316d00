//! `private_key_jwt` (RFC 7523, OpenID Connect Core §9): clients that prove themselves with a signature.

use domain::clock::{MINUTE, SECOND};
use http::StatusCode;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rcgen::{KeyPair, PKCS_ED25519, PublicKeyData};
use serde_json::{Value, json};

use crate::support::{
    ClientApp, ISSUER, TestApp, Web,
    assertions::{JWT_BEARER, Key, claims, is_proven, is_refused, prove, registered},
};

#[tokio::test]
async fn t3_an_assertion_is_for_one_client_one_server_one_moment_and_one_use() {
    let app = TestApp::start_with(&["--client-secret-limit", "1000"]).await;
    let key = Key::new("k1");
    let client = registered(&app, json!({ "jwks": { "keys": [key.public()] } })).await;
    let good = |jti: &str| claims(&app, &client.id, jti);
    let with = |name: &str, value: Value| {
        let mut claims = good("bad");
        claims[name] = value;
        key.sign(&claims)
    };
    let now = app.now() / SECOND;
    for (assertion, why) in [
        (with("iss", json!("app_other")), "client ID"),
        (with("sub", json!("usr_1")), "client ID"),
        (with("aud", json!("https://other.example")), "aud"),
        (with("aud", json!([])), "aud"),
        (with("exp", json!(now - 61)), "expired"),
        (with("exp", json!(now + 361)), "5 minutes"),
        (with("exp", json!(now + 3600)), "5 minutes"),
        (with("iat", json!(now - 301)), "5 minutes"),
        (with("nbf", json!(now + 120)), "yet"),
        (with("iat", json!(now + 120)), "yet"),
        (with("exp", Value::Null), "no JWT"),
        (Key::new("k1").sign(&good("bad")), "no key"),
        (Key::new("k2").sign(&good("bad")), "no key"),
        ("a.b.c".to_owned(), "no JWT"),
    ] {
        is_refused(&prove(&app, &client, &assertion).await, why);
    }
    // The key's kind decides, not the token: neither none nor a secret made of the public key.
    let unsigned = |header: &Value| {
        let part = |value: &Value| {
            base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, value.to_string())
        };
        format!("{}.{}.", part(header), part(&good("bad")))
    };
    is_refused(&prove(&app, &client, &unsigned(&json!({ "alg": "none" }))).await, "no key");
    let symmetric = EncodingKey::from_secret(key.public().to_string().as_bytes());
    let forged = jsonwebtoken::encode(&Header::new(Algorithm::HS256), &good("bad"), &symmetric).unwrap();
    is_refused(&prove(&app, &client, &forged).await, "no key");

    let assertion = key.sign(&good("1"));
    is_proven(&prove(&app, &client, &assertion).await);
    is_refused(&prove(&app, &client, &assertion).await, "already");
    // The same name under another signature, and no name at all.
    is_refused(&prove(&app, &client, &key.sign(&good("1"))).await, "already");
    let mut unnamed = good("");
    unnamed.as_object_mut().unwrap().remove("jti");
    let unnamed = key.sign(&unnamed);
    is_proven(&prove(&app, &client, &unnamed).await);
    is_refused(&prove(&app, &client, &unnamed).await, "already");
    // Resolver are the client's own, and the token endpoint is a name of this server too.
    let other = registered(&app, json!({ "jwks": { "keys": [key.public()] } })).await;
    is_proven(&prove(&app, &other, &key.sign(&claims(&app, &other.id, "1"))).await);
    let mut endpoint = good("2");
    endpoint["aud"] = json!([format!("{ISSUER}/oauth/token")]);
    is_proven(&prove(&app, &client, &key.sign(&endpoint)).await);
    // Parallel uses of one assertion: one wins.
    let once = key.sign(&good("3"));
    let (left, right) = tokio::join!(prove(&app, &client, &once), prove(&app, &client, &once));
    let mut errors = [left.error(), right.error()];
    errors.sort();
    assert_eq!(errors, ["invalid_client", "invalid_grant"]);
}

#[tokio::test]
async fn t2_a_signature_is_the_only_proof_of_a_request() {
    let app = TestApp::start().await;
    let key = Key::new("k1");
    let client = registered(&app, json!({ "jwks": { "keys": [key.public()] } })).await;
    let base = [("grant_type", "refresh_token"), ("refresh_token", "none"), ("client_id", &client.id)];
    is_refused(&app.post_form("/oauth/token", &base).await, "has to authenticate");
    let secret = [&base[..], &[("client_secret", "x")]].concat();
    is_refused(&app.post_form("/oauth/token", &secret).await, "no secret");
    let assertion = key.sign(&claims(&app, &client.id, "1"));
    let proof = [("client_assertion_type", JWT_BEARER), ("client_assertion", assertion.as_str())];
    let both = [&secret[..], &proof].concat();
    assert_eq!(app.post_form("/oauth/token", &both).await.error(), "invalid_request");
    let basic = ClientApp { secret: Some("x".to_owned()), ..client.clone() }.basic();
    let both =
        app.post_form_with("/oauth/token", &[&base[..], &proof].concat(), &[("authorization", &basic)]).await;
    assert_eq!(both.error(), "invalid_request");
    let untyped = [&base[..], &proof[1..]].concat();
    is_refused(&app.post_form("/oauth/token", &untyped).await, "client_assertion_type");
    let saml = ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer");
    is_refused(&app.post_form("/oauth/token", &[&base[..], &[saml, proof[1]]].concat()).await, "type");
    let long = "a".repeat(9_000);
    let long = [&base[..], &[proof[0], ("client_assertion", &long)]].concat();
    is_refused(&app.post_form("/oauth/token", &long).await, "too long");
    // Nor does it help who has a secret, or nothing at all.
    for other in [app.confidential_client().await, app.public_client().await] {
        let assertion = key.sign(&claims(&app, &other.id, "1"));
        is_refused(&prove(&app, &other, &assertion).await, "no keys");
    }
}

#[tokio::test]
async fn t10_guessing_signatures_has_an_end() {
    let app = TestApp::start_with(&["--client-secret-limit", "3"]).await;
    let (key, forger) = (Key::new("k1"), Key::new("k1"));
    let client = registered(&app, json!({ "jwks": { "keys": [key.public()] } })).await;
    for number in 0..3 {
        let forged = forger.sign(&claims(&app, &client.id, &number.to_string()));
        is_refused(&prove(&app, &client, &forged).await, "no key");
    }
    let answer = prove(&app, &client, &key.sign(&claims(&app, &client.id, "good"))).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_ne!(answer.header("retry-after"), "");
}

#[tokio::test]
async fn ed25519_is_a_key_too() {
    let app = TestApp::start().await;
    let pair = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let x = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, pair.der_bytes());
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": x });
    let client = registered(&app, json!({ "jwks": { "keys": [jwk] } })).await;
    let key = EncodingKey::from_ed_der(&pair.serialize_der());
    let header = Header::new(Algorithm::EdDSA);
    let assertion = jsonwebtoken::encode(&header, &claims(&app, &client.id, "1"), &key).unwrap();
    is_proven(&prove(&app, &client, &assertion).await);
}

#[tokio::test]
async fn an_assertion_is_remembered_longer_than_any_clock_takes_it() {
    let app = TestApp::start().await;
    let key = Key::new("k1");
    let client = registered(&app, json!({ "jwks": { "keys": [key.public()] } })).await;
    let assertion = key.sign(&claims(&app, &client.id, "1"));
    is_proven(&prove(&app, &client, &assertion).await);
    // Another replica, whose clock is ahead, cleans up; this one's is half a minute behind it.
    app.clock.advance(90 * SECOND);
    app.sweep_at(app.now() + 31 * SECOND).await;
    is_refused(&prove(&app, &client, &assertion).await, "already");
}

#[tokio::test]
async fn n12_an_assertion_that_demands_what_is_not_known_proves_nothing() {
    let web = Web::start().await;
    let app = TestApp::start_in(&web, &["--outbound-loopback"]).await;
    let key = Key::new("k1");
    let client = registered(&app, json!({ "jwks": { "keys": [key.public()] } })).await;
    for crit in [&[][..], &["exp"], &["b64"], &["http://openbanking.org.uk/tan", "exp"]] {
        let assertion = key.sign_with(&claims(&app, &client.id, "1"), Some(crit));
        is_refused(&prove(&app, &client, &assertion).await, "crit");
    }
    is_proven(&prove(&app, &client, &key.sign(&claims(&app, &client.id, "1"))).await);
    // Nobody is asked for keys for it.
    let client = registered(&app, json!({ "jwks_uri": web.url("/keys") })).await;
    let assertion = key.sign_with(&claims(&app, &client.id, "1"), Some(&["b64"]));
    is_refused(&prove(&app, &client, &assertion).await, "crit");
    assert_eq!(web.connections(), 0);
}

#[tokio::test]
async fn n12_an_assertion_lives_five_minutes_and_is_forgotten_soon_after() {
    let app = TestApp::start().await;
    let key = Key::new("k1");
    let client = registered(&app, json!({ "jwks": { "keys": [key.public()] } })).await;
    let mut longer = claims(&app, &client.id, "0");
    longer["exp"] = json!(app.now() / SECOND + 361);
    is_refused(&prove(&app, &client, &key.sign(&longer)).await, "5 minutes");
    // As long as it may, from a clock that is a minute ahead of this one.
    let mut longest = claims(&app, &client.id, "1");
    longest["iat"] = json!(app.now() / SECOND + 60);
    longest["exp"] = json!(app.now() / SECOND + 360);
    let longest = key.sign(&longest);
    is_proven(&prove(&app, &client, &longest).await);
    let used = "SELECT COUNT(*) FROM used_assertions";
    let last = format!("{used} WHERE expires_at > {}", app.now() + 7 * MINUTE);
    assert_eq!((app.number(used).await, app.number(&last).await), (1, 0));
    app.clock.advance(6 * MINUTE + 59 * SECOND);
    app.sweep().await;
    is_refused(&prove(&app, &client, &longest).await, "already");
    app.clock.advance(2 * MINUTE);
    is_refused(&prove(&app, &client, &longest).await, "expired");
    app.sweep().await;
    assert_eq!(app.number(used).await, 0);
}
