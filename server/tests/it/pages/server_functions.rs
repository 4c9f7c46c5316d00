//! Server functions of pages take JSON from this server's own pages, and nothing that leads away.

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use leptos::server_fn::axum::server_fn_paths;
use serde_json::json;
use types::client::ClientType;

use crate::support::{ADMIN, Answer, Browser, CALLBACK, TestApp, form};

/// The paths of all functions, as they registered themselves.
fn functions() -> Vec<&'static str> {
    let functions: Vec<_> = server_fn_paths().collect();
    assert!(functions.len() > 30, "{functions:?}");
    let posted = |(path, method): &(&str, Method)| path.starts_with("/_fn/") && *method == Method::POST;
    assert!(functions.iter().all(posted), "{functions:?}");
    functions.into_iter().map(|(path, _)| path).collect()
}

async fn call(
    browser: &mut Browser<'_>,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path).header("sec-fetch-site", "same-origin");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    browser.send_whole(request.body(Body::from(body.to_owned())).unwrap()).await
}

/// Content types that forms and scripts of other sites can send, and what only looks like JSON.
const REFUSED: [&[&str]; 14] = [
    &[],
    &[""],
    &["text/plain"],
    &["text/plain;charset=UTF-8"],
    &["application/x-www-form-urlencoded"],
    &["multipart/form-data; boundary=x"],
    &["text/json"],
    &["application/jsonx"],
    &["application/problem+json"],
    &["application/json, text/plain"],
    &["text/plain; application/json"],
    &["text/plain, application/json"],
    &["application/json", "text/plain"],
    &["application / json"],
];

#[tokio::test]
async fn server_functions_take_json_and_nothing_else() {
    let app = TestApp::start().await;
    let mut admin = app.signed_in(ADMIN).await;
    let client = admin.register("Reports", ClientType::Confidential).await;
    let stored = async || {
        let mut counts = Vec::new();
        for table in ["clients", "grants", "client_secrets", "work_items", "audit_events", "sessions"] {
            counts.push(app.number(&format!("SELECT COUNT(*) FROM {table}")).await);
        }
        counts
    };
    let before = stored().await;
    // Good arguments for many of them.
    let arguments = json!({
        "client_id": client.id, "ids": [client.id], "blocked": true, "name": "Reports", "kind": "public",
        "form": form("Reports", &[CALLBACK]), "query": {}, "organization": "acme", "product": "support",
        "item": { "title": "x" }, "administration": false, "activity_page": 1, "grants_page": 1,
    })
    .to_string();
    for path in functions() {
        for types in REFUSED {
            let headers: Vec<_> = types.iter().map(|&value| ("content-type", value)).collect();
            let answer = call(&mut admin, Method::POST, path, &headers, &arguments).await;
            assert_eq!(
                answer.status,
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "{path} {types:?}: {}",
                answer.body
            );
            assert!(answer.body.contains("application/json"), "{}", answer.body);
            assert_eq!(answer.header("cache-control"), "no-store");
        }
        for method in [Method::GET, Method::HEAD, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS]
        {
            let headers = [("content-type", "application/json")];
            let answer = call(&mut admin, method.clone(), path, &headers, &arguments).await;
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        }
    }
    assert_eq!(stored().await, before, "nothing was done");
    for good in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
        "application/json ; odata=verbose",
    ] {
        let answer = call(&mut admin, Method::POST, "/_fn/frame", &[("content-type", good)], "{}").await;
        assert_eq!(answer.status, StatusCode::OK, "{good}: {}", answer.body);
        assert_eq!(answer.header("content-type"), "application/json");
    }
}

#[tokio::test]
async fn no_answer_of_a_server_function_leads_to_where_its_request_came_from() {
    let app = TestApp::start().await;
    let (mut admin, mut nobody) = (app.signed_in(ADMIN).await, app.browser());
    for path in functions() {
        for browser in [&mut admin, &mut nobody] {
            for (kind, accept, body) in [
                ("application/json", "text/html", "{}"),
                ("application/json", "text/html,application/xhtml+xml,*/*;q=0.8", "no JSON"),
                ("application/json", "*/*", "{}"),
                ("application/x-www-form-urlencoded", "text/html", "a=b"),
            ] {
                for referer in ["https://evil.example/", "http://127.0.0.1:4000/o/acme/support"] {
                    let headers = [("content-type", kind), ("accept", accept), ("referer", referer)];
                    let answer = call(browser, Method::POST, path, &headers, body).await;
                    assert!(!answer.status.is_redirection(), "{path} {headers:?}: {}", answer.status);
                    for name in [header::LOCATION, header::REFRESH] {
                        assert!(!answer.headers.contains_key(&name), "{path} {headers:?}: {name}");
                    }
                    assert!(!answer.body.contains("evil.example"), "{path}: {}", answer.body);
                }
            }
        }
    }
}
