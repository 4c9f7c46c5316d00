//! The address of a trusted proxy is none: where it does not tell who came, nobody is counted as the proxy.

use domain::demo;
use http::{Request, StatusCode};
use serde_json::json;

use crate::support::{Answer, HERE, MEMBER, THERE, TestApp, authorize_url};

const PROXY: &str = "10.0.0.1";
const FLAGS: [&str; 12] = [
    "--trusted-proxies",
    "10.0.0.0/8",
    "--register-limit",
    "1",
    "--authorize-address-limit",
    "1",
    "--page-limit",
    "2",
    "--sign-in-address-limit",
    "1",
    "--sign-in-account-limit",
    "2",
];

async fn sign_in(app: &TestApp, forwarded: Option<&str>, email: &str, password: &str) -> Answer {
    let mut request = Request::post("/sign-in");
    if let Some(forwarded) = forwarded {
        request = request.header("x-forwarded-for", forwarded);
    }
    app.send_from(PROXY, request, &[("email", email), ("password", password)]).await
}

#[tokio::test]
async fn nobody_is_counted_as_the_proxy() {
    let app = TestApp::start_with(&FLAGS).await;
    let client = app.public_client().await;
    let body = json!({ "redirect_uris": ["https://client.example/cb"] });
    for _ in 0..5 {
        assert_eq!(app.register_from(PROXY, &body).await.status, StatusCode::CREATED);
        for forwarded in ["", "10.0.0.2", "10.0.0.2, 10.0.0.3", "who knows"] {
            let request = Request::get(authorize_url(&client, &[])).header("x-forwarded-for", forwarded);
            assert!(app.send_from(PROXY, request, &[]).await.status.is_redirection(), "{forwarded}");
        }
    }
    // Whoever can be told is counted.
    for (address, status) in
        [(HERE, StatusCode::SEE_OTHER), (HERE, StatusCode::TOO_MANY_REQUESTS), (THERE, StatusCode::SEE_OTHER)]
    {
        let request = Request::get(authorize_url(&client, &[])).header("x-forwarded-for", address);
        assert_eq!(app.send_from(PROXY, request, &[]).await.status, status, "{address}");
    }
}

#[tokio::test]
async fn bounds_per_client_per_person_and_over_all_hold_behind_it() {
    let flags = [&FLAGS[..], &["--register-all-limit", "3", "--authorize-limit", "4"]].concat();
    let app = TestApp::start_with(&flags).await;
    let body = json!({ "redirect_uris": ["https://client.example/cb"] });
    for number in 0..4 {
        let answer = app.register_from(PROXY, &body).await;
        assert_eq!(answer.status == StatusCode::CREATED, number < 3, "{}", answer.body);
    }
    let client = app.public_client().await;
    for number in 0..5 {
        let answer = app.send_from(PROXY, Request::get(authorize_url(&client, &[])), &[]).await;
        assert_eq!(answer.status.is_redirection(), number < 4, "{}", answer.status);
    }
    // Guesses count per account: for all accounts together they would lock everybody out.
    for expected in
        [StatusCode::UNPROCESSABLE_ENTITY, StatusCode::UNPROCESSABLE_ENTITY, StatusCode::TOO_MANY_REQUESTS]
    {
        assert_eq!(sign_in(&app, None, MEMBER, "wrong").await.status, expected);
    }
    for number in 0..5 {
        let answer = sign_in(&app, None, &format!("nobody{number}@example.com"), "wrong").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(sign_in(&app, Some(HERE), MEMBER, demo::PASSWORD).await.location(), "/");
}
