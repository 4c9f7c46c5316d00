//! I1: who may ask about whose tokens, and what a token is good for at that moment, which is never more than at a resource.

use domain::{
    clients::status,
    clock::{DAY, HOUR, SECOND},
};
use http::StatusCode;
use serde_json::json;
use types::role::ProductRole;

use crate::support::{
    ADMIN, ClientApp, ISSUER, MEMBER, TestApp, Tokens, client_credentials,
    introspection::{ask, resource_server, scopes},
};

#[tokio::test]
async fn i1_a_resource_server_that_is_switched_off_learns_nothing_of_others_tokens() {
    let app = TestApp::start().await;
    let (client, server) = (app.public_client().await, resource_server(&app).await);
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    let sees = async || scopes(&app, &server, &tokens.access).await.is_some();
    assert!(sees().await);
    let mut admin = app.signed_in(ADMIN).await;
    let block = |blocked: bool| json!({ "ids": [server.id], "blocked": blocked });
    let disable = |disabled: bool| json!({ "client_id": server.id, "disabled": disabled });
    for (function, off, on) in [
        ("set_clients_blocked", block(true), block(false)),
        ("set_client_disabled", disable(true), disable(false)),
    ] {
        assert_eq!(admin.call(function, &off).await.status, StatusCode::OK);
        assert!(!sees().await, "{function}");
        assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK, "the token works on");
        assert_eq!(admin.call(function, &on).await.status, StatusCode::OK);
        assert!(sees().await, "{function}");
    }
    // Blocked and disabled: one lifted is not both.
    admin.call("set_clients_blocked", &block(true)).await;
    admin.call("set_client_disabled", &disable(true)).await;
    admin.call("set_clients_blocked", &block(false)).await;
    assert!(!sees().await);
    admin.call("delete_clients", &json!({ "ids": [server.id] })).await;
    let gone = server.post(&app, "/oauth/introspect", &[("token", &tokens.access)]).await;
    assert_eq!(gone.refusal(), "401 invalid_client");
}

#[tokio::test]
async fn i1_a_narrowed_token_is_told_as_narrow_as_it_is() {
    let (app, client) = TestApp::with_confidential_client().await;
    let server = resource_server(&app).await;
    let full = "mcp:read mcp:write api:read api:write";
    let tokens = app.tokens(MEMBER, &client, full).await;
    for (asked, expected) in [
        ("api:read", "api:read"),
        ("api:write", "api:read api:write"),
        ("mcp:read api:read", "mcp:read api:read"),
        ("mcp:write openid", "mcp:read mcp:write"),
    ] {
        let again = app.tokens(MEMBER, &client, full).await;
        let narrow = Tokens::of(&client.refresh_with(&app, &again.refresh, &[("scope", asked)]).await);
        for asking in [&client, &server] {
            let said = scopes(&app, asking, &narrow.access).await;
            assert_eq!(said.as_deref(), Some(expected), "{asked}");
        }
        // Its refresh token is as wide as the grant.
        assert_eq!(scopes(&app, &client, &narrow.refresh).await.as_deref(), Some(full), "{asked}");
    }
    for asking in [&client, &server] {
        assert_eq!(scopes(&app, asking, &tokens.access).await.as_deref(), Some(full));
    }
}

#[tokio::test]
async fn i1_a_narrowed_token_never_grows_and_may_shrink_to_nothing() {
    let app = TestApp::start().await;
    let (client, server) = (app.confidential_client().await, resource_server(&app).await);
    let tokens = app.tokens(MEMBER, &client, "mcp:read api:read api:write").await;
    let narrow = [("scope", "api:write")];
    let narrow = Tokens::of(&client.refresh_with(&app, &tokens.refresh, &narrow).await);
    let grant = app.grant_of(&tokens);
    let told = async || {
        let both = [scopes(&app, &client, &narrow.access).await, scopes(&app, &server, &narrow.access).await];
        assert_eq!(both[0], both[1]);
        both.into_iter().next().flatten()
    };
    let set = async |scopes: &str| {
        app.execute(&format!("UPDATE grants SET scopes = '{scopes}' WHERE id = '{grant}'")).await;
    };
    set("mcp:read mcp:write api:read api:write api:execute").await;
    assert_eq!(told().await.as_deref(), Some("api:read api:write"));
    app.set_role(MEMBER, "acme", "support", ProductRole::Viewer).await;
    assert_eq!(told().await.as_deref(), Some("api:read"));
    app.set_role(MEMBER, "acme", "support", ProductRole::Editor).await;
    app.execute(&format!("UPDATE clients SET ceiling = 'api:read mcp:read' WHERE id = '{}'", client.id))
        .await;
    assert_eq!(told().await.as_deref(), Some("api:read"));
    app.execute(&format!("UPDATE clients SET ceiling = NULL WHERE id = '{}'", client.id)).await;
    set("mcp:read mcp:write").await;
    assert_eq!(told().await, None, "what it was narrowed to is gone");
    assert_eq!(scopes(&app, &client, &tokens.access).await.as_deref(), Some("mcp:read mcp:write"));
    set("api:read").await;
    assert_eq!(told().await.as_deref(), Some("api:read"));
}

