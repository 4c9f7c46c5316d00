//! The log: what strangers make the server write.

use axum::body::Body;
use http::{HeaderValue, Request, StatusCode};
use serde_json::{Value, json};

#[cfg(unix)]
use crate::support::{
    MEMBER, TestApp, log_of,
    server::{Server, data, exchange},
};

/// Longest line, with what no stranger can change.
const LINE_MAX: usize = 2_048;

fn with_id(id: &[u8]) -> Request<Body> {
    let mut request = Request::get("/healthz").body(Body::empty()).unwrap();
    request.headers_mut().insert("x-request-id", HeaderValue::from_bytes(id).unwrap());
    request
}

#[tokio::test]
async fn a_request_id_is_ours_or_short_and_plain() {
    let app = TestApp::start().await;
    for good in ["1", "6f1c2d3e-0000-4000-8000-AbCdEf012345", &"a".repeat(64)] {
        let log = log_of(async {
            assert_eq!(app.send(with_id(good.as_bytes())).await.header("x-request-id"), good);
        });
        assert!(log.await.contains(good), "{good}");
    }
    let long = "a".repeat(65);
    let huge = "a".repeat(60_000);
    for bad in ["", " ", "a b", "a\"b", "a_b", "a.b", "\u{e9}", "a\tb", &long, &huge] {
        let log = log_of(async {
            let id = app.send(with_id(bad.as_bytes())).await.header("x-request-id").to_owned();
            assert!(id.starts_with("req-") && id.len() == 36, "{id} for {bad}");
        });
        let log = log.await;
        assert!(bad.trim().is_empty() || !log.contains(bad), "{bad}");
        assert!(log.lines().all(|line| line.len() < LINE_MAX));
    }
    let mut two = with_id(b"first");
    two.headers_mut().append("x-request-id", HeaderValue::from_static("second"));
    let first = app.send(two).await.header("x-request-id").to_owned();
    // A server behind this one takes an id of ours.
    assert_eq!(app.send(with_id(first.as_bytes())).await.header("x-request-id"), first);
    assert!(first.starts_with("req-"));
}

#[tokio::test]
async fn what_strangers_send_is_repeated_in_brief() {
    let (app, client) = TestApp::with_public_client().await;
    let tokens = app.tokens(MEMBER, &client, "mcp:read").await;
    let bearer = tokens.bearer();
    let long = "x".repeat(900_000);
    let call = |method: &str, params: Value| json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let headers = [("authorization", bearer.as_str()), ("mcp-protocol-version", "2025-06-18")];
    let log = log_of(async {
        let answer = app.post_json("/mcp", &call(&long, json!({})), &headers).await;
        assert!(answer.body.contains("-32601") && answer.body.len() < 1_000, "{}", answer.body.len());
        for params in [
            json!({ "name": long, "arguments": {} }),
            json!({ "name": "create_work_item", "arguments": { &long: 1 } }),
            json!({ "name": "list_work_items", "arguments": { "status": &long } }),
        ] {
            let answer = app.post_json("/mcp", &call("tools/call", params), &headers).await;
            assert!(answer.body.len() < 4_000, "{}", answer.body.len());
        }
        let header = "y".repeat(50_000);
        for (name, value) in [("origin", format!("https://{header}")), ("host", header.clone())] {
            let mut request =
                Request::get("/mcp").header("host", "127.0.0.1:4000").body(Body::empty()).unwrap();
            let name = http::HeaderName::from_bytes(name.as_bytes()).unwrap();
            request.headers_mut().insert(name, HeaderValue::from_str(&value).unwrap());
            assert_eq!(app.send(request).await.status, StatusCode::FORBIDDEN);
        }
        let body =
            json!({ "redirect_uris": ["https://client.example/cb"], "token_endpoint_auth_method": header });
        assert_eq!(app.post_json("/oauth/register", &body, &[]).await.status, StatusCode::BAD_REQUEST);
        let method = http::Method::from_bytes("M".repeat(50_000).as_bytes()).unwrap();
        app.send(Request::builder().method(method).uri("/healthz").body(Body::empty()).unwrap()).await;
    });
    let log = log.await;
    // Finer levels are for developers, who have them cut where they are written.
    let told = |line: &&str| [" INFO ", " WARN ", " ERROR "].iter().any(|level| line[..40].contains(level));
    let longest = log.lines().filter(told).max_by_key(|line| line.len()).unwrap();
    assert!(longest.len() < LINE_MAX, "{} {}", longest.len(), &longest[..LINE_MAX]);
    assert!(log.contains("call to another host refused") && log.contains("call from another origin refused"));
}

#[cfg(unix)]
#[test]
fn the_binary_writes_no_line_longer_than_8_kb() {
    for format in ["text", "json"] {
        let folder = tempfile::tempdir().unwrap();
        let flags = ["--demo", "--data-dir", data(&folder), "--log-format", format];
        let server = Server::start(&flags, Some("trace"));
        let long = "x".repeat(50_000);
        let host = server.address;
        for request in [
            format!("GET /healthz HTTP/1.1\r\nhost: {host}\r\nx-request-id: {long}\r\n"),
            format!("{long} /healthz HTTP/1.1\r\nhost: {host}\r\n"),
            format!("GET /mcp HTTP/1.1\r\nhost: {host}\r\norigin: {long}\r\n"),
            format!("GET /nowhere/{long} HTTP/1.1\r\nhost: {host}\r\n"),
            format!("POST /sign-in/{long} HTTP/1.1\r\nhost: {host}\r\nsec-fetch-site: cross-site\r\n"),
        ] {
            exchange(host, &format!("{request}connection: close\r\n\r\n"));
        }
        let log = server.log();
        assert!(log.lines().count() > 10, "{log}");
        for line in log.lines() {
            assert!(line.len() < 8 * 1024, "{} {line}", line.len());
            assert!(format == "text" || serde_json::from_str::<Value>(line).is_ok(), "{line}");
        }
        assert!(log.contains("cross-site request refused"), "{log}");
    }
}
