//! Sources of the keys of a client: a document, an address, a person.

use domain::clock::{DAY, HOUR, MINUTE};
use http::StatusCode;
use serde_json::{Value, json};
use types::client::{AuthMethod, ClientType};

use crate::support::{
    Answer, ClientApp, MEMBER, OWNER, Reply, TestApp, Tokens, Web,
    assertions::{CALLBACK, JWT_BEARER, Key, claims, is_proven, is_refused, prove, register, registered},
    authorize_url, pkce,
};

/// Exchanges a code, proven with an assertion and nothing else.
async fn exchange(app: &TestApp, code: &str, assertion: &str, more: &[(&str, &str)]) -> Answer {
    let (verifier, _) = pkce();
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("code_verifier", &verifier),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion),
    ];
    app.post_form("/oauth/token", &[&pairs, more].concat()).await
}

#[tokio::test]
async fn r6_a_client_with_keys_needs_no_secret() {
    let app = TestApp::start().await;
    let key = Key::new("k1");
    let jwks = json!({ "keys": [key.public()] });
    let answer = register(&app, json!({ "jwks": jwks })).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let said = answer.json();
    assert_eq!(said["token_endpoint_auth_method"], "private_key_jwt");
    assert_eq!(said["jwks"], jwks);
    assert!(said.get("client_secret").is_none(), "{said}");

    let client = ClientApp::new(said["client_id"].as_str().unwrap().to_owned(), None, CALLBACK);
    let code = app.code(MEMBER, &client, "api:read").await;
    // The client ID may be left out: the assertion says it.
    let tokens = exchange(&app, &code, &key.sign(&claims(&app, &client.id, "1")), &[]).await;
    assert_eq!(app.call_api(&Tokens::of(&tokens)).await.status, StatusCode::OK);
    let metadata = app.get("/.well-known/oauth-authorization-server").await.json();
    let listed = |name: &str, value: &str| metadata[name].as_array().unwrap().contains(&json!(value));
    assert!(listed("token_endpoint_auth_methods_supported", "private_key_jwt"));
    assert!(listed("token_endpoint_auth_signing_alg_values_supported", "ES256"));
}

