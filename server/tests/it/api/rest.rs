//! P1: the REST API under `/api/v1`, its work items, lists and refusals.

use axum::body::Body;
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::support::{
    Answer, ISSUER, MEMBER, TestApp,
    rest::{ITEMS, READ, WRITE, call, get, owner, post, titles},
};

fn assert_bad_request(answer: &Answer, field: &str, why: &str) {
    assert_eq!(answer.refusal(), "400 invalid_request", "{why}");
    assert_eq!(answer.json()["field"], field, "{why}: {}", answer.body);
    assert!(
        answer.json()["error_description"].as_str().unwrap().starts_with(field),
        "{why}: {}",
        answer.body
    );
    assert_eq!(answer.header("www-authenticate"), "", "{why}");
}

#[tokio::test]
async fn p1_a_work_item_lives_from_201_to_204() {
    let app = TestApp::start().await;
    let tokens = owner(&app).await;
    let made =
        post(&app, &tokens, json!({ "title": " Größe 😀 ", "description": "d", "status": "in_progress" }))
            .await;
    assert_eq!(made.status, StatusCode::CREATED);
    let item = made.json();
    assert_eq!((&item["title"], &item["status"]), (&json!("Größe 😀"), &json!("in_progress")));
    assert_eq!(
        (&item["created_by"], &item["created_at"]),
        (&json!("Olive Owner through Test client"), &json!("2026-01-01T00:00:00Z"))
    );
    let path = format!("{ITEMS}/{}", item["id"].as_str().unwrap());
    assert_eq!(made.header("location"), format!("{ISSUER}{path}"));
    assert_eq!(made.header("cache-control"), "no-store");

    assert_eq!(get(&app, &tokens, &path).await.json(), item);
    let head = call(&app, &tokens, Method::HEAD, &path, Value::Null).await;
    assert_eq!((head.status, head.body.as_str()), (StatusCode::OK, ""));
    let changed = call(&app, &tokens, Method::PATCH, &path, json!({ "status": "done" })).await;
    assert_eq!((changed.status, &changed.json()["status"]), (StatusCode::OK, &json!("done")));
    assert_eq!(changed.json()["description"], "d");
    let gone = call(&app, &tokens, Method::DELETE, &path, Value::Null).await;
    assert_eq!((gone.status, gone.body.as_str()), (StatusCode::NO_CONTENT, ""));
    for method in [Method::GET, Method::DELETE] {
        let answer = call(&app, &tokens, method, &path, Value::Null).await;
        assert_eq!(answer.refusal(), "404 not_found");
    }
}

#[tokio::test]
async fn p1_lists_are_filtered_and_paged() {
    let app = TestApp::start().await;
    let tokens = app.member(READ).await;
    let done = get(&app, &tokens, &format!("{ITEMS}?status=done")).await.json();
    assert!(done["work_items"].as_array().unwrap().iter().all(|item| item["status"] == "done"), "{done}");
    let first = get(&app, &tokens, &format!("{ITEMS}?limit=3")).await.json();
    assert_eq!(first["work_items"].as_array().unwrap().len(), 3);
    assert_eq!(first["next_cursor"], first["work_items"][2]["id"]);
    let next = format!("{ITEMS}?limit=3&cursor={}", first["next_cursor"].as_str().unwrap());
    let second = get(&app, &tokens, &next).await.json();
    assert_eq!((second["work_items"].as_array().unwrap().len(), &second["next_cursor"]), (2, &Value::Null));
    let whole = get(&app, &tokens, &format!("{ITEMS}?limit=5")).await.json();
    assert_eq!((whole["work_items"].as_array().unwrap().len(), &whole["next_cursor"]), (5, &Value::Null));
}

#[tokio::test]
async fn p1_bad_queries_name_the_parameter() {
    let app = TestApp::start().await;
    let tokens = app.member(READ).await;
    for (query, field) in [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=-1", "limit"),
        ("limit=", "limit"),
        ("limit=ten", "limit"),
        ("limit=1e1", "limit"),
        ("limit=99999999999999999999", "limit"),
        ("limit=1&limit=2", "limit"),
        ("cursor=", "cursor"),
        ("cursor=%00", "cursor"),
        ("status=closed", "status"),
        ("status=", "status"),
        ("status=open&status=done", "status"),
        ("product=sales", "product"),
        ("id=wrk_1", "id"),
        ("LIMIT=1", "LIMIT"),
    ] {
        assert_bad_request(&get(&app, &tokens, &format!("{ITEMS}?{query}")).await, field, query);
    }
    assert_bad_request(&get(&app, &tokens, &format!("{ITEMS}/wrk_1?id=wrk_2")).await, "id", "id twice");
}