#[tokio::test]
async fn i1_a_token_is_told_for_the_resources_it_is_for() {
    let app = TestApp::start().await;
    let (client, server) = (app.confidential_client().await, resource_server(&app).await);
    let tokens = app.tokens(MEMBER, &client, "mcp:read api:read api:write").await;
    let (mcp, api) = (format!("{ISSUER}/mcp"), format!("{ISSUER}/api"));
    let one = Tokens::of(&client.refresh_with(&app, &tokens.refresh, &[("resource", &mcp)]).await);
    for asking in [&client, &server] {
        let said = ask(&app, asking, &one.access).await;
        assert_eq!((&said["scope"], &said["aud"]), (&json!("mcp:read"), &json!([mcp])));
    }
    let said = ask(&app, &client, &one.refresh).await;
    assert_eq!(said["aud"], json!([mcp, api]));
    assert_eq!((&said["iss"], &said["exp"]), (&json!(ISSUER), &json!((app.now() + 30 * DAY) / SECOND)));
    // Resources of others, and none, are none of ours.
    for audience in [vec![], vec!["https://other.example/mcp".to_owned()], vec![format!("{ISSUER}/mcp/")]] {
        let odd = app.resigned(&tokens, |claims| claims.aud = audience.clone());
        assert_eq!(scopes(&app, &client, &odd.access).await, None, "{audience:?}");
        assert_eq!(app.call_api(&odd).await.status, StatusCode::UNAUTHORIZED, "{audience:?}");
    }
    // The grant's resources count too.
    let grant = app.grant_of(&tokens);
    app.execute(&format!("UPDATE grants SET resources = 'api' WHERE id = '{grant}'")).await;
    assert_eq!(scopes(&app, &client, &one.access).await, None);
    assert_eq!(scopes(&app, &client, &tokens.access).await.as_deref(), Some("api:read api:write"));
}

#[tokio::test]
async fn i1_the_claim_that_narrows_counts_only_when_it_is_true() {
    let (app, client) = TestApp::with_confidential_client().await;
    let tokens = app.tokens(MEMBER, &client, "api:read api:write").await;
    for (narrowed, expected) in
        [(None, "api:read api:write"), (Some(false), "api:read api:write"), (Some(true), "api:read")]
    {
        let odd = app.resigned(&tokens, |claims| {
            (claims.scope, claims.narrowed) = ("api:read".to_owned(), narrowed);
        });
        assert_eq!(scopes(&app, &client, &odd.access).await.as_deref(), Some(expected), "{narrowed:?}");
        let (bearer, body) = (odd.bearer(), json!({ "title": "x" }));
        let made = app.post_json("/api/v1/work-items", &body, &[("authorization", &bearer)]).await;
        let writes = made.status == StatusCode::CREATED;
        assert_eq!(writes, expected.contains("write"), "{narrowed:?}");
    }
}

#[tokio::test]
async fn i1_a_token_of_a_client_that_acts_by_itself_is_narrow_too() {
    let app = TestApp::start().await;
    let client = client_credentials::allowed(&app).await;
    let server = resource_server(&app).await;
    for (more, expected) in [
        (&[][..], "mcp:read api:read api:write"),
        (&[("scope", "api:read")], "api:read"),
        (&[("scope", "mcp:read api:read")], "mcp:read api:read"),
    ] {
        let tokens = Tokens::of(&client_credentials::ask(&app, &client, more).await);
        for asking in [&client, &server] {
            assert_eq!(scopes(&app, asking, &tokens.access).await.as_deref(), Some(expected), "{more:?}");
        }
        let said = ask(&app, &server, &tokens.access).await;
        assert_eq!((&said["sub"], &said["client_id"]), (&json!(client.id), &json!(client.id)));
    }
}

#[tokio::test]
async fn i1_a_token_is_active_until_its_last_second() {
    let (app, client) = TestApp::with_confidential_client().await;
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    app.clock.advance(HOUR - SECOND);
    assert!(scopes(&app, &client, &tokens.access).await.is_some());
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    app.clock.advance(SECOND);
    assert!(scopes(&app, &client, &tokens.access).await.is_none());
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED);
    app.clock.advance(30 * DAY - HOUR - SECOND);
    assert!(scopes(&app, &client, &tokens.refresh).await.is_some());
    app.clock.advance(SECOND);
    assert!(scopes(&app, &client, &tokens.refresh).await.is_none());
    assert_eq!(client.refresh(&app, &tokens.refresh).await.error(), "invalid_grant");
}

#[tokio::test]
async fn i1_only_a_mark_and_a_proof_open_others_tokens() {
    let app = TestApp::start().await;
    let (client, server) = (app.public_client().await, resource_server(&app).await);
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    let token = [("token", tokens.access.as_str())];
    let wrong = ClientApp { secret: Some("gpk_wrong".to_owned()), ..server.clone() };
    let unproven = ClientApp { secret: None, ..server.clone() };
    for who in [&wrong, &unproven, &client] {
        let answer = who.post(&app, "/oauth/introspect", &token).await;
        assert_eq!(answer.refusal(), "401 invalid_client");
        assert!(!answer.body.contains("scope"), "{}", answer.body);
    }
    // Being vouched for is not the mark.
    let verified = app.confidential_client().await;
    status::set_verified(app.db().write(), &verified.id, true).await.unwrap();
    assert_eq!(scopes(&app, &verified, &tokens.access).await, None);
    assert_eq!(scopes(&app, &server, &tokens.refresh).await, None, "refresh tokens are for nobody else");
}
