//! The Apps tab, and M8: what `Revoke` does.

use http::StatusCode;
use serde_json::json;
use types::apps::GrantState;

use crate::support::{ADMIN, ClientApp, MEMBER, OUTSIDER, OWNER, TestApp, Tokens, VIEWER};

async fn only_grant(app: &TestApp, email: &str) -> types::id::GrantId {
    let mut browser = app.signed_in(email).await;
    browser.connected_apps("acme", json!({ "status": "all" })).await.rows[0].grant_id.clone()
}

async fn connected(app: &TestApp, email: &str) -> (ClientApp, Tokens) {
    let client = app.public_client().await;
    let tokens = app.tokens(email, &client, "api:read api:write").await;
    (client, tokens)
}

#[tokio::test]
async fn m8_revoke_bites_on_the_very_next_call() {
    let app = TestApp::start().await;
    let (client, tokens) = connected(&app, MEMBER).await;
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    let grant = only_grant(&app, MEMBER).await;
    let mut browser = app.signed_in(MEMBER).await;
    let answer = browser.call("revoke_grant", &json!({ "grant_id": grant })).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.json()["tokens"], 2, "one access token, one refresh token");
    let refused = app.call_api(&tokens).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    assert!(refused.header("www-authenticate").contains("error=\"invalid_token\""));
    let refused = client.refresh(&app, &tokens.refresh).await;
    assert_eq!(refused.refusal(), "400 invalid_grant");
    // Again is no error, and kills nothing more.
    assert_eq!(browser.call("revoke_grant", &json!({ "grant_id": grant })).await.json()["tokens"], 0);
    let row = browser.connected_apps("acme", json!({ "status": "all" })).await.rows.remove(0);
    assert_eq!(row.status, GrantState::Revoked { at: app.now(), by: "Mel Member".to_owned() });
}

#[tokio::test]
async fn m8_a_revoked_app_can_be_let_in_again_and_other_grants_live_on() {
    let (app, client) = TestApp::with_public_client().await;
    let first = app.tokens(MEMBER, &client, "api:read").await;
    let grant = only_grant(&app, MEMBER).await;
    let second = app.tokens(MEMBER, &client, "api:read").await;
    let mut browser = app.signed_in(MEMBER).await;
    browser.call("revoke_grant", &json!({ "grant_id": grant })).await;
    assert_eq!(app.call_api(&first).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.call_api(&second).await.status, StatusCode::OK);
}

#[tokio::test]
async fn m8_a_disabled_or_deleted_client_and_user_stop_at_once() {
    let app = TestApp::start().await;
    let (client, tokens) = connected(&app, MEMBER).await;
    domain::clients::status::set_disabled(app.db().write(), &client.id, Some(app.now())).await.unwrap();
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED);
    // Not invalid_client: a client that reads that registers anew.
    assert_eq!(client.refresh(&app, &tokens.refresh).await.error(), "invalid_grant");
    let grant = only_grant(&app, MEMBER).await;
    let mut browser = app.signed_in(MEMBER).await;
    assert_eq!(browser.connected_apps("acme", json!({})).await.rows[0].status, GrantState::Disabled);
    assert_eq!(browser.call("revoke_grant", &json!({ "grant_id": grant })).await.status, StatusCode::OK);

    let client = app.public_client().await;
    let tokens = app.tokens(VIEWER, &client, "api:read").await;
    domain::accounts::users::disable(app.db().write(), &app.user_id(VIEWER).await, app.now()).await.unwrap();
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(client.refresh(&app, &tokens.refresh).await.error(), "invalid_grant");

    let (client, tokens) = connected(&app, OWNER).await;
    let mut admin = app.signed_in(ADMIN).await;
    let answer = admin.call("delete_clients", &json!({ "ids": [client.id] })).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED);
    let refused = client.refresh(&app, &tokens.refresh).await;
    assert_eq!(refused.refusal(), "401 invalid_client");
}

#[tokio::test]
async fn only_the_person_and_their_organizations_managers_may_revoke() {
    let app = TestApp::start().await;
    let (_, tokens) = connected(&app, MEMBER).await;
    let grant = only_grant(&app, MEMBER).await;
    for other in [VIEWER, OUTSIDER] {
        let mut browser = app.signed_in(other).await;
        for id in [grant.as_str(), "grt_unknown", ""] {
            let answer = browser.call("revoke_grant", &json!({ "grant_id": id })).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{other} {id}");
        }
    }
    assert_eq!(
        app.browser().call("revoke_grant", &json!({ "grant_id": grant })).await.status,
        StatusCode::UNAUTHORIZED
    );
    let with_token = [("authorization", tokens.bearer()), ("accept", "application/json".to_owned())];
    let with_token = with_token.each_ref().map(|(name, value)| (*name, value.as_str()));
    let answer = app.post_json("/_fn/revoke_grant", &json!({ "grant_id": grant }), &with_token).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "a bearer token is no session");
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    let mut owner = app.signed_in(OWNER).await;
    assert_eq!(owner.call("revoke_grant", &json!({ "grant_id": grant })).await.status, StatusCode::OK);
    let mut member = app.signed_in(MEMBER).await;
    let row = member.connected_apps("acme", json!({ "status": "all" })).await.rows.remove(0);
    assert_eq!(row.status, GrantState::Revoked { at: app.now(), by: "Olive Owner".to_owned() });
}

