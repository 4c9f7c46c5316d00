//! The clean-up, what it takes and what it leaves: nothing that still decides anything is forgotten.

use domain::{
    clients::{status, used_assertions},
    clock::{DAY, HOUR, MINUTE, Millis, SECOND},
};
use http::StatusCode;
use serde_json::json;

use crate::support::{
    ADMIN, CALLBACK, ClientApp, MEMBER, OWNER, TestApp, Tokens, VIEWER, authorize_url, client_credentials,
    introspection::{resource_server, scopes},
};

/// Sweeps every minute until so much time is over, as the server does.
async fn sweep_through(app: &TestApp, time: Millis) {
    let mut left = time;
    while left > 0 {
        let step = left.min(MINUTE);
        app.clock.advance(step);
        left -= step;
        app.sweep().await;
    }
}

async fn count(app: &TestApp, table: &str) -> i64 {
    app.number(&format!("SELECT COUNT(*) FROM {table}")).await
}

#[tokio::test]
async fn a_session_that_ended_is_gone_after_a_sweep_and_one_that_lives_is_not() {
    let app = TestApp::start_with(&["--session-lifetime", "1h"]).await;
    let mut early = app.signed_in(MEMBER).await;
    app.clock.advance(30 * MINUTE);
    let mut late = app.signed_in(VIEWER).await;
    app.clock.advance(30 * MINUTE - SECOND);
    app.sweep().await;
    assert_eq!(count(&app, "sessions").await, 2);
    assert_eq!(early.get("/o/acme/support").await.status, StatusCode::OK);
    app.clock.advance(SECOND);
    assert!(early.get("/o/acme/support").await.location().starts_with("/sign-in"), "it ends by itself");
    assert_eq!(count(&app, "sessions").await, 2, "until a sweep it is only worth nothing");
    app.sweep().await;
    assert_eq!(count(&app, "sessions").await, 1);
    assert_eq!(late.get("/o/acme/support").await.status, StatusCode::OK);
    // Nothing brings it back: neither its cookie nor a clock that goes back.
    app.clock.advance(-10 * MINUTE);
    assert!(early.get("/o/acme/support").await.location().starts_with("/sign-in"));
    app.clock.advance(40 * MINUTE);
    app.sweep().await;
    assert_eq!(count(&app, "sessions").await, 0);
}

