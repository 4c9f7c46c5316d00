//! Clients that register themselves, and what nobody ever used.

use domain::{
    clients::status,
    clock::{DAY, HOUR, MINUTE},
};
use http::StatusCode;
use serde_json::{Value, json};

use crate::support::{ADMIN, ClientApp, HERE, MEMBER, THERE, TestApp, assert_later, authorize_url};

fn metadata(name: &str) -> Value {
    json!({
        "client_name": name,
        "redirect_uris": ["https://client.example/cb"],
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
    })
}

/// Registers a client from one of many networks.
async fn register(app: &TestApp, number: usize) -> ClientApp {
    let address = format!("192.0.{}.{}", number / 250, number % 250);
    let answer = app.register_from(&address, &metadata(&format!("App {number}"))).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{number}: {}", answer.body);
    ClientApp::registered(&answer, "https://client.example/cb")
}

#[tokio::test]
async fn r8_registrations_are_limited_over_all() {
    let app = TestApp::start_strict(&["--register-all-limit", "5"]).await;
    for number in 0..5 {
        register(&app, number).await;
    }
    for address in [HERE, THERE] {
        let answer = app.register_from(address, &metadata("x")).await;
        assert_later(&answer, StatusCode::TOO_MANY_REQUESTS, 3_600);
        assert_eq!(answer.error(), "temporarily_unavailable");
    }
    assert_eq!(app.rows("clients", "source = 'dynamic'").await, 5);
    app.clock.advance(HOUR);
    register(&app, 6).await;
}

#[tokio::test]
async fn r8_the_oldest_unused_clients_go_with_their_record_and_used_ones_stay() {
    let app = TestApp::start_strict(&["--unused-clients-max", "10"]).await;
    let used = register(&app, 0).await;
    app.tokens(MEMBER, &used, "mcp:read").await;
    let mut made = Vec::new();
    for number in 1..10 {
        app.clock.advance(1);
        made.push(register(&app, number).await);
    }
    // Whoever came within the hour may be about to be used, so there is no more room.
    let answer = app.register_from(HERE, &metadata("x")).await;
    assert_later(&answer, StatusCode::SERVICE_UNAVAILABLE, 600);
    assert_eq!(answer.error(), "temporarily_unavailable");
    app.clean().await;
    assert_eq!(app.rows("clients", "source = 'dynamic'").await, 10);

    app.clock.advance(HOUR);
    for number in 10..15 {
        app.clock.advance(1);
        made.push(register(&app, number).await);
    }
    app.clean().await;
    let there = async |client: &ClientApp| app.rows("clients", &format!("id = '{}'", client.id)).await;
    for (number, client) in made.iter().enumerate() {
        assert_eq!(there(client).await, i64::from(number >= 4), "{number}");
        let events = app.rows("audit_events", &format!("client_id = '{}'", client.id)).await;
        assert_eq!(events, i64::from(number >= 4), "{number}");
    }
    assert_eq!(
        (there(&used).await, app.rows("audit_events", &format!("client_id = '{}'", used.id)).await),
        (1, 2)
    );
    app.assert_counts("a sweep").await;
    // In the end, all that nobody used.
    app.clock.advance(8 * DAY);
    app.clean().await;
    assert_eq!(app.rows("clients", "source = 'dynamic'").await, 1);
    assert_eq!(app.rows("audit_events", "action = 'client.registered'").await, 1);
}

#[tokio::test]
async fn a_request_that_is_over_keeps_no_client() {
    let app = TestApp::start_with(&["--unused-clients-max", "1"]).await;
    let client = register(&app, 0).await;
    let asked = app.get(&authorize_url(&client, &[])).await;
    assert!(asked.status.is_redirection());
    app.clock.advance(HOUR + 1);
    register(&app, 1).await;
    app.clean().await;
    assert_eq!(app.rows("clients", &format!("id = '{}'", client.id)).await, 0);
}

#[tokio::test]
async fn what_is_given_out_again_is_as_good_as_new_and_nobody_vouches_for_it() {
    let app = TestApp::start_with(&[]).await;
    let again = async || {
        let answer = app.register_from(HERE, &metadata("Same")).await;
        answer.json()["client_id"].as_str().unwrap().to_owned()
    };
    let first = again().await;
    app.clock.advance(2 * HOUR);
    assert_eq!(again().await, first);
    let mut admin = app.signed_in(ADMIN).await;
    let removed: u64 = admin.ask("remove_unused_registrations", json!({})).await;
    assert_eq!(removed, 0, "somebody is about to use it");
    status::set_verified(app.db().write(), &first, true).await.unwrap();
    assert_ne!(again().await, first);
}

#[tokio::test]
async fn a_registration_has_at_most_16_kb() {
    let app = TestApp::start_strict(&[]).await;
    let uris = |many: usize, length: usize| {
        let uri = |number: usize| {
            let uri = format!("https://client.example/{number}/");
            format!("{uri}{}", "x".repeat(length - uri.len()))
        };
        json!({ "redirect_uris": (0..many).map(uri).collect::<Vec<_>>() })
    };
    for (body, status) in [
        (uris(7, 2_048), StatusCode::CREATED),
        (uris(8, 2_048), StatusCode::BAD_REQUEST),
        (uris(1, 2_049), StatusCode::BAD_REQUEST),
        (uris(20, 100), StatusCode::CREATED),
        (uris(21, 100), StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(app.register_from(HERE, &body).await.status, status, "{}", body.to_string().len());
    }
    // What is not known is not kept, and what is known is cut.
    let mut body = metadata(&"n".repeat(5_000));
    body["unknown"] = json!("u".repeat(5_000));
    assert_eq!(app.register_from(HERE, &body).await.status, StatusCode::CREATED);
    assert_eq!(
        app.number("SELECT CAST(MAX(LENGTH(name)) AS BIGINT) FROM clients WHERE source = 'dynamic'").await,
        80
    );
}

#[tokio::test]
async fn a_grant_whose_code_was_never_exchanged_goes_a_day_later_with_its_record() {
    let app = TestApp::start_with(&[]).await;
    let client = app.public_client().await;
    app.code(MEMBER, &client, "api:read").await;
    let kept = app.tokens(MEMBER, &client, "api:read").await;
    app.clock.advance(DAY);
    app.clean().await;
    assert_eq!((app.grants("expired").await, app.grants("active").await), (1, 1));
    app.clock.advance(10 * MINUTE + 1);
    app.clean().await;
    assert_eq!((app.grants("expired").await, app.grants("active").await), (0, 1));
    assert_eq!(app.rows("audit_events", "action = 'grant.authorized'").await, 1);
    assert_eq!(client.refresh(&app, &kept.refresh).await.status, StatusCode::OK);
}
