//! F1–F5: refresh tokens.

use domain::{
    audit::Action,
    clock::{DAY, SECOND},
};
use http::StatusCode;
use types::role::ProductRole;

use crate::support::{ClientApp, ISSUER, MEMBER, TestApp, Tokens};

#[tokio::test]
async fn f1_a_refresh_rotates_and_keeps_old_access_tokens() {
    let (app, client) = TestApp::with_public_client().await;
    let first = app.tokens(MEMBER, &client, "api:read api:write").await;
    let second = Tokens::of(&client.refresh(&app, &first.refresh).await);
    assert_ne!(first.refresh, second.refresh);
    assert_ne!(first.access, second.access);
    assert_eq!(second.scope, "api:read api:write");
    for tokens in [&first, &second] {
        assert_eq!(app.call_api(tokens).await.status, StatusCode::OK);
    }
    assert_eq!(client.refresh(&app, &second.refresh).await.status, StatusCode::OK);
}

#[tokio::test]
async fn f2_the_same_token_again_gets_the_same_answer_for_a_while() {
    let (app, client) = TestApp::with_public_client().await;
    let first = app.tokens(MEMBER, &client, "api:read").await;
    let answer = client.refresh(&app, &first.refresh).await;
    app.clock.advance(29 * SECOND);
    for _ in 0..10 {
        let again = client.refresh(&app, &first.refresh).await;
        assert_eq!((again.status, &again.body), (StatusCode::OK, &answer.body));
    }
    let eleventh = client.refresh(&app, &first.refresh).await;
    assert_eq!(eleventh.error(), "invalid_grant");
    let second = Tokens::of(&answer);
    assert_eq!(app.call_api(&second).await.status, StatusCode::OK, "the family lives");
}

#[tokio::test]
async fn f2_the_same_token_with_another_request_gets_nothing_and_harms_nobody() {
    let (app, client) = TestApp::with_public_client().await;
    let first = app.tokens(MEMBER, &client, "api:read api:write").await;
    let second = Tokens::of(&client.refresh(&app, &first.refresh).await);
    let other = client.refresh_with(&app, &first.refresh, &[("scope", "api:read")]).await;
    assert_eq!(other.error(), "invalid_grant");
    assert_eq!(app.call_api(&second).await.status, StatusCode::OK);
    assert_eq!(client.refresh(&app, &second.refresh).await.status, StatusCode::OK);
}