#[tokio::test]
async fn p1_bad_bodies_name_the_field() {
    let app = TestApp::start().await;
    let tokens = owner(&app).await;
    let before = titles(&app, &tokens).await;
    for (body, field) in [
        (json!({}), "title"),
        (json!({ "title": "" }), "title"),
        (json!({ "title": "é".repeat(201) }), "title"),
        (json!({ "title": 7 }), "title"),
        (json!({ "title": null }), "title"),
        (json!({ "title": "x", "status": "closed" }), "status"),
        (json!({ "title": "x", "status": 1 }), "status"),
        (json!({ "title": "x", "description": "d".repeat(10_001) }), "description"),
        (json!({ "title": "x", "description": {} }), "description"),
        (json!({ "title": "x", "id": "wrk_mine" }), "id"),
        (json!({ "title": "x", "product_id": "prd_1" }), "product_id"),
    ] {
        assert_bad_request(&post(&app, &tokens, body.clone()).await, field, &body.to_string());
    }
    let path = "/api/v1/work-items/wrk_1";
    for (body, field) in [
        (json!({ "id": "wrk_2", "title": "x" }), "id"),
        (json!({ "title": "" }), "title"),
        (json!({ "created_by": "x" }), "created_by"),
    ] {
        let answer = call(&app, &tokens, Method::PATCH, path, body.clone()).await;
        assert_bad_request(&answer, field, &body.to_string());
    }
    let nothing = call(&app, &tokens, Method::PATCH, path, json!({})).await;
    assert_eq!((nothing.status, &nothing.json()["field"]), (StatusCode::BAD_REQUEST, &Value::Null));
    for body in [json!([]), json!("x"), json!(7)] {
        assert_eq!(post(&app, &tokens, body.clone()).await.status, StatusCode::BAD_REQUEST, "{body}");
    }
    assert_eq!(titles(&app, &tokens).await, before);
}

#[tokio::test]
async fn p1_bodies_are_json_of_limited_size() {
    let app = TestApp::start().await;
    let tokens = app.member(WRITE).await;
    let send = async |content_type: Option<&str>, body: String| {
        let mut request =
            Request::post(ITEMS).header("host", "127.0.0.1:4000").header("authorization", tokens.bearer());
        if let Some(content_type) = content_type {
            request = request.header("content-type", content_type);
        }
        app.send(request.body(Body::from(body)).unwrap()).await
    };
    let item = json!({ "title": "x" }).to_string();
    for content_type in
        [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("application/jsonx")]
    {
        let answer = send(content_type, item.clone()).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{content_type:?}");
        assert_eq!(answer.error(), "unsupported_media_type");
    }
    for body in ["", "{", "{\"title\":\"x\"", "title=x", "\u{feff}{}", "{\"title\":\"\\ud800\"}"] {
        let answer = send(Some("application/json"), body.to_owned()).await;
        assert_eq!(answer.refusal(), "400 invalid_request", "{body}");
    }
    let deep = format!("{{\"title\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(send(Some("application/json"), deep).await.status, StatusCode::BAD_REQUEST);
    let padded = |length: usize| format!("{item}{}", " ".repeat(length - item.len()));
    assert_eq!(
        send(Some("Application/JSON; charset=utf-8"), padded(1024 * 1024)).await.status,
        StatusCode::CREATED
    );
    let answer = send(Some("application/json"), padded(1024 * 1024 + 1)).await;
    assert_eq!(answer.refusal(), "413 payload_too_large");
}

#[tokio::test]
async fn p1_unknown_addresses_and_methods_are_told_as_json() {
    let app = TestApp::start().await;
    let tokens = owner(&app).await;
    for path in [
        "/api",
        "/api/",
        "/api/v1",
        "/api/v1/",
        "/api/v2/work-items",
        "/api/v1/work-items/wrk_unknown",
        "/api/v1/work-items/wrk_1/x",
        "/api/v1/Work-Items",
    ] {
        let answer = get(&app, &tokens, path).await;
        assert_eq!(answer.refusal(), "404 not_found", "{path}");
    }
    for id in ["wrk%00", "%27%20OR%201=1", "..%2F..%2Fetc", &"x".repeat(500), "%ff"] {
        let answer = get(&app, &tokens, &format!("{ITEMS}/{id}")).await;
        assert!(matches!(answer.status.as_u16(), 400 | 404), "{id}: {}", answer.status);
        assert!(!answer.error().is_empty(), "{id}: {}", answer.body);
    }
    for (method, path, allowed) in [
        (Method::PUT, ITEMS, ["GET", "POST"].as_slice()),
        (Method::DELETE, ITEMS, &["GET", "POST"]),
        (Method::POST, "/api/v1/work-items/wrk_1", &["GET", "PATCH", "DELETE"]),
    ] {
        let answer = call(&app, &tokens, method.clone(), path, Value::Null).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        assert_eq!(answer.error(), "method_not_allowed", "{method} {path}");
        let allow = answer.header("allow").to_owned();
        assert!(
            allowed.iter().all(|method| allow.split(',').any(|name| name == *method)),
            "{method} {path}: {allow}"
        );
    }
}

#[tokio::test]
async fn p1_rest_and_mcp_show_the_same_items() {
    let (app, client) = TestApp::with_public_client().await;
    let (rest, mcp) =
        (app.tokens(MEMBER, &client, WRITE).await, app.tokens(MEMBER, &client, "mcp:read").await);
    let made = post(&app, &rest, json!({ "title": "Through REST" })).await.json();
    let seen = app.call_tool(&mcp, "get_work_item", json!({ "id": made["id"] })).await.json();
    assert_eq!(seen["result"]["structuredContent"], made);
}
