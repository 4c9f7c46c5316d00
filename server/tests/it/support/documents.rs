//! Clients that describe themselves in a document.

use http::StatusCode;
use serde_json::{Value, json};

use super::{Answer, ClientApp, MEMBER, Reply, TestApp, Web, authorize_url};

pub const CALLBACK: &str = "http://127.0.0.1/callback";

/// The document of an app like those that come to MCP servers.
pub fn document(url: &str) -> Value {
    json!({
        "client_id": url,
        "client_name": "Example Desktop",
        "client_uri": "https://app.example",
        "redirect_uris": [CALLBACK, "http://localhost/callback", "https://app.example/cb"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    })
}

/// A web with a document, and a server that can fetch it.
pub async fn with_document(flags: &[&str]) -> (Web, TestApp, ClientApp) {
    let web = Web::start().await;
    let url = web.url("/client.json");
    web.put("/client.json", Reply::json(&document(&url)));
    let app = TestApp::start_in(&web, &[&["--outbound-loopback"], flags].concat()).await;
    (web, app, ClientApp::new(url, None, CALLBACK))
}

/// The answer of the authorization endpoint to a signed-in person.
pub async fn authorize(app: &TestApp, client: &ClientApp) -> Answer {
    app.signed_in(MEMBER).await.get(&authorize_url(client, &[])).await
}

pub fn is_refused(answer: &Answer, why: &str) {
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
    assert_eq!(answer.header("location"), "");
    assert!(answer.body.contains(why), "not {why}: {}", answer.body);
}
