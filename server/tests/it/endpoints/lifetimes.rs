//! Lifetimes are settings. Each is tried a second before its end and at its end.

use domain::{
    clock::{Clock, DAY, HOUR, MINUTE, SECOND},
    demo, keys,
};
use http::StatusCode;

use crate::support::{MEMBER, TestApp, Tokens, authorize_url};

#[tokio::test]
async fn t9_a_code_lives_as_long_as_the_setting_says() {
    for (setting, lifetime) in [("5s", 5 * SECOND), ("10m", 10 * MINUTE)] {
        let app = TestApp::start_with(&["--code-lifetime", setting]).await;
        let client = app.public_client().await;
        let (code, late) =
            (app.code(MEMBER, &client, "api:read").await, app.code(MEMBER, &client, "api:read").await);
        app.clock.advance(lifetime - SECOND);
        // What waits for its client is not swept away.
        app.sweep().await;
        assert_eq!(client.exchange(&app, &code).await.status, StatusCode::OK, "{setting}");
        app.clock.advance(SECOND);
        app.sweep().await;
        assert_eq!(app.number("SELECT COUNT(*) FROM grants WHERE status = 'expired'").await, 1);
        assert_eq!(client.exchange(&app, &late).await.error(), "invalid_grant", "{setting}");
    }
}

#[tokio::test]
async fn an_access_token_lives_as_long_as_the_setting_says() {
    for (setting, lifetime) in [("5m", 5 * MINUTE), ("24h", DAY)] {
        let app = TestApp::start_with(&["--access-token-lifetime", setting]).await;
        let client = app.public_client().await;
        let code = app.code(MEMBER, &client, "api:read").await;
        let answer = client.exchange(&app, &code).await;
        assert_eq!(answer.json()["expires_in"], lifetime / SECOND);
        let first = Tokens::of(&answer);
        let answer = client.refresh(&app, &first.refresh).await;
        assert_eq!(answer.json()["expires_in"], lifetime / SECOND);
        app.clock.advance(lifetime - SECOND);
        assert_eq!(app.call_api(&first).await.status, StatusCode::OK, "{setting}");
        app.clock.advance(SECOND);
        for tokens in [first, Tokens::of(&answer)] {
            assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED, "{setting}");
        }
    }
}

#[tokio::test]
async fn the_longest_access_token_outlives_a_rotation() {
    let app = TestApp::start_with(&["--access-token-lifetime", "24h"]).await;
    let client = app.public_client().await;
    let other = app.public_client().await;
    keys::rotate(app.db(), &app.master, app.now()).await.unwrap();
    app.clock.advance(10 * MINUTE - 1);
    let last = app.tokens(MEMBER, &client, "api:read").await;
    app.clock.advance(1);
    app.tokens(MEMBER, &other, "api:read").await;
    // Tokens end on whole seconds.
    app.clock.advance(DAY - 2 * SECOND);
    app.sweep().await;
    app.state.stored_keys.refresh(app.clock.monotonic()).await.unwrap();
    // Not from the memory of tokens that were verified before.
    let keys = app.state.stored_keys.ring();
    assert!(keys.verify(&last.access, &app.state.config.issuer).is_some());
    assert_eq!(app.call_api(&last).await.status, StatusCode::OK);
    app.clock.advance(SECOND);
    assert_eq!(app.call_api(&last).await.status, StatusCode::UNAUTHORIZED);
    app.clock.advance(MINUTE + SECOND);
    app.sweep().await;
    app.state.stored_keys.refresh(app.clock.monotonic()).await.unwrap();
    assert_eq!(keys.public().keys.len(), 1);
}

#[tokio::test]
async fn f5_refresh_tokens_live_as_long_as_the_settings_say() {
    let flags = ["--refresh-idle-lifetime", "2h", "--refresh-absolute-lifetime", "5h"];
    let app = TestApp::start_with(&flags).await;
    let client = app.public_client().await;
    let idle = app.tokens(MEMBER, &client, "api:read").await;
    let mut used = app.tokens(MEMBER, &client, "api:read").await;
    app.clock.advance(2 * HOUR - SECOND);
    used = Tokens::of(&client.refresh(&app, &used.refresh).await);
    app.clock.advance(SECOND);
    assert_eq!(client.refresh(&app, &idle.refresh).await.error(), "invalid_grant");
    app.clock.advance(HOUR);
    used = Tokens::of(&client.refresh(&app, &used.refresh).await);
    app.clock.advance(2 * HOUR - SECOND);
    used = Tokens::of(&client.refresh(&app, &used.refresh).await);
    app.clock.advance(SECOND);
    assert_eq!(client.refresh(&app, &used.refresh).await.error(), "invalid_grant");
}

#[tokio::test]
async fn f2_the_window_for_lost_answers_is_a_setting() {
    let app = TestApp::start_with(&["--refresh-replay", "5s"]).await;
    let client = app.public_client().await;
    let first = app.tokens(MEMBER, &client, "api:read").await;
    let answer = client.refresh(&app, &first.refresh).await;
    app.clock.advance(5 * SECOND - 1);
    assert_eq!(client.refresh(&app, &first.refresh).await.body, answer.body);
    app.clock.advance(1);
    assert_eq!(client.refresh(&app, &first.refresh).await.error(), "invalid_grant");
}

#[tokio::test]
async fn u2_a_request_waits_for_its_answer_as_long_as_the_setting_says() {
    let app = TestApp::start_with(&["--authorization-request-lifetime", "1m"]).await;
    let client = app.public_client().await;
    let mut browser = app.signed_in(MEMBER).await;
    let url = authorize_url(&client, &[("scope", "api:read")]);
    let (early, late) = (browser.open_consent(&url).await, browser.open_consent(&url).await);
    app.clock.advance(MINUTE - SECOND);
    let answer = browser.approve(&early, "api:read").await;
    assert!(answer.location_param("code").is_some());
    app.clock.advance(SECOND);
    let answer = browser.approve(&late, "api:read").await;
    assert_eq!(answer.location(), format!("/consent/{}", late.0), "its page says that it has expired");
    assert_eq!(app.number("SELECT COUNT(*) FROM grants").await, 1);
}

#[tokio::test]
async fn a_sign_in_lasts_as_long_as_the_setting_says() {
    let app = TestApp::start_with(&["--session-lifetime", "1h"]).await;
    let mut browser = app.browser();
    let answer = browser.post("/sign-in", &[("email", MEMBER), ("password", demo::PASSWORD)]).await;
    assert!(answer.header("set-cookie").contains("Max-Age=3600"), "{:?}", answer.headers);
    app.clock.advance(HOUR - SECOND);
    assert_eq!(browser.get("/o/acme/support").await.status, StatusCode::OK);
    app.clock.advance(SECOND);
    assert!(browser.get("/o/acme/support").await.location().starts_with("/sign-in"));
}
