//! Rows that tokens and proofs leave behind.

use domain::{
    clock::{DAY, HOUR, MINUTE, SECOND},
    grants::{refresh_tokens::ROTATED_MAX, service_tokens::GRANT_MAX},
};
use http::{Request, StatusCode, header};
use serde_json::json;

use crate::support::{
    Answer, ClientApp, HERE, MEMBER, THERE, TestApp, Tokens, assert_later,
    assertions::{Key, claims, prove_from, registered},
    client_credentials::allowed,
};

const TOO_MANY: StatusCode = StatusCode::TOO_MANY_REQUESTS;

/// Proves a client with a new assertion, from an address: 400 when it is proven.
async fn prove(app: &TestApp, address: &str, client: &ClientApp, key: &Key, name: &str) -> Answer {
    let assertion = key.sign(&claims(app, &client.id, name));
    prove_from(app, address, client, &assertion).await
}

#[tokio::test]
async fn assertions_are_limited_per_client_per_address_and_over_all() {
    let flags =
        ["--assertion-client-limit", "3", "--assertion-address-limit", "5", "--assertion-all-limit", "8"];
    let app = TestApp::start_with(&flags).await;
    let key = Key::new("k1");
    let mut clients = Vec::new();
    for _ in 0..4 {
        clients.push(registered(&app, json!({ "jwks": { "keys": [key.public()] } })).await);
    }
    let mut name = 0;
    let mut ask = async |address: &str, client: usize| {
        name += 1;
        prove(&app, address, &clients[client], &key, &name.to_string()).await
    };
    // A client, wherever it comes from.
    for address in [HERE, THERE, HERE] {
        assert_eq!(ask(address, 0).await.error(), "invalid_grant");
    }
    assert_later(&ask("192.0.2.1", 0).await, TOO_MANY, 60);
    // An address, whatever clients it has.
    for client in [1, 2, 3] {
        assert_eq!(ask(HERE, client).await.error(), "invalid_grant");
    }
    assert_later(&ask(HERE, 1).await, TOO_MANY, 60);
    // All.
    for client in [1, 2] {
        assert_eq!(ask(THERE, client).await.error(), "invalid_grant");
    }
    assert_later(&ask("192.0.2.2", 3).await, TOO_MANY, 60);
    assert_eq!(app.rows("used_assertions", "true").await, 8);
    app.clock.advance(MINUTE);
    assert_eq!(ask(HERE, 0).await.error(), "invalid_grant");
    // They stay no longer than they count.
    app.clock.advance(HOUR + 3 * MINUTE);
    app.clean().await;
    assert_eq!(app.rows("used_assertions", "true").await, 0);
}

#[tokio::test]
async fn who_cannot_prove_a_client_does_not_use_up_what_it_has() {
    let app = TestApp::start_with(&["--assertion-client-limit", "1", "--assertion-address-limit", "1"]).await;
    let (key, forger) = (Key::new("k1"), Key::new("k1"));
    let client = registered(&app, json!({ "jwks": { "keys": [key.public()] } })).await;
    for number in 0..5 {
        let answer = prove(&app, HERE, &client, &forger, &number.to_string()).await;
        assert_eq!(answer.error(), "invalid_client");
    }
    assert_eq!(prove(&app, HERE, &client, &key, "x").await.error(), "invalid_grant");
}

#[tokio::test]
async fn tokens_are_limited_per_client_over_all_addresses() {
    let app = TestApp::start_with(&["--token-client-limit", "3"]).await;
    let client = allowed(&app).await;
    let ask = async |address: &str| {
        let request = Request::post("/oauth/token").header(header::AUTHORIZATION, client.basic());
        app.send_from(address, request, &[("grant_type", "client_credentials")]).await
    };
    for address in [HERE, THERE, "192.0.2.1"] {
        assert_eq!(ask(address).await.status, StatusCode::OK);
    }
    assert_later(&ask("192.0.2.2").await, TOO_MANY, 60);
    app.flush().await;
    assert_eq!(app.rows("service_tokens", "true").await, 3);
    // Others are not concerned.
    let other = app.public_client().await;
    app.tokens(MEMBER, &other, "api:read").await;
    app.clock.advance(MINUTE);
    let last = Tokens::of(&ask(HERE).await);
    // Revoking leaves one row a token, however often.
    for _ in 0..3 {
        client.post(&app, "/oauth/revoke", &[("token", &last.access)]).await;
    }
    assert_eq!(app.rows("revoked_tokens", "true").await, 1);
    app.clock.advance(HOUR + MINUTE + SECOND);
    app.clean().await;
    assert_eq!((app.rows("service_tokens", "true").await, app.rows("revoked_tokens", "true").await), (0, 0));
}

