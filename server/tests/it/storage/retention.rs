//! How long the record and access that ended are kept, and what goes with them: nothing that lives, and no count.

use domain::{
    clock::{DAY, HOUR, SECOND},
    grants::{
        self,
        life::{self, Deed},
    },
};
use http::StatusCode;
use serde_json::{Value, json};
use types::{
    apps::{AppRow, GrantState},
    client::ClientType,
};

use crate::support::{
    ADMIN, Browser, CALLBACK, ClientApp, MEMBER, OWNER, TestApp, Tokens,
    introspection::{resource_server, scopes},
};

async fn revoke(app: &TestApp, tokens: &Tokens) -> String {
    let grant = app.grant_of(tokens);
    app.signed_in(MEMBER).await.ask::<Value>("revoke_grant", json!({ "grant_id": grant })).await;
    grant.to_string()
}

async fn pause_and_resume(app: &TestApp, grant: &str) {
    let transaction = app.db().begin().await.unwrap();
    let grant = grants::lock(&transaction, &grant.parse().unwrap()).await.unwrap().unwrap();
    let deed = Deed { by: None, address: "" };
    assert!(life::pause(&transaction, &grant, deed, app.now()).await.unwrap());
    assert!(life::resume(&transaction, &grant, deed, app.now()).await.unwrap());
    transaction.commit().await.unwrap();
}

/// What happened with an access, as its person reads it.
async fn activity(browser: &mut Browser<'_>, grant: &str) -> Vec<String> {
    let page = browser.connected_app(grant).await.activity;
    assert_eq!(page.total, page.events.len() as u64);
    page.events.into_iter().map(|event| event.what).collect()
}

async fn listed(browser: &mut Browser<'_>, status: &str) -> Vec<AppRow> {
    let page = browser.connected_apps("acme", json!({ "status": status, "every": true })).await;
    assert_eq!(page.total, page.rows.len() as u64);
    page.rows
}

#[tokio::test]
async fn the_record_is_kept_as_long_as_the_setting_says_and_access_goes_on() {
    let app = TestApp::start_with(&["--audit-retention", "3d"]).await;
    let client = app.public_client().await;
    let tokens = app.tokens(MEMBER, &client, "api:read api:write").await;
    let grant = app.grant_of(&tokens);
    let mut browser = app.signed_in(MEMBER).await;
    app.clock.advance(DAY);
    pause_and_resume(&app, &grant).await;
    app.clock.advance(2 * DAY);
    app.clean().await;
    let both = ["Resumed an authorization", "Paused an authorization"];
    assert_eq!(activity(&mut browser, &grant).await, [&both[..], &["Authorized the app"]].concat());
    app.clock.advance(1);
    app.clean().await;
    assert_eq!(activity(&mut browser, &grant).await, both, "three days and no more");
    app.clock.advance(DAY);
    app.clean().await;
    assert!(activity(&mut browser, &grant).await.is_empty());
    assert_eq!(app.rows("audit_events", "grant_id IS NOT NULL").await, 0);
    // The access itself has nothing to do with it.
    let tokens = Tokens::of(&client.refresh(&app, &tokens.refresh).await);
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    app.flush().await;
    assert_eq!(listed(&mut browser, "active").await[0].use_count, 1);
    app.assert_counts("the record").await;
}

#[tokio::test]
async fn with_no_time_set_record_and_ended_access_are_kept_for_ever() {
    let flags = ["--audit-retention", "0s", "--ended-access-retention", "0s"];
    let app = TestApp::start_with(&flags).await;
    let client = app.public_client().await;
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    revoke(&app, &tokens).await;
    let events = app.rows("audit_events", "true").await;
    app.clock.advance(20 * 365 * DAY);
    app.clean().await;
    assert_eq!((app.grants("revoked").await, app.rows("audit_events", "true").await), (1, events));
}

