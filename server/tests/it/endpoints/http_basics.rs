//! Headers of every answer, health, and the front end's files.

use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::json;
use types::failure::Failure;

use crate::support::{MEMBER, TestApp};

#[tokio::test]
async fn health_is_told() {
    let app = TestApp::start().await;
    assert_eq!(app.get("/healthz").await.status, StatusCode::OK);
    assert_eq!(app.get("/readyz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn every_answer_has_a_request_id_and_safe_headers() {
    let app = TestApp::start().await;
    for path in [
        "/healthz",
        "/.well-known/oauth-authorization-server",
        "/nowhere",
        "/mcp",
        "/api/v1/work-items",
        "/oauth/token",
    ] {
        let answer = app.get(path).await;
        assert_ne!(answer.header("x-request-id"), "", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_404() {
    let app = TestApp::start().await;
    for path in [
        "/nowhere",
        "/o",
        "/pkg/none.js",
        "/pkg/../Cargo.toml",
        "/pkg/%2e%2e%2fCargo.toml",
        "/pkg/..%2f..%2fCargo.toml",
    ] {
        assert_eq!(app.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let page = app.get("/nowhere").await;
    assert!(page.body.contains("Page not found"), "{}", page.body);
    let mut browser = app.signed_in(MEMBER).await;
    for path in ["/o/globex/research", "/o/acme/sales", "/o/none/none", "/o/globex/settings/apps"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn large_bodies_are_refused() {
    let app = TestApp::start().await;
    for path in ["/sign-in", "/oauth/consent", "/_fn/revoke_grant"] {
        let mut browser = app.signed_in(MEMBER).await;
        let huge = "x".repeat(100_000);
        let answer = browser.post(path, &[("handle", huge.as_str())]).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
    }
}

#[tokio::test]
async fn pages_are_not_for_caches_and_home_leads_to_a_product() {
    let app = TestApp::start().await;
    let mut browser = app.signed_in(MEMBER).await;
    let answer = browser.get("/").await;
    assert_eq!(answer.location(), "/o/acme/support");
    let page = browser.get("/o/acme/support").await;
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(page.body.contains("Customer cannot reset password"));
    let plain =
        Request::get("/favicon.svg").header("accept-encoding", "identity").body(Body::empty()).unwrap();
    assert_ne!(app.send(plain).await.status, StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn a_server_function_says_that_it_cannot_read_its_arguments() {
    let app = TestApp::start().await;
    let mut browser = app.signed_in(MEMBER).await;
    for arguments in [json!({}), json!([]), json!("x"), json!({ "organization": 7, "query": {} })] {
        let refusal = browser.refusal("connected_apps", arguments.clone()).await;
        assert_eq!((&refusal, refusal.status()), (&Failure::Malformed, 400), "{arguments}");
    }
    for body in ["", "{", "\u{0}", "{\"organization\":\"acme\"} {}"] {
        let request = Request::post("/_fn/connected_apps")
            .header("content-type", "application/json")
            .header("sec-fetch-site", "same-origin")
            .header("cookie", browser.cookie_header());
        let answer = app.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}: {}", answer.body);
    }
}