#[tokio::test]
async fn so_many_tokens_of_an_app_that_acts_by_itself_are_counted() {
    let app = TestApp::start().await;
    let client = allowed(&app).await;
    let first = Tokens::of(&client.post(&app, "/oauth/token", &[("grant_type", "client_credentials")]).await);
    app.flush().await;
    let more = GRANT_MAX + 50;
    app.execute(&format!(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {more})
        INSERT INTO service_tokens (jti, grant_id, expires_at)
        SELECT 'tok_' || n, grant_id, expires_at + n FROM numbers, (SELECT * FROM service_tokens LIMIT 1) first"
    ))
    .await;
    app.clean().await;
    assert_eq!(app.rows("service_tokens", "true").await, GRANT_MAX);
    assert_eq!(app.rows("service_tokens", &format!("jti = 'tok_{more}'")).await, 1, "the newest stay");
    assert_eq!(app.call_api(&first).await.status, StatusCode::OK, "they are counted, not checked");
}

#[tokio::test]
async fn refreshes_are_limited_per_grant() {
    let app = TestApp::start_strict(&[]).await;
    let client = app.public_client().await;
    let (mut tokens, other) =
        (app.tokens(MEMBER, &client, "api:read").await, app.tokens(MEMBER, &client, "api:read").await);
    for _ in 0..60 {
        tokens = Tokens::of(&client.refresh(&app, &tokens.refresh).await);
    }
    assert_later(&client.refresh(&app, &tokens.refresh).await, TOO_MANY, 60);
    assert_eq!(client.refresh(&app, &other.refresh).await.status, StatusCode::OK);
    app.clock.advance(MINUTE);
    assert_eq!(client.refresh(&app, &tokens.refresh).await.status, StatusCode::OK, "nothing was used up");
}

#[tokio::test]
async fn f2_the_newest_1000_rotated_tokens_of_a_grant_are_known_and_older_ones_forgotten() {
    let app = TestApp::start_with(&["--token-limit", "100000", "--refresh-replay", "0s"]).await;
    let client = app.public_client().await;
    let mut family = vec![app.tokens(MEMBER, &client, "api:read").await];
    let beside = app.tokens(MEMBER, &client, "api:read").await;
    let rotations = usize::try_from(ROTATED_MAX).unwrap() + 101;
    for number in 0..rotations {
        family.push(Tokens::of(&client.refresh(&app, &family[number].refresh).await));
    }
    let left = app.rows("refresh_tokens", "rotated_at IS NOT NULL").await;
    assert!((ROTATED_MAX..=ROTATED_MAX + 100).contains(&left), "{left}");
    // One that is forgotten harms nobody.
    assert_eq!(client.refresh(&app, &family[0].refresh).await.error(), "invalid_grant");
    let last = family.last().unwrap();
    assert_eq!(app.tried(&client, last).await.0, 200);
    // The oldest that is known ends the family.
    let known = &family[rotations - usize::try_from(ROTATED_MAX).unwrap()];
    assert_eq!(client.refresh(&app, &known.refresh).await.error(), "invalid_grant");
    assert_eq!(app.call_api(last).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.call_api(&beside).await.status, StatusCode::OK);
    app.clock.advance(32 * DAY);
    app.clean().await;
    assert_eq!(app.rows("refresh_tokens", "true").await, 0);
}