#[tokio::test]
async fn ended_access_leaves_lists_and_is_still_refused() {
    let flags = ["--ended-access-retention", "1h", "--access-token-lifetime", "1d"];
    let app = TestApp::start_with(&flags).await;
    let (client, server) = (app.confidential_client().await, resource_server(&app).await);
    let code = app.code(MEMBER, &client, "api:read").await;
    let ended = Tokens::of(&client.exchange(&app, &code).await);
    let lives = app.tokens(MEMBER, &client, "api:read").await;
    assert_eq!(app.call_api(&ended).await.status, StatusCode::OK);
    app.flush().await;
    // A use that is counted when the access has gone.
    assert_eq!(app.call_api(&ended).await.status, StatusCode::OK);
    let grant = revoke(&app, &ended).await;
    let refused = async || {
        assert_eq!(app.call_api(&ended).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(client.refresh(&app, &ended.refresh).await.error(), "invalid_grant");
        for asking in [&client, &server] {
            assert_eq!(scopes(&app, asking, &ended.access).await, None);
        }
    };
    refused().await;
    app.clock.advance(HOUR);
    app.clean().await;
    let mut browser = app.signed_in(MEMBER).await;
    let row = &listed(&mut browser, "revoked").await[0];
    assert!(matches!(row.status, GrantState::Revoked { .. }) && row.use_count == 1, "{row:?}");
    app.clock.advance(1);
    app.clean().await;
    for (status, left) in [("revoked", 0), ("active", 1), ("all", 1)] {
        assert_eq!(listed(&mut browser, status).await.len(), left, "{status}");
    }
    assert_eq!(
        browser.call("connected_app", &json!({ "grant_id": grant, "activity_page": 1 })).await.status,
        404
    );
    let of_it = format!("grant_id = '{grant}'");
    for table in ["codes", "refresh_tokens"] {
        assert_eq!(app.rows(table, &of_it).await, 0, "{table}");
    }
    app.flush().await;
    refused().await;
    assert_eq!(client.exchange(&app, &code).await.error(), "invalid_grant");
    assert_eq!(app.call_api(&lives).await.status, StatusCode::OK, "what is beside it lives");
    assert!(scopes(&app, &server, &lives.access).await.is_some());
    app.assert_counts("ended access").await;
    // The record tells of it for as long as it is kept.
    assert!(app.rows("audit_events", &of_it).await >= 2);
    let page = app.signed_in(ADMIN).await.admin_client(&client.id).await;
    assert_eq!(page.grants_total, 1);
    assert!(page.client.activity.events.iter().any(|event| event.what == "Revoked an authorization"));
}

#[tokio::test]
async fn a_program_is_remembered_as_long_as_the_record_tells_of_its_access() {
    let flags = ["--ended-access-retention", "1d", "--audit-retention", "20d"];
    let app = TestApp::start_with(&flags).await;
    let body =
        json!({ "client_name": "Tool", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none" });
    let register =
        async || ClientApp::registered(&app.post_json("/oauth/register", &body, &[]).await, CALLBACK);
    let client = register().await;
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    let beside = register().await;
    assert_ne!(client.id, beside.id);
    app.clock.advance(8 * DAY);
    revoke(&app, &tokens).await;
    app.clock.advance(DAY + SECOND);
    app.clean().await;
    assert_eq!(app.grants("revoked").await, 0);
    let known = async |client: &ClientApp| app.rows("clients", &format!("id = '{}'", client.id)).await == 1;
    assert!(known(&client).await && !known(&beside).await);
    app.assert_counts("one of two").await;
    assert!(app.rows("audit_events", "action = 'grant.revoked'").await == 1);
    // It is let in again, and ends again.
    let again = app.tokens(MEMBER, &client, "api:read").await;
    assert_eq!(app.call_api(&again).await.status, StatusCode::OK);
    revoke(&app, &again).await;
    app.clock.advance(20 * DAY + SECOND);
    app.clean().await;
    assert!(!known(&client).await, "nobody remembers it");
    assert_eq!(app.rows("client_entries", "name = 'Tool'").await, 0);
    app.assert_counts("the last one").await;
}

#[tokio::test]
async fn a_deleted_app_goes_with_the_access_that_it_stands_for_and_the_record_tells_of_both() {
    let app = TestApp::start_with(&["--ended-access-retention", "2d"]).await;
    let mut owner = app.signed_in(OWNER).await;
    let client = owner.register("Reports", ClientType::Public).await;
    app.tokens(MEMBER, &client, "api:read").await;
    owner.ask::<Value>("delete_client", json!({ "client_id": client.id, "name": "Reports" })).await;
    let of_it = format!("id = '{}'", client.id);
    app.clock.advance(2 * DAY);
    app.clean().await;
    assert_eq!((app.rows("clients", &of_it).await, app.grants("revoked").await), (1, 1));
    app.clock.advance(1);
    app.clean().await;
    assert_eq!((app.rows("clients", &of_it).await, app.grants("revoked").await), (0, 0));
    let events = format!("client_id = '{}'", client.id);
    assert_eq!(app.rows("audit_events", &events).await, 4, "registered, let in, revoked, deleted");
    app.assert_counts("a deleted app").await;
    app.clock.advance(400 * DAY + SECOND);
    app.clean().await;
    assert_eq!(app.rows("audit_events", &events).await, 0);
}
