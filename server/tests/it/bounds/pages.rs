//! Pages and their server functions.

use domain::clock::{MINUTE, SECOND};
use http::{Request, StatusCode};
use serde_json::json;
use types::failure::Failure;

use crate::support::{HERE, MEMBER, OWNER, THERE, TestApp, assert_later};

const TOO_MANY: StatusCode = StatusCode::TOO_MANY_REQUESTS;

#[tokio::test]
async fn pages_and_their_functions_are_limited_per_person() {
    let app = TestApp::start_strict(&[]).await;
    let mut browser = app.signed_in(MEMBER).await;
    let list = json!({ "organization": "acme", "product": "support" });
    for number in 0..1_200 {
        let answer = match number % 100 {
            0 => browser.get("/o/acme/support").await,
            _ => browser.call("list_work_items", &list).await,
        };
        assert_eq!(answer.status, StatusCode::OK, "{number}: {}", answer.body);
    }
    // In a form that the page understands.
    let answer = browser.call("list_work_items", &list).await;
    assert_later(&answer, TOO_MANY, 60);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(serde_json::from_str::<Failure>(&answer.body).unwrap(), Failure::TooMany);
    let page = browser.get("/o/acme/support").await;
    assert_later(&page, TOO_MANY, 60);
    assert!(page.body.contains("Too many requests. Wait a minute"), "{}", page.body);
    assert_eq!(page.header("cache-control"), "no-store");
    // In another browser it is the same person; another person is not concerned, nor are programs.
    assert_later(&app.signed_in(MEMBER).await.get("/o/acme/support").await, TOO_MANY, 60);
    assert_eq!(app.signed_in(OWNER).await.get("/o/acme/support").await.status, StatusCode::OK);
    assert_eq!(app.get("/.well-known/oauth-authorization-server").await.status, StatusCode::OK);
    app.clock.advance(MINUTE - SECOND);
    assert_later(&browser.call("list_work_items", &list).await, TOO_MANY, 1);
    app.clock.advance(SECOND);
    assert_eq!(browser.call("list_work_items", &list).await.status, StatusCode::OK);
}

#[tokio::test]
async fn where_nobody_is_signed_in_pages_are_limited_per_address() {
    let app = TestApp::start_with(&["--page-limit", "3"]).await;
    let get = async |address: &str, path: &str| app.send_from(address, Request::get(path), &[]).await;
    for path in ["/sign-in", "/nowhere", "/oauth/authorize"] {
        assert_ne!(get(HERE, path).await.status, TOO_MANY, "{path}");
    }
    for path in ["/sign-in", "/nowhere", "/oauth/authorize"] {
        assert_later(&get(HERE, path).await, TOO_MANY, 60);
    }
    assert_eq!(get(THERE, "/sign-in").await.status, StatusCode::OK);
    // The front end's files cost nothing, and health is for operators.
    for path in ["/favicon.svg", "/healthz"] {
        assert_ne!(get(HERE, path).await.status, TOO_MANY, "{path}");
    }
}