#[tokio::test]
async fn v1_a_revoked_token_is_remembered_until_it_would_have_ended() {
    let app = TestApp::start().await;
    let (client, server) = (app.confidential_client().await, resource_server(&app).await);
    let revoked = app.tokens(MEMBER, &client, "mcp:read api:read").await;
    let other = app.tokens(MEMBER, &client, "mcp:read api:read").await;
    client.post(&app, "/oauth/revoke", &[("token", &revoked.access)]).await;
    let mut sweeps = [MINUTE, 29 * MINUTE, 29 * MINUTE, 59 * SECOND].into_iter();
    loop {
        assert_eq!(app.call_api(&revoked).await.status, StatusCode::UNAUTHORIZED);
        let tool = app.call_tool(&revoked, "list_work_items", json!({})).await;
        assert_eq!(tool.status, StatusCode::UNAUTHORIZED);
        for asking in [&client, &server] {
            assert_eq!(scopes(&app, asking, &revoked.access).await, None);
        }
        // The one beside it lives until then.
        assert_eq!(app.call_api(&other).await.status, StatusCode::OK);
        assert!(scopes(&app, &server, &other.access).await.is_some());
        assert_eq!(count(&app, "revoked_tokens").await, 1);
        let Some(time) = sweeps.next() else { break };
        sweep_through(&app, time).await;
    }
    // One second before the end. A replica whose clock is a minute behind still has to know.
    sweep_through(&app, SECOND + MINUTE).await;
    assert_eq!(count(&app, "revoked_tokens").await, 1);
    sweep_through(&app, SECOND).await;
    assert_eq!(count(&app, "revoked_tokens").await, 0);
    assert_eq!(app.call_api(&revoked).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn v1_a_revoked_token_of_a_long_life_is_remembered_as_long() {
    let app = TestApp::start_with(&["--access-token-lifetime", "1d"]).await;
    let client = client_credentials::allowed(&app).await;
    let revoked = Tokens::of(&client_credentials::ask(&app, &client, &[]).await);
    for _ in 0..2 {
        client.post(&app, "/oauth/revoke", &[("token", &revoked.access)]).await;
    }
    for _ in 0..23 {
        app.clock.advance(HOUR);
        app.sweep().await;
        assert_eq!(app.call_api(&revoked).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(scopes(&app, &client, &revoked.access).await, None);
    }
    app.clock.advance(HOUR - SECOND);
    app.sweep().await;
    assert_eq!(app.call_api(&revoked).await.status, StatusCode::UNAUTHORIZED);
    let fresh = Tokens::of(&client_credentials::ask(&app, &client, &[]).await);
    assert_eq!(app.call_api(&fresh).await.status, StatusCode::OK);
}

#[tokio::test]
async fn u2_an_expired_request_is_told_for_a_day() {
    let (app, client) = TestApp::with_public_client().await;
    let mut browser = app.signed_in(MEMBER).await;
    let form = browser.open_consent(&authorize_url(&client, &[])).await;
    let path = format!("/consent/{}", form.0);
    app.clock.advance(10 * MINUTE - SECOND);
    app.sweep().await;
    assert!(browser.get(&path).await.body.contains("name=\"csrf\""));
    app.clock.advance(DAY);
    app.sweep().await;
    let page = browser.get(&path).await.body;
    assert!(page.contains("Test client") && !page.contains("name=\"csrf\""), "{page}");
    app.clock.advance(SECOND);
    app.sweep().await;
    assert_eq!(count(&app, "authorization_requests").await, 0);
    assert!(!browser.get(&path).await.body.contains("Test client"));
}

#[tokio::test]
async fn a_grant_whose_code_waits_is_not_ended_by_a_sweep() {
    let (app, client) = TestApp::with_public_client().await;
    let code = app.code(MEMBER, &client, "api:read").await;
    let left = app.code(MEMBER, &client, "api:read").await;
    app.clock.advance(60 * SECOND - 1);
    app.sweep().await;
    let tokens = Tokens::of(&client.exchange(&app, &code).await);
    app.clock.advance(1);
    app.sweep().await;
    assert_eq!(
        [app.grants("active").await, app.grants("expired").await, app.grants("pending").await],
        [1, 1, 0]
    );
    // What is in use is not ended by the age of its code.
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    assert_eq!(client.exchange(&app, &left).await.error(), "invalid_grant");
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
}

#[tokio::test]
async fn t9_an_expired_code_is_worth_nothing_before_any_sweep() {
    let (app, client) = TestApp::with_public_client().await;
    for (after, good) in [(60 * SECOND - 1, true), (60 * SECOND, false)] {
        let code = app.code(MEMBER, &client, "api:read").await;
        app.clock.advance(after);
        assert_eq!(client.exchange(&app, &code).await.status == StatusCode::OK, good, "{after}");
    }
}

#[tokio::test]
async fn used_assertions_and_service_tokens_go_when_they_have_ended() {
    let app = TestApp::start().await;
    let until = app.now() + HOUR;
    assert!(
        used_assertions::consume(app.db().write(), &"app_1".parse().unwrap(), "jti 1", until).await.unwrap()
    );
    let client = client_credentials::allowed(&app).await;
    Tokens::of(&client_credentials::ask(&app, &client, &[]).await);
    app.flush().await;
    app.clock.advance(HOUR + MINUTE);
    app.sweep().await;
    assert_eq!((count(&app, "used_assertions").await, count(&app, "service_tokens").await), (1, 1));
    assert!(
        !used_assertions::consume(app.db().write(), &"app_1".parse().unwrap(), "jti 1", until).await.unwrap()
    );
    app.clock.advance(1);
    app.sweep().await;
    assert_eq!((count(&app, "used_assertions").await, count(&app, "service_tokens").await), (0, 0));
}

/// Registers a client as a program does.
async fn registered(app: &TestApp, name: &str) -> ClientApp {
    let body =
        json!({ "client_name": name, "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none" });
    ClientApp::registered(&app.post_json("/oauth/register", &body, &[]).await, CALLBACK)
}

#[tokio::test]
async fn r8_a_sweep_takes_only_clients_that_nobody_has_anything_to_do_with() {
    let app = TestApp::start().await;
    let (unused, lapsed, asked, waiting, active, ended, serving) = (
        registered(&app, "Unused").await,
        registered(&app, "Lapsed").await,
        registered(&app, "Asked").await,
        registered(&app, "Waiting").await,
        registered(&app, "Active").await,
        registered(&app, "Ended").await,
        registered(&app, "Serving").await,
    );
    // What people registered or vouch for, too.
    let by_admin = app.confidential_client().await;
    let mut owner = app.signed_in(OWNER).await;
    let by_person = owner.register("Own", types::client::ClientType::Public).await;
    status::set_resource_server(app.db().write(), &serving.id, true).await.unwrap();
    app.tokens(MEMBER, &active, "api:read").await;
    let tokens = app.tokens(MEMBER, &ended, "api:read").await;
    let grant = json!({ "grant_id": app.grant_of(&tokens) });
    app.signed_in(MEMBER).await.ask::<serde_json::Value>("revoke_grant", grant).await;
    // Its code is never exchanged.
    app.code(MEMBER, &lapsed, "api:read").await;
    app.clock.advance(7 * DAY - SECOND);
    app.sweep().await;
    let known = async |client: &ClientApp| {
        domain::clients::lookup(app.db().read(), &client.id).await.unwrap().is_some()
    };
    for client in [&unused, &lapsed, &asked, &waiting, &active, &ended, &serving, &by_admin, &by_person] {
        assert!(known(client).await, "a week has not passed");
    }
    // One that a person is looking at, and one that was let in a moment ago.
    let mut browser = app.signed_in(MEMBER).await;
    browser.open_consent(&authorize_url(&asked, &[])).await;
    app.code(MEMBER, &waiting, "api:read").await;
    app.clock.advance(SECOND);
    app.sweep().await;
    assert!(known(&unused).await, "a week and no more");
    app.clock.advance(1);
    app.sweep().await;
    assert!(!known(&unused).await && !known(&lapsed).await);
    for client in [&asked, &waiting, &active, &ended, &serving, &by_admin, &by_person] {
        assert!(known(client).await, "{}", client.id);
    }
    app.assert_counts("the sweep").await;
}

#[tokio::test]
async fn r8_documents_of_which_people_said_something_are_remembered() {
    let app = TestApp::start().await;
    let mut clients = Vec::new();
    for said in
        ["blocked_at = 1", "disabled_at = 1", "ceiling = 'api:read'", "verified = TRUE", "description = 'x'"]
    {
        let client = registered(&app, said).await;
        let set =
            format!("UPDATE clients SET source = 'metadata_document', {said} WHERE id = '{}'", client.id);
        app.execute(&set).await;
        clients.push((said, client));
    }
    app.clock.advance(8 * DAY);
    app.sweep().await;
    for (said, client) in clients {
        let kept = format!("SELECT COUNT(*) FROM clients WHERE id = '{}'", client.id);
        let expected = i64::from(!said.starts_with("description"));
        assert_eq!(app.number(&kept).await, expected, "{said}");
    }
}

#[tokio::test]
async fn a_deleted_client_is_remembered_for_an_hour_or_as_long_as_its_grants() {
    let app = TestApp::start().await;
    let (unused, used) = (app.confidential_client().await, app.confidential_client().await);
    app.tokens(MEMBER, &used, "api:read").await;
    let mut admin = app.signed_in(ADMIN).await;
    admin.ask::<serde_json::Value>("delete_clients", json!({ "ids": [unused.id, used.id] })).await;
    let kept = async |client: &ClientApp| {
        app.number(&format!("SELECT COUNT(*) FROM clients WHERE id = '{}'", client.id)).await
    };
    app.clock.advance(HOUR);
    app.sweep().await;
    assert_eq!((kept(&unused).await, kept(&used).await), (1, 1));
    app.clock.advance(1);
    app.sweep().await;
    assert_eq!((kept(&unused).await, kept(&used).await), (0, 1));
    app.clock.advance(30 * DAY);
    app.sweep().await;
    assert_eq!(kept(&used).await, 1, "its grants still say who let it in");
    assert_eq!(app.grants("revoked").await, 1);
}

#[tokio::test]
async fn r8_an_administrator_removes_by_hand_what_is_older_than_an_hour_and_unused() {
    let app = TestApp::start().await;
    let (unused, used) = (registered(&app, "Unused").await, registered(&app, "Used").await);
    app.tokens(MEMBER, &used, "api:read").await;
    let mut admin = app.signed_in(ADMIN).await;
    app.clock.advance(HOUR);
    assert_eq!(admin.ask::<u64>("unused_registrations", json!({})).await, 0);
    assert_eq!(admin.ask::<u64>("remove_unused_registrations", json!({})).await, 0);
    app.clock.advance(1);
    assert_eq!(admin.ask::<u64>("unused_registrations", json!({})).await, 1);
    assert_eq!(admin.ask::<u64>("remove_unused_registrations", json!({})).await, 1);
    assert_eq!(app.rows("audit_events", "action = 'clients.removed' AND detail = '1'").await, 1);
    app.assert_counts("removing by hand").await;
    assert_eq!(unused.refresh(&app, "gpr_x").await.error(), "invalid_client");
    assert_eq!(used.refresh(&app, "gpr_x").await.error(), "unauthorized_client", "it is known");
}
