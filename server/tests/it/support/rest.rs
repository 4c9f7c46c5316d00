//! Calls of the REST API, and what it answers.

use http::{Method, StatusCode};
use serde_json::Value;

use super::{Answer, OWNER, TestApp, Tokens};

pub const READ: &str = "api:read";
pub const WRITE: &str = "api:read api:write";
pub const ALL: &str = "api:read api:write api:execute api:admin";
pub const ITEMS: &str = "/api/v1/work-items";

pub const PLAIN_CHALLENGE: &str = "Bearer resource_metadata=\"http://127.0.0.1:4000/.well-known/oauth-protected-resource/api\", \
    scope=\"api:read api:write api:execute\"";

/// A request with a JSON body, if it is not null.
pub async fn call(app: &TestApp, tokens: &Tokens, method: Method, path: &str, body: Value) -> Answer {
    let bearer = tokens.bearer();
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    app.request(method, path, &headers, &body).await
}

pub async fn get(app: &TestApp, tokens: &Tokens, path: &str) -> Answer {
    call(app, tokens, Method::GET, path, Value::Null).await
}

pub async fn post(app: &TestApp, tokens: &Tokens, body: Value) -> Answer {
    call(app, tokens, Method::POST, ITEMS, body).await
}

pub async fn titles(app: &TestApp, tokens: &Tokens) -> Vec<String> {
    let listed = get(app, tokens, &format!("{ITEMS}?limit=200")).await;
    assert_eq!(listed.status, StatusCode::OK, "{}", listed.body);
    let items = listed.json()["work_items"].as_array().unwrap().clone();
    items.iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect()
}

pub fn assert_invalid_token(answer: &Answer, why: &str) {
    assert_eq!(answer.refusal(), "401 invalid_token", "{why}");
    let challenge = PLAIN_CHALLENGE.replacen("Bearer ", "Bearer error=\"invalid_token\", ", 1);
    assert_eq!(answer.header("www-authenticate"), challenge, "{why}");
}

pub async fn owner(app: &TestApp) -> Tokens {
    app.tokens(OWNER, &app.public_client().await, ALL).await
}
