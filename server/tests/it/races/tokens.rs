//! Requests at the same time: one winner, and nobody honest loses.

use std::sync::Arc;

use http::StatusCode;
use serde_json::json;

use crate::support::{Answer, MEMBER, TestApp, Tokens, authorize_url};

/// Runs the same request ten times at once.
async fn ten<F, R>(run: F) -> Vec<Answer>
where
    F: Fn() -> R,
    R: Future<Output = Answer> + Send + 'static,
{
    let tasks: Vec<_> = (0..10).map(|_| tokio::spawn(run())).collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t5_ten_parallel_exchanges_of_a_code_give_one_success() {
    let app = Arc::new(TestApp::start().await);
    let client = app.public_client().await;
    let code = app.code(MEMBER, &client, "api:read").await;
    let answers = ten(|| {
        let (app, client, code) = (Arc::clone(&app), client.clone(), code.clone());
        async move { client.exchange(&app, &code).await }
    })
    .await;
    let (won, lost): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|answer| answer.status == StatusCode::OK);
    assert_eq!(won.len(), 1);
    assert!(lost.iter().all(|answer| answer.error() == "invalid_grant"), "{lost:?}");
    assert_eq!(
        app.call_api(&Tokens::of(&won[0])).await.status,
        StatusCode::OK,
        "the winner keeps its tokens"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn f2_ten_parallel_refreshes_kill_nothing_and_agree() {
    let app = Arc::new(TestApp::start().await);
    let client = app.public_client().await;
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    let answers = ten(|| {
        let (app, client, refresh) = (Arc::clone(&app), client.clone(), tokens.refresh.clone());
        async move { client.refresh(&app, &refresh).await }
    })
    .await;
    assert!(answers.iter().all(|answer| answer.status == StatusCode::OK), "{answers:?}");
    assert!(answers.iter().all(|answer| answer.body == answers[0].body));
    let next = Tokens::of(&answers[0]);
    assert_eq!(app.call_api(&next).await.status, StatusCode::OK);
    assert_eq!(client.refresh(&app, &next.refresh).await.status, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn u2_ten_parallel_answers_to_one_request_give_one_code() {
    let app = Arc::new(TestApp::start().await);
    let client = app.public_client().await;
    let product = app.product_id("acme", "support").await;
    let mut browser = app.signed_in(MEMBER).await;
    let (handle, csrf) = browser.open_consent(&authorize_url(&client, &[])).await;
    let cookies = browser.cookies.clone();
    let answers = ten(|| {
        let (app, cookies) = (Arc::clone(&app), cookies.clone());
        let (handle, csrf, product) = (handle.clone(), csrf.clone(), product.clone());
        async move {
            let mut browser = app.browser();
            browser.cookies = cookies;
            browser.decide(&(handle, csrf), "approve", &product, "mcp:read").await
        }
    })
    .await;
    let codes = answers
        .iter()
        .filter(|answer| answer.location().starts_with("http") && answer.location_param("code").is_some());
    assert_eq!(codes.count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn m8_revoking_during_refreshes_leaves_nothing_alive() {
    let app = Arc::new(TestApp::start().await);
    let client = app.public_client().await;
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    let mut browser = app.signed_in(MEMBER).await;
    let list = browser.call("connected_apps", &json!({ "organization": "acme", "query": {} })).await.json();
    let grant = list["rows"][0]["grant_id"].as_str().unwrap().to_owned();
    let refreshes = ten(|| {
        let (app, client, refresh) = (Arc::clone(&app), client.clone(), tokens.refresh.clone());
        async move { client.refresh(&app, &refresh).await }
    });
    let arguments = json!({ "grant_id": grant });
    let (answers, revoked) = tokio::join!(refreshes, browser.call("revoke_grant", &arguments));
    assert_eq!(revoked.status, StatusCode::OK, "{}", revoked.body);
    for answer in answers.iter().filter(|answer| answer.status == StatusCode::OK) {
        assert_eq!(app.call_api(&Tokens::of(answer)).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(client.refresh(&app, &Tokens::of(answer).refresh).await.error(), "invalid_grant");
    }
}