#[tokio::test]
async fn members_see_their_own_grants_and_managers_all_of_the_organization() {
    let (app, client) = TestApp::with_public_client().await;
    app.tokens(MEMBER, &client, "api:read").await;
    app.tokens(VIEWER, &client, "api:read").await;
    app.tokens_for(OWNER, &client, ("globex", "research"), "api:read").await;
    let mut member = app.signed_in(MEMBER).await;
    let page = member.connected_apps("acme", json!({})).await;
    assert_eq!((page.rows.len(), page.sees_all), (1, false));
    assert_eq!(page.rows[0].authorized_by, "Mel Member");
    let mut admin = app.signed_in(ADMIN).await;
    let page = admin.connected_apps("acme", json!({})).await;
    assert_eq!((page.rows.len(), page.sees_all, page.total), (2, true, 2));
    // Not of an organization that one does not belong to, whatever it is called.
    for (email, organization) in [(ADMIN, "globex"), (MEMBER, "globex"), (MEMBER, "' OR 1=1"), (MEMBER, "")] {
        let mut browser = app.signed_in(email).await;
        let answer =
            browser.call("connected_apps", &json!({ "organization": organization, "query": {} })).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{email} {organization}");
    }
}

#[tokio::test]
async fn the_table_counts_uses_sorts_by_them_searches_and_pages() {
    let app = TestApp::start().await;
    let mut tokens = Vec::new();
    for name in ["Alpha_1", "Beta%", "Gamma"] {
        let client = app
            .client(
                name,
                types::client::ClientSource::Dynamic,
                types::client::AuthMethod::None,
                &["http://127.0.0.1/cb"],
            )
            .await;
        tokens.push(app.tokens(MEMBER, &client, "api:read").await);
        app.clock.advance(1_000);
    }
    app.call_api(&tokens[0]).await;
    app.clock.advance(1_000);
    app.call_api(&tokens[1]).await;
    app.call_api(&tokens[1]).await;
    app.state.usage.flush(app.db()).await.unwrap();
    let mut browser = app.signed_in(MEMBER).await;
    let page = browser.connected_apps("acme", json!({})).await;
    let names: Vec<_> = page.rows.iter().map(|row| (row.app.as_str(), row.use_count)).collect();
    assert_eq!(names, [("Beta%", 2), ("Alpha_1", 1), ("Gamma", 0)]);
    assert_eq!(page.rows[0].last_used_at, Some(app.now()));
    assert_eq!(page.rows[2].last_used_at, None);
    for (search, found) in [
        ("ALPHA", 1),
        ("%", 1),
        ("_", 1),
        ("support", 3),
        ("mel", 3),
        ("\\", 0),
        ("nothing", 0),
        (" gamma ", 1),
    ] {
        let page = browser.connected_apps("acme", json!({ "search": search })).await;
        assert_eq!(page.total, found, "{search}");
        assert_eq!(page.total_unfiltered, 3);
    }
    for page in [0, 1, 2, u64::MAX] {
        let found = browser.connected_apps("acme", json!({ "page": page })).await;
        assert_eq!((found.rows.len(), found.page), (3, 1), "{page}: there is one page");
    }
}

#[tokio::test]
async fn text_that_no_database_holds_is_not_found() {
    let app = TestApp::start().await;
    let mut browser = app.signed_in(MEMBER).await;
    for path in ["/o/%00/x", "/o/acme/%00", "/o/%00/settings/apps"] {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(browser.get("/o/acme/settings/apps?q=%00").await.status, StatusCode::OK);
    for (function, arguments) in [
        ("revoke_grant", json!({ "grant_id": "grt_\0" })),
        ("list_work_items", json!({ "organization": "acme", "product": "\0" })),
        ("connected_apps", json!({ "organization": "\0", "query": {} })),
        (
            "call_procedure",
            json!({ "organization": "acme", "product": "support", "name": "\0", "arguments": "{\"id\":\"\\u0000\"}" }),
        ),
    ] {
        let answer = browser.call(function, &arguments).await;
        assert!(answer.status.is_client_error(), "{function}: {} {}", answer.status, answer.body);
    }
}
