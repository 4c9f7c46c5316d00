//! Messages to the MCP server, and what it answers.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{Answer, TestApp, Tokens};

pub const READ: &str = "mcp:read";
pub const WRITE: &str = "mcp:read mcp:write";
pub const ALL: &str = "mcp:read mcp:write mcp:execute mcp:admin";

pub const PLAIN_CHALLENGE: &str = "Bearer resource_metadata=\"http://127.0.0.1:4000/.well-known/oauth-protected-resource/mcp\", \
    scope=\"mcp:read mcp:write mcp:execute\"";

pub fn message(method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params })
}

pub fn initialize(version: &str) -> Value {
    let client = json!({ "name": "test", "version": "1" });
    message("initialize", json!({ "protocolVersion": version, "capabilities": {}, "clientInfo": client }))
}

/// A message of the 2026-07-28 revision.
pub fn modern(method: &str, mut params: Value) -> Value {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    message(method, params)
}

pub async fn post(app: &TestApp, tokens: &Tokens, body: &Value) -> Answer {
    post_with(app, tokens, body, &[]).await
}

pub async fn post_with(app: &TestApp, tokens: &Tokens, body: &Value, more: &[(&str, &str)]) -> Answer {
    let bearer = tokens.bearer();
    app.post_json("/mcp", body, &[&[("authorization", bearer.as_str())], more].concat()).await
}

/// The result of a tool.
pub fn result(answer: &Answer) -> Value {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let json = answer.json();
    assert_eq!(json["id"], if json["id"] == 1 { 1 } else { 7 }, "{json}");
    assert!(json["result"].is_object(), "{json}");
    json["result"].clone()
}

/// The structured answer of a tool that did what it was asked.
pub fn structured(answer: &Answer) -> Value {
    let result = result(answer);
    assert_ne!(result["isError"], true, "{result}");
    let text: Value = serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(text, result["structuredContent"], "the text says the same");
    result["structuredContent"].clone()
}

/// The message of a tool that did not.
pub fn tool_error(answer: &Answer) -> String {
    let result = result(answer);
    assert_eq!(result["isError"], true, "{result}");
    assert_eq!(answer.header("www-authenticate"), "");
    result["content"][0]["text"].as_str().unwrap().to_owned()
}

pub fn assert_invalid_token(answer: &Answer, why: &str) {
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{why}: {}", answer.body);
    assert_eq!(answer.error(), "invalid_token", "{why}");
    let challenge = PLAIN_CHALLENGE.replacen("Bearer ", "Bearer error=\"invalid_token\", ", 1);
    assert_eq!(answer.header("www-authenticate"), challenge, "{why}");
}

pub async fn titles(app: &TestApp, tokens: &Tokens) -> Vec<String> {
    let listed = structured(&app.call_tool(tokens, "list_work_items", json!({ "limit": 200 })).await);
    listed["work_items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["title"].as_str().unwrap().to_owned())
        .collect()
}

/// A request to list the tools, with these headers.
pub async fn list(app: &TestApp, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    app.request(method, path, headers, &message("tools/list", json!({})).to_string()).await
}
