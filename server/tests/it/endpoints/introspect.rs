//! I1: token introspection (RFC 7662).

use domain::{
    clients::status,
    clock::{DAY, HOUR, SECOND},
};
use http::StatusCode;
use serde_json::{Value, json};
use types::role::ProductRole;

use crate::support::{ADMIN, ClientApp, ISSUER, MEMBER, OWNER, TestApp, Tokens, client_credentials};

async fn introspect(app: &TestApp, client: &ClientApp, token: &str) -> Value {
    let answer = client.post(app, "/oauth/introspect", &[("token", token)]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), "no-store");
    answer.json()
}

/// Nothing but that: an answer that says more tells strangers something.
fn inactive() -> Value {
    json!({ "active": false })
}

#[tokio::test]
async fn i1_nobody_asks_without_proof() {
    let app = TestApp::start().await;
    let (public, confidential) = (app.public_client().await, app.confidential_client().await);
    let tokens = app.tokens(MEMBER, &public, "api:read").await;
    let token = ("token", tokens.access.as_str());
    for answer in [
        app.post_form("/oauth/introspect", &[token]).await,
        public.post(&app, "/oauth/introspect", &[token]).await,
        app.post_form("/oauth/introspect", &[token, ("client_id", &confidential.id)]).await,
        app.post_form("/oauth/introspect", &[token, ("client_id", &confidential.id), ("client_secret", "x")])
            .await,
    ] {
        assert_eq!(answer.refusal(), "401 invalid_client");
    }
    // The token itself is no proof either.
    let bearer = [("authorization", tokens.bearer())];
    let bearer = bearer.each_ref().map(|(name, value)| (*name, value.as_str()));
    let answer = app.post_form_with("/oauth/introspect", &[token], &bearer).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.get("/oauth/introspect").await.status, StatusCode::METHOD_NOT_ALLOWED);
    let missing = confidential.post(&app, "/oauth/introspect", &[]).await;
    assert_eq!(missing.error(), "invalid_request");
    let twice = confidential.post(&app, "/oauth/introspect", &[token, token]).await;
    assert_eq!(twice.error(), "invalid_request");
}

#[tokio::test]
async fn i1_a_client_learns_about_its_service_tokens() {
    let (app, client) = TestApp::with_confidential_client().await;
    let tokens = app.tokens(MEMBER, &client, "api:read api:write").await;
    let user = app.user_id(MEMBER).await;
    let said = introspect(&app, &client, &tokens.access).await;
    let now = app.now() / SECOND;
    let jti = said["jti"].clone();
    assert_eq!(
        said,
        json!({
            "active": true, "scope": "api:read api:write", "client_id": client.id, "sub": user,
            "aud": [format!("{ISSUER}/api")], "iss": ISSUER, "jti": jti, "iat": now, "exp": now + 3600,
            "token_type": "Bearer",
        })
    );
    let said = introspect(&app, &client, &tokens.refresh).await;
    assert_eq!(
        (&said["active"], &said["client_id"], &said["sub"]),
        (&json!(true), &json!(client.id), &json!(user))
    );
    assert!(said.get("token_type").is_none(), "a refresh token is no bearer token: {said}");
    let metadata = app.get("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(metadata["introspection_endpoint"], format!("{ISSUER}/oauth/introspect"));
    assert!(
        !metadata["introspection_endpoint_auth_methods_supported"]
            .as_array()
            .unwrap()
            .contains(&json!("none"))
    );
}

#[tokio::test]
async fn i1_what_opens_nothing_is_not_active() {
    let (app, client) = TestApp::with_confidential_client().await;
    let unknown = ["", "x", "a.b.c", "gpr_unknown", "\u{1F511}"].map(|token| format!("{token}."));
    for token in &unknown {
        assert_eq!(introspect(&app, &client, token).await, inactive(), "{token}");
    }
    // Used up, revoked by itself, revoked with its grant.
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    client.refresh(&app, &tokens.refresh).await;
    assert_eq!(introspect(&app, &client, &tokens.refresh).await, inactive());
    client.post(&app, "/oauth/revoke", &[("token", &tokens.access)]).await;
    assert_eq!(introspect(&app, &client, &tokens.access).await, inactive());
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    client.post(&app, "/oauth/revoke", &[("token", &tokens.refresh)]).await;
    assert_eq!(introspect(&app, &client, &tokens.access).await, inactive());
    assert_eq!(introspect(&app, &client, &tokens.refresh).await, inactive());
    // The person's role, as it is now.
    let tokens = app.tokens(MEMBER, &client, "api:read api:write").await;
    app.set_role(MEMBER, "acme", "support", ProductRole::Viewer).await;
    assert_eq!(introspect(&app, &client, &tokens.access).await["scope"], "api:read");
    // Over.
    app.clock.advance(HOUR);
    assert_eq!(introspect(&app, &client, &tokens.access).await, inactive());
    app.clock.advance(31 * DAY);
    assert_eq!(introspect(&app, &client, &tokens.refresh).await, inactive());
    // A client that is switched off learns nothing.
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    status::set_disabled(app.db().write(), &client.id, Some(app.now())).await.unwrap();
    assert_eq!(introspect(&app, &client, &tokens.access).await, inactive());
}

#[tokio::test]
async fn i1_a_stranger_learns_nothing_and_a_resource_server_what_it_may_be_handed() {
    let app = TestApp::start().await;
    let (client, other) = (app.public_client().await, app.confidential_client().await);
    let tokens = app.tokens(MEMBER, &client, "mcp:read").await;
    assert_eq!(introspect(&app, &other, &tokens.access).await, inactive());
    assert_eq!(introspect(&app, &other, &tokens.refresh).await, inactive());

    let mark = json!({ "client_id": other.id, "resource_server": true });
    for email in [OWNER, MEMBER] {
        let mut person = app.signed_in(email).await;
        assert_eq!(person.call("set_client_resource_server", &mark).await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(introspect(&app, &other, &tokens.access).await, inactive());
    let mut admin = app.signed_in(ADMIN).await;
    assert_eq!(admin.call("set_client_resource_server", &mark).await.status, StatusCode::OK);
    let said = introspect(&app, &other, &tokens.access).await;
    assert_eq!((&said["active"], &said["client_id"]), (&json!(true), &json!(client.id)));
    // Refresh tokens are never handed to a resource server.
    assert_eq!(introspect(&app, &other, &tokens.refresh).await, inactive());
    // Marked, it still may not revoke.
    other.post(&app, "/oauth/revoke", &[("token", &tokens.access)]).await;
    assert_eq!(introspect(&app, &other, &tokens.access).await["active"], true);

    let unmark = json!({ "client_id": other.id, "resource_server": false });
    assert_eq!(admin.call("set_client_resource_server", &unmark).await.status, StatusCode::OK);
    assert_eq!(introspect(&app, &other, &tokens.access).await, inactive());
    let public = json!({ "client_id": client.id, "resource_server": true });
    assert_eq!(admin.call("set_client_resource_server", &public).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn i1_a_client_that_acts_by_itself_is_the_subject() {
    let app = TestApp::start().await;
    let client = client_credentials::allowed(&app).await;
    let tokens = Tokens::of(&client_credentials::ask(&app, &client, &[("scope", "api:read")]).await);
    let said = introspect(&app, &client, &tokens.access).await;
    let own = json!(client.id);
    assert_eq!((&said["active"], &said["sub"], &said["client_id"]), (&json!(true), &own, &own), "{said}");
    assert_eq!((&said["scope"], &said["token_type"]), (&json!("api:read"), &json!("Bearer")), "{said}");
}