#[tokio::test]
async fn f2_an_old_token_after_the_window_kills_the_family() {
    let (app, client) = TestApp::with_public_client().await;
    let first = app.tokens(MEMBER, &client, "api:read").await;
    let second = Tokens::of(&client.refresh(&app, &first.refresh).await);
    app.clock.advance(30 * SECOND);
    assert_eq!(client.refresh(&app, &first.refresh).await.error(), "invalid_grant");
    assert_eq!(app.call_api(&second).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(client.refresh(&app, &second.refresh).await.error(), "invalid_grant");
    // The person sees what happened, and it is on record.
    let mut browser = app.signed_in(MEMBER).await;
    let page = browser.get("/o/acme/settings/apps?status=revoked").await.body;
    assert!(page.contains("an old refresh token was used again"), "{page}");
    use sea_orm::EntityTrait;
    let events = domain::audit::tables::audit_event::Entity::find().all(app.db().read()).await.unwrap();
    assert!(
        events.iter().any(|event| event.action == Action::GrantRevoked
            && event.detail.as_deref() == Some("refresh_replayed"))
    );
}

#[tokio::test]
async fn f2_a_window_of_zero_is_strict() {
    let app = TestApp::start_with(&["--refresh-replay", "0s"]).await;
    let client = app.public_client().await;
    let first = app.tokens(MEMBER, &client, "api:read").await;
    let second = Tokens::of(&client.refresh(&app, &first.refresh).await);
    assert_eq!(client.refresh(&app, &first.refresh).await.error(), "invalid_grant");
    assert_eq!(app.call_api(&second).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn f2_the_kept_answer_is_sealed_and_forgotten() {
    let (app, client) = TestApp::with_public_client().await;
    let first = app.tokens(MEMBER, &client, "api:read").await;
    let second = Tokens::of(&client.refresh(&app, &first.refresh).await);
    use sea_orm::EntityTrait;
    let rows = || async {
        domain::grants::tables::refresh_token::Entity::find().all(app.db().read()).await.unwrap()
    };
    let stored = format!("{:?}", rows().await);
    for secret in [&first.refresh[4..], &second.refresh[4..], &second.access] {
        assert!(!stored.contains(secret));
    }
    assert!(rows().await.iter().any(|row| row.replay.is_some()));
    app.sweep_at(app.now() + 31 * SECOND).await;
    assert!(rows().await.iter().all(|row| row.replay.is_none()));
}

#[tokio::test]
async fn f2_a_kept_answer_is_not_given_when_access_ended_in_between() {
    let (app, client) = TestApp::with_public_client().await;
    let first = app.tokens(MEMBER, &client, "api:read").await;
    client.refresh(&app, &first.refresh).await;
    let user = app.user_id(MEMBER).await;
    domain::accounts::users::disable(app.db().write(), &user, app.now()).await.unwrap();
    assert_eq!(client.refresh(&app, &first.refresh).await.error(), "invalid_grant");
}

#[tokio::test]
async fn f3_a_refresh_may_ask_for_less_never_for_more() {
    let (app, client) = TestApp::with_public_client().await;
    let tokens = app.tokens(MEMBER, &client, "api:read api:write").await;
    for scope in ["api:read api:execute", "api:admin", "mcp:read", "openid"] {
        let answer = client.refresh_with(&app, &tokens.refresh, &[("scope", scope)]).await;
        assert_eq!(answer.refusal(), "400 invalid_scope", "{scope}");
    }
    // Some clients repeat words of their request that this server does not know.
    let scope = [("scope", "api:read offline_access")];
    let narrow = Tokens::of(&client.refresh_with(&app, &tokens.refresh, &scope).await);
    assert_eq!(narrow.scope, "api:read");
    let body = serde_json::json!({ "title": "x" });
    let refused = app.post_json("/api/v1/work-items", &body, &[("authorization", &narrow.bearer())]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let full = Tokens::of(&client.refresh(&app, &narrow.refresh).await);
    assert_eq!(full.scope, "api:read api:write", "the refresh token keeps the full scope");
    for resource in ["http://127.0.0.1:4000/mcp", "https://other.example"] {
        let answer = client.refresh_with(&app, &full.refresh, &[("resource", resource)]).await;
        assert_eq!(answer.error(), "invalid_target", "{resource}");
    }
    let answer =
        client.refresh_with(&app, &full.refresh, &[("resource", "http://127.0.0.1:4000/api/")]).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn f4_another_clients_token_is_worth_nothing_and_its_owner_keeps_it() {
    let app = TestApp::start().await;
    let (client, other) = (app.public_client().await, app.confidential_client().await);
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    assert_eq!(other.refresh(&app, &tokens.refresh).await.error(), "invalid_grant");
    assert_eq!(client.refresh(&app, &tokens.refresh).await.status, StatusCode::OK);

    let tokens = app.tokens(MEMBER, &other, "api:read").await;
    let unproven = ClientApp { secret: None, ..other.clone() };
    let answer = unproven.refresh(&app, &tokens.refresh).await;
    assert_eq!(answer.refusal(), "401 invalid_client");
}

#[tokio::test]
async fn f5_refresh_tokens_end_when_idle_and_families_at_last() {
    let (app, client) = TestApp::with_public_client().await;
    let idle = app.tokens(MEMBER, &client, "api:read").await;
    app.clock.advance(30 * DAY);
    assert_eq!(client.refresh(&app, &idle.refresh).await.error(), "invalid_grant");

    let mut tokens = app.tokens(MEMBER, &client, "api:read").await;
    for _ in 0..12 {
        app.clock.advance(29 * DAY);
        tokens = Tokens::of(&client.refresh(&app, &tokens.refresh).await);
    }
    app.clock.advance(17 * DAY);
    assert_eq!(client.refresh(&app, &tokens.refresh).await.error(), "invalid_grant");
}

#[tokio::test]
async fn f5_a_refresh_gives_what_the_person_still_has() {
    let (app, client) = TestApp::with_public_client().await;
    let tokens = app.tokens(MEMBER, &client, "api:read api:write").await;
    app.set_role(MEMBER, "acme", "support", ProductRole::Viewer).await;
    let tokens = Tokens::of(&client.refresh(&app, &tokens.refresh).await);
    assert_eq!(tokens.scope, "api:read");
    assert_eq!(app.state.keys.verify(&tokens.access, ISSUER).unwrap().scope, "api:read");

    let seat = app.user_id(MEMBER).await;
    let acme =
        domain::workspaces::products::organizations_of(app.db().read(), &seat).await.unwrap().remove(0);
    domain::workspaces::products::remove_membership(app.db().write(), &acme.id, &seat).await.unwrap();
    assert_eq!(client.refresh(&app, &tokens.refresh).await.error(), "invalid_grant");
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED);
}
