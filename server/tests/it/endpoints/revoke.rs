//! V1: token revocation.

use http::StatusCode;

use crate::support::{ClientApp, MEMBER, TestApp};

#[tokio::test]
async fn v1_a_refresh_token_takes_everything_with_it() {
    let (app, client) = TestApp::with_public_client().await;
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    let answer = client
        .post(&app, "/oauth/revoke", &[("token", &tokens.refresh), ("token_type_hint", "access_token")])
        .await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "{}"));
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(client.refresh(&app, &tokens.refresh).await.error(), "invalid_grant");
    let mut browser = app.signed_in(MEMBER).await;
    assert!(browser.get("/o/acme/settings/apps?status=revoked").await.body.contains("the app itself"));
}

#[tokio::test]
async fn v1_an_access_token_takes_only_itself() {
    let (app, client) = TestApp::with_public_client().await;
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    assert_eq!(client.post(&app, "/oauth/revoke", &[("token", &tokens.access)]).await.status, StatusCode::OK);
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED);
    let again = client.refresh(&app, &tokens.refresh).await;
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(client.post(&app, "/oauth/revoke", &[("token", &tokens.access)]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn v1_unknown_and_foreign_tokens_get_the_same_answer_and_live() {
    let app = TestApp::start().await;
    let (client, other) = (app.public_client().await, app.confidential_client().await);
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    let huge = "x".repeat(10_000);
    for token in ["garbage", "gpr_unknown", "a.b.c", huge.as_str(), &tokens.refresh, &tokens.access] {
        assert_eq!(other.post(&app, "/oauth/revoke", &[("token", token)]).await.status, StatusCode::OK);
    }
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    assert_eq!(client.refresh(&app, &tokens.refresh).await.status, StatusCode::OK);
}

#[tokio::test]
async fn v1_who_asks_has_to_be_a_client_and_name_a_token() {
    let (app, client) = TestApp::with_confidential_client().await;
    assert_eq!(client.post(&app, "/oauth/revoke", &[]).await.error(), "invalid_request");
    assert_eq!(
        client.post(&app, "/oauth/revoke", &[("token", "a"), ("token", "b")]).await.error(),
        "invalid_request"
    );
    for pairs in [vec![("token", "x")], vec![("token", "x"), ("client_id", client.id.as_str())]] {
        let answer = app.post_form("/oauth/revoke", &pairs).await;
        assert_eq!(answer.refusal(), "401 invalid_client");
    }
    assert_eq!(app.get("/oauth/revoke").await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn v1_an_expired_access_token_gets_the_same_answer() {
    let (app, client) = TestApp::with_confidential_client().await;
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    app.clock.advance(2 * domain::clock::HOUR);
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED);
    let answer = client.post(&app, "/oauth/revoke", &[("token", &tokens.access)]).await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "{}"));
    assert_eq!(client.refresh(&app, &tokens.refresh).await.status, StatusCode::OK);
}

#[tokio::test]
async fn v1_a_wrong_secret_revokes_nothing_and_says_how_to_prove_oneself() {
    let (app, client) = TestApp::with_confidential_client().await;
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    let wrong = ClientApp { secret: Some("wrong".to_owned()), ..client.clone() };
    for token in [&tokens.access, &tokens.refresh] {
        let answer = wrong.post(&app, "/oauth/revoke", &[("token", token)]).await;
        assert_eq!(answer.refusal(), "401 invalid_client");
        assert!(answer.header("www-authenticate").starts_with("Basic "), "{:?}", answer.headers);
    }
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    assert_eq!(client.refresh(&app, &tokens.refresh).await.status, StatusCode::OK);
}
