//! Counts of what people are told would end: exactly the people, grants and tokens that work at that moment.

use domain::{
    clock::{DAY, HOUR, SECOND},
    grants::tables::grant,
};
use http::StatusCode;
use sea_orm::EntityTrait;
use serde_json::json;
use types::client::{ClientType, Impact};

use crate::support::{Browser, ClientApp, MEMBER, OWNER, TestApp, Tokens, VIEWER, client_credentials};

/// Number of tokens of a grant that work, as its person is told.
async fn live(app: &TestApp, browser: &mut Browser<'_>, tokens: &Tokens) -> u64 {
    browser.connected_app(&app.grant_of(tokens)).await.live_tokens
}

#[tokio::test]
async fn tokens_are_counted_as_long_as_they_work() {
    let (app, client) = TestApp::with_confidential_client().await;
    let first = app.tokens(MEMBER, &client, "api:read").await;
    let mut member = app.signed_in(MEMBER).await;
    // Another grant of the same client counts for itself.
    let other = app.tokens(MEMBER, &client, "api:read").await;
    assert_eq!(live(&app, &mut member, &first).await, 2, "an access token and a refresh token");
    let second = Tokens::of(&client.refresh(&app, &first.refresh).await);
    assert_eq!(live(&app, &mut member, &first).await, 3, "the access token before it works on");
    client.post(&app, "/oauth/revoke", &[("token", &first.access)]).await;
    assert_eq!(live(&app, &mut member, &first).await, 2);
    client.post(&app, "/oauth/revoke", &[("token", &second.access)]).await;
    assert_eq!(live(&app, &mut member, &first).await, 1);
    app.clock.advance(HOUR - SECOND);
    assert_eq!(live(&app, &mut member, &other).await, 2);
    app.clock.advance(SECOND);
    assert_eq!(live(&app, &mut member, &other).await, 1, "an hour ends the access token");
    let mut member = app.signed_in(MEMBER).await;
    app.clock.advance(30 * DAY - HOUR - SECOND);
    assert_eq!(live(&app, &mut member, &other).await, 1);
    app.clock.advance(SECOND);
    assert_eq!(live(&app, &mut member, &other).await, 0);
}

#[tokio::test]
async fn what_a_deletion_would_end_is_of_that_client_and_alive() {
    let app = TestApp::start().await;
    let mut owner = app.signed_in(OWNER).await;
    let client = owner.register("Reports", ClientType::Confidential).await;
    let beside = owner.register("Beside", ClientType::Confidential).await;
    app.tokens(MEMBER, &beside, "api:read").await;
    let mut impact = async |client: &ClientApp| -> Impact {
        owner.ask("client_impact", json!({ "client_id": client.id })).await
    };
    let told = |users, grants, tokens| Impact { clients: 1, users, grants, tokens };
    assert_eq!(impact(&client).await, told(0, 0, 0));
    app.code(MEMBER, &client, "api:read").await;
    assert_eq!(impact(&client).await, told(0, 0, 0), "a code that waits is no access yet");
    let first = app.tokens(MEMBER, &client, "api:read").await;
    app.tokens(MEMBER, &client, "api:read").await;
    app.tokens(VIEWER, &client, "api:read").await;
    assert_eq!(impact(&client).await, told(2, 3, 6));
    client.post(&app, "/oauth/revoke", &[("token", &first.refresh)]).await;
    assert_eq!(impact(&client).await, told(2, 2, 4));
    assert_eq!(impact(&beside).await, told(1, 1, 2));
}

#[tokio::test]
async fn tokens_of_a_client_that_acts_by_itself_are_counted_too() {
    let app = TestApp::start().await;
    let client = client_credentials::allowed(&app).await;
    let mut owner = app.signed_in(OWNER).await;
    let tokens = Tokens::of(&client_credentials::ask(&app, &client, &[]).await);
    Tokens::of(&client_credentials::ask(&app, &client, &[]).await);
    assert_eq!(live(&app, &mut owner, &tokens).await, 2);
    client.post(&app, "/oauth/revoke", &[("token", &tokens.access)]).await;
    assert_eq!(live(&app, &mut owner, &tokens).await, 1);
    app.clock.advance(HOUR);
    assert_eq!(live(&app, &mut owner, &tokens).await, 0);
}

#[tokio::test]
async fn the_token_of_a_code_without_refresh_tokens_counts_once() {
    let (app, client) = TestApp::with_confidential_client().await;
    app.execute("UPDATE clients SET grant_types = 'authorization_code'").await;
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    let other = app.tokens(MEMBER, &client, "api:read").await;
    let mut member = app.signed_in(MEMBER).await;
    assert_eq!(live(&app, &mut member, &tokens).await, 1);
    client.post(&app, "/oauth/revoke", &[("token", &tokens.access)]).await;
    assert_eq!(live(&app, &mut member, &tokens).await, 0);
    assert_eq!(live(&app, &mut member, &other).await, 1);
    app.clock.advance(HOUR);
    assert_eq!(live(&app, &mut member, &other).await, 0);
}

#[tokio::test]
async fn a_grant_that_never_began_is_nobodys_to_see() {
    let (app, client) = TestApp::with_public_client().await;
    app.code(MEMBER, &client, "api:read").await;
    let row = grant::Entity::find().one(app.db().read()).await.unwrap().unwrap();
    for status in ["pending", "expired"] {
        app.execute(&format!("UPDATE grants SET status = '{status}'")).await;
        for email in [MEMBER, OWNER] {
            let mut browser = app.signed_in(email).await;
            for function in ["connected_app", "revoke_grant"] {
                let arguments = json!({ "grant_id": row.id, "activity_page": 1 });
                let answer = browser.call(function, &arguments).await;
                assert_eq!(answer.status, StatusCode::NOT_FOUND, "{status} {email} {function}");
            }
            let list = json!({ "organization": "acme", "query": { "status": "all" } });
            assert_eq!(browser.call("connected_apps", &list).await.json()["total"], 0, "{status} {email}");
        }
        assert_eq!(app.grants(status).await, 1, "and it stays what it is");
    }
}