#[tokio::test]
async fn r6_keys_that_prove_nothing_are_not_registered() {
    let app = TestApp::start().await;
    let public = Key::new("k1").public();
    let mut private = public.clone();
    private["d"] = json!("AAAA");
    for keys in [
        json!({}),
        json!({ "jwks": { "keys": [] } }),
        json!({ "jwks": { "keys": [private] } }),
        json!({ "jwks": { "keys": [{ "kty": "oct", "k": "c2VjcmV0" }] } }),
        json!({ "jwks": "https://app.example/keys" }),
        json!({ "jwks_uri": "http://app.example/keys" }),
        json!({ "jwks_uri": "https://u:p@app.example/keys" }),
        json!({ "jwks_uri": "https://app.example/keys#x" }),
        json!({ "jwks": { "keys": [public] }, "jwks_uri": "https://app.example/keys" }),
    ] {
        let answer = register(&app, keys.clone()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{keys}");
        assert_eq!(answer.error(), "invalid_client_metadata", "{keys}");
    }
}

#[tokio::test]
async fn keys_at_an_address_are_fetched_kept_and_fetched_again_for_a_new_key() {
    let web = Web::start().await;
    let app = TestApp::start_in(&web, &["--outbound-loopback"]).await;
    let (old, new) = (Key::new("old"), Key::new("new"));
    web.put("/keys", Reply::text("application/jwk-set+json", &json!({ "keys": [old.public()] }).to_string()));
    let client = registered(&app, json!({ "jwks_uri": web.url("/keys") })).await;
    assert_eq!(web.connections(), 0);
    let sign = |key: &Key, jti: &str| key.sign(&claims(&app, &client.id, jti));
    is_proven(&prove(&app, &client, &sign(&old, "1")).await);
    is_proven(&prove(&app, &client, &sign(&old, "2")).await);
    assert_eq!(web.connections(), 1);

    // A key that nobody knows is asked for, but not each time.
    web.put("/keys", Reply::json(&json!({ "keys": [new.public()] })).with("cache-control", "max-age=600"));
    is_refused(&prove(&app, &client, &sign(&new, "3")).await, "no key");
    assert_eq!(web.connections(), 1);
    app.clock.advance(MINUTE);
    is_proven(&prove(&app, &client, &sign(&new, "4")).await);
    assert_eq!(web.connections(), 2);
    // What is no longer published is worth nothing.
    is_refused(&prove(&app, &client, &sign(&old, "5")).await, "no key");
    app.clock.advance(10 * MINUTE);
    is_proven(&prove(&app, &client, &sign(&new, "6")).await);
    assert_eq!(web.connections(), 3);

    // Gone or broken is not the client's fault, and is not remembered.
    app.clock.advance(DAY);
    web.put("/keys", Reply { status: 500, ..Reply::json(&json!({})) });
    let answer = prove(&app, &client, &sign(&new, "7")).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.error(), "temporarily_unavailable");
    // Asked again at once, the same is answered and nobody is asked.
    let asked = web.connections();
    web.put("/keys", Reply::json(&json!({ "keys": [] })));
    assert_eq!(prove(&app, &client, &sign(&new, "7")).await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(web.connections(), asked);
    app.clock.advance(MINUTE);
    is_refused(&prove(&app, &client, &sign(&new, "8")).await, "holds no");
    web.put("/keys", Reply::json(&json!({ "keys": [new.public()] })));
    app.clock.advance(MINUTE);
    is_proven(&prove(&app, &client, &sign(&new, "9")).await);
}

#[tokio::test]
async fn who_sets_the_clock_neither_keeps_keys_nor_has_them_fetched_again() {
    let web = Web::start().await;
    let app = TestApp::start_in(&web, &["--outbound-loopback"]).await;
    let key = Key::new("k1");
    web.put("/keys", Reply::json(&json!({ "keys": [key.public()] })));
    let client = registered(&app, json!({ "jwks_uri": web.url("/keys") })).await;
    let sign = |jti: &str| key.sign(&claims(&app, &client.id, jti));
    is_proven(&prove(&app, &client, &sign("1")).await);
    app.clock.turn(HOUR);
    is_proven(&prove(&app, &client, &sign("2")).await);
    assert_eq!(web.connections(), 1, "no time has passed");
    app.clock.turn(-2 * HOUR);
    app.clock.advance(5 * MINUTE);
    is_proven(&prove(&app, &client, &sign("3")).await);
    assert_eq!(web.connections(), 2);
}

#[tokio::test]
async fn c4_keys_inside_are_not_fetched() {
    let web = Web::start().await;
    let key = Key::new("k1");
    web.put("/keys", Reply::json(&json!({ "keys": [key.public()] })));
    let app = TestApp::start_in(&web, &[]).await;
    let client = registered(&app, json!({ "jwks_uri": web.url("/keys") })).await;
    let answer = prove(&app, &client, &key.sign(&claims(&app, &client.id, "1"))).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(web.connections(), 0);
}

#[tokio::test]
async fn c6_a_document_may_name_keys() {
    let web = Web::start().await;
    let app = TestApp::start_in(&web, &["--outbound-loopback"]).await;
    let key = Key::new("k1");
    let url = web.url("/client.json");
    let mut document = json!({
        "client_id": url, "client_name": "Signer", "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": web.url("/keys"),
    });
    web.put("/client.json", Reply::json(&document));
    web.put("/keys", Reply::json(&json!({ "keys": [key.public()] })));
    let client = ClientApp::new(url.clone(), None, CALLBACK);
    let code = app.code(MEMBER, &client, "api:read").await;
    is_refused(&client.exchange(&app, &code).await, "has to authenticate");
    let tokens = exchange(&app, &code, &key.sign(&claims(&app, &url, "1")), &[("client_id", &url)]).await;
    assert_eq!(app.call_api(&Tokens::of(&tokens)).await.status, StatusCode::OK);

    // One that is content with less is public, and may prove itself all the same.
    app.clock.advance(DAY);
    document["token_endpoint_auth_methods_supported"] = json!(["none", "private_key_jwt"]);
    web.put("/client.json", Reply::json(&document));
    let code = app.code(MEMBER, &client, "api:read").await;
    Tokens::of(&client.exchange(&app, &code).await);
    let stored = domain::clients::lookup(app.db().read(), &url).await.unwrap().unwrap();
    assert_eq!(stored.auth_method, AuthMethod::None);
    is_proven(&prove(&app, &client, &key.sign(&claims(&app, &url, "2"))).await);
    is_refused(&prove(&app, &client, &Key::new("k1").sign(&claims(&app, &url, "3"))).await, "no key");
}

#[tokio::test]
async fn an_app_of_a_person_gets_keys_beside_its_secret() {
    let app = TestApp::start().await;
    let (key, mut owner) = (Key::new("k1"), app.signed_in(OWNER).await);
    let client = owner.register("Reports", ClientType::Confidential).await;
    let jwks = json!({ "keys": [key.public()] });
    let mut private = jwks.clone();
    private["keys"][0]["d"] = json!("AAAA");
    for (typed, why) in [
        (private.to_string(), "private key"),
        ("{\"keys\": []}".to_owned(), "holds no"),
        ("{".to_owned(), "not JSON"),
        ("http://app.example/keys".to_owned(), "https"),
        ("keys".to_owned(), "https"),
        (format!("{{\"x\": \"{}\"}}", "x".repeat(33_000)), "longer"),
    ] {
        let arguments = json!({ "client_id": client.id, "keys": typed });
        let refused = owner.call("set_client_keys", &arguments).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
        assert!(refused.body.contains(why), "not {why}: {}", refused.body);
    }
    let set = json!({ "client_id": client.id, "keys": jwks.to_string() });
    assert_eq!(owner.call("set_client_keys", &set).await.status, StatusCode::OK);
    let shown = owner.call("oauth_app", &json!({ "client_id": client.id, "activity_page": 1 })).await.json();
    assert_eq!(serde_json::from_str::<Value>(shown["keys"].as_str().unwrap()).unwrap(), jwks);
    is_proven(&prove(&app, &client, &key.sign(&claims(&app, &client.id, "1"))).await);
    // Its secret works as before.
    assert_eq!(client.refresh(&app, "none").await.error(), "invalid_grant");
    let none = json!({ "client_id": client.id, "keys": " " });
    assert_eq!(owner.call("set_client_keys", &none).await.status, StatusCode::OK);
    is_refused(&prove(&app, &client, &key.sign(&claims(&app, &client.id, "2"))).await, "no keys");
    let public = owner.register("Public", ClientType::Public).await;
    let set = json!({ "client_id": public.id, "keys": jwks.to_string() });
    assert_eq!(owner.call("set_client_keys", &set).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn c9_strangers_with_assertions_make_the_server_ask_nobody_and_use_up_nothing_of_others() {
    let web = Web::start().await;
    let flags = ["--outbound-loopback", "--outbound-host-limit", "3", "--client-secret-limit", "1000"];
    let app = TestApp::start_in(&web, &flags).await;
    let key = Key::new("k1");
    let client = registered(&app, json!({ "jwks_uri": web.url("/missing") })).await;
    // What could be nobody's is refused before anything is fetched.
    for garbage in ["x", "a.b.c", &key.sign(&claims(&app, "app_other", "1"))] {
        let answer = prove(&app, &client, garbage).await;
        assert_eq!(answer.error(), "invalid_client", "{garbage}");
    }
    assert_eq!(web.connections(), 0);
    for number in 0..10 {
        let assertion = key.sign(&claims(&app, &client.id, &number.to_string()));
        let answer = prove(&app, &client, &assertion).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{}", answer.body);
        assert!(!answer.body.contains("404"), "what failed is not for strangers: {}", answer.body);
    }
    assert_eq!(web.connections(), 1, "a failure is remembered for a moment");
    app.clock.advance(MINUTE);
    for number in 0..3 {
        app.clock.advance(MINUTE);
        prove(&app, &client, &key.sign(&claims(&app, &client.id, &format!("again {number}")))).await;
    }
    let full = prove(&app, &client, &key.sign(&claims(&app, &client.id, "full"))).await;
    assert!(matches!(full.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS));
    // Documents of the same host are still fetched.
    let url = web.url("/client.json");
    let document = json!({ "client_id": url, "client_name": "Honest", "redirect_uris": [CALLBACK] });
    web.put("/client.json", Reply::json(&document));
    let honest = ClientApp::new(url, None, CALLBACK);
    let answer = app.signed_in(MEMBER).await.get(&authorize_url(&honest, &[])).await;
    assert!(answer.location().starts_with("/consent/"));
}

#[tokio::test]
async fn guessing_with_keys_that_cannot_be_fetched_has_an_end() {
    let web = Web::start().await;
    let app = TestApp::start_in(&web, &["--outbound-loopback", "--client-secret-limit", "2"]).await;
    let key = Key::new("k1");
    let client = registered(&app, json!({ "jwks_uri": web.url("/missing") })).await;
    for number in 0..2 {
        let assertion = key.sign(&claims(&app, &client.id, &number.to_string()));
        assert_eq!(prove(&app, &client, &assertion).await.status, StatusCode::SERVICE_UNAVAILABLE);
    }
    let limited = prove(&app, &client, &key.sign(&claims(&app, &client.id, "3"))).await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS);
}
