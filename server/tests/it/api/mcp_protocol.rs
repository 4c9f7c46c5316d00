//! M6, M7: hosts, origins, revisions of MCP, and messages that are none.

use http::{Method, StatusCode};
use serde_json::json;

use crate::support::{
    ISSUER, TestApp,
    mcp::{READ, WRITE, initialize, list, message, modern, post, post_with, result, structured, titles},
};

#[tokio::test]
async fn m6_foreign_origins_and_hosts_are_refused_before_anything_else() {
    let app = TestApp::start_with(&["--allowed-origins", "https://app.example"]).await;
    let bearer = app.member(READ).await.bearer();
    let call = [
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("authorization", bearer.as_str()),
    ];
    for origin in [ISSUER, "https://app.example", "http://localhost:6274", "http://[::1]:5173"] {
        let answer = list(&app, Method::POST, "/mcp", &[&call[..], &[("origin", origin)]].concat()).await;
        assert_eq!(answer.status, StatusCode::OK, "{origin}: {}", answer.body);
        assert_eq!(answer.header("access-control-allow-origin"), origin);
    }
    for origin in
        ["https://evil.example", "null", "", "http://127.0.0.1.evil.example", "https://app.example:8443", "*"]
    {
        for method in [Method::POST, Method::GET, Method::OPTIONS] {
            let headers = [&call[..2], &[("origin", origin)]].concat();
            let answer = list(&app, method.clone(), "/mcp", &headers).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {origin}");
            assert_eq!(answer.header("access-control-allow-origin"), "", "{method} {origin}");
            assert_eq!(answer.header("www-authenticate"), "", "{method} {origin}");
        }
    }
    for host in [
        "evil.example",
        "127.0.0.1:4001",
        "127.0.0.1",
        "127.0.0.1:4000.evil.example",
        "user@127.0.0.1:4000",
        "",
    ] {
        let answer = list(&app, Method::POST, "/mcp", &[&call[..], &[("host", host)]].concat()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{host}");
    }
    for host in ["localhost:4000", "[::1]:4000", "LOCALHOST:4000"] {
        let answer = list(&app, Method::POST, "/mcp", &[&call[..], &[("host", host)]].concat()).await;
        assert_eq!(answer.status, StatusCode::OK, "{host}");
    }
}

#[tokio::test]
async fn m7_every_legacy_revision_is_answered_without_a_session() {
    let app = TestApp::start().await;
    let tokens = app.member(WRITE).await;
    for version in ["2025-03-26", "2025-06-18", "2025-11-25"] {
        let answer = post(&app, &tokens, &initialize(version)).await;
        let info = result(&answer);
        assert_eq!(info["protocolVersion"], version);
        assert_eq!(
            (&info["serverInfo"]["name"], &info["serverInfo"]["title"]),
            (&json!("gatepass"), &json!("Gatepass"))
        );
        assert!(info["capabilities"]["tools"].is_object() && info["instructions"].is_string(), "{info}");
        assert_eq!(answer.header("mcp-session-id"), "");
        assert_eq!(answer.header("content-type"), "application/json");

        let header = [("mcp-protocol-version", version)];
        let done = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        let answer = post_with(&app, &tokens, &done, &header).await;
        assert_eq!((answer.status, answer.body.as_str()), (StatusCode::ACCEPTED, ""), "{version}");
        assert_eq!(result(&post_with(&app, &tokens, &message("ping", json!({})), &header).await), json!({}));
        let tools = result(&post_with(&app, &tokens, &message("tools/list", json!({})), &header).await);
        assert_eq!(tools["tools"].as_array().unwrap().len(), 5, "{version}");
    }
    let offered = result(&post(&app, &tokens, &initialize("1999-01-01")).await)["protocolVersion"].clone();
    assert!(["2025-03-26", "2025-06-18", "2025-11-25"].iter().any(|known| offered == *known), "{offered}");
}

#[tokio::test]
async fn m7_get_and_delete_are_not_allowed() {
    let app = TestApp::start().await;
    let bearer = app.member(READ).await.bearer();
    for method in [Method::GET, Method::DELETE, Method::PUT, Method::PATCH] {
        let headers = [("accept", "text/event-stream"), ("authorization", bearer.as_str())];
        let answer = list(&app, method.clone(), "/mcp", &headers).await;
        assert_eq!(
            (answer.status, answer.header("allow")),
            (StatusCode::METHOD_NOT_ALLOWED, "POST"),
            "{method}"
        );
    }
    for path in ["/mcp/", "/mcp/x", "/MCP"] {
        let answer = list(&app, Method::POST, path, &[("authorization", &bearer)]).await;
        assert!(
            answer.status.is_client_error() && !answer.body.contains("jsonrpc"),
            "{path}: {}",
            answer.status
        );
    }
}

#[tokio::test]
async fn m7_the_stateless_revision_is_answered() {
    let app = TestApp::start().await;
    let tokens = app.member(WRITE).await;
    let headers = |method: &'static str| [("mcp-protocol-version", "2026-07-28"), ("mcp-method", method)];
    let discover = modern("server/discover", json!({}));
    let found = result(&post_with(&app, &tokens, &discover, &headers("server/discover")).await);
    assert_eq!(found["resultType"], "complete");
    assert!(found["supportedVersions"].as_array().unwrap().contains(&json!("2026-07-28")), "{found}");
    assert!(found["capabilities"]["tools"].is_object(), "{found}");

    let listed = post_with(&app, &tokens, &modern("tools/list", json!({})), &headers("tools/list")).await;
    assert_eq!(result(&listed)["tools"].as_array().unwrap().len(), 5);

    let call =
        modern("tools/call", json!({ "name": "create_work_item", "arguments": { "title": "Modern" } }));
    let named = [&headers("tools/call")[..], &[("mcp-name", "create_work_item")]].concat();
    assert_eq!(structured(&post_with(&app, &tokens, &call, &named).await)["title"], "Modern");
}

#[tokio::test]
async fn m7_headers_that_contradict_the_body_are_refused() {
    let app = TestApp::start().await;
    let tokens = app.member(WRITE).await;
    let before = titles(&app, &tokens).await;
    let call =
        modern("tools/call", json!({ "name": "create_work_item", "arguments": { "title": "Modern" } }));
    let version = ("mcp-protocol-version", "2026-07-28");
    let cases: [(&[(&str, &str)], i32); 5] = [
        (&[version], -32020),
        (&[version, ("mcp-method", "tools/call")], -32020),
        (&[version, ("mcp-method", "tools/list"), ("mcp-name", "create_work_item")], -32020),
        (&[version, ("mcp-method", "tools/call"), ("mcp-name", "list_work_items")], -32020),
        (&[("mcp-protocol-version", "2025-11-25")], -32020),
    ];
    for (headers, code) in cases {
        let answer = post_with(&app, &tokens, &call, headers).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{headers:?}: {}", answer.body);
        assert_eq!(answer.json()["error"]["code"], code, "{headers:?}");
    }
    let unsupported = [("mcp-protocol-version", "2099-01-01"), ("mcp-method", "server/discover")];
    let mut discover = modern("server/discover", json!({}));
    discover["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = json!("2099-01-01");
    let answer = post_with(&app, &tokens, &discover, &unsupported).await;
    assert_eq!((answer.status, &answer.json()["error"]["code"]), (StatusCode::BAD_REQUEST, &json!(-32022)));
    assert!(answer.json()["error"]["data"]["supported"].is_array(), "{}", answer.body);
    let answer = post_with(&app, &tokens, &message("tools/list", json!({})), &unsupported[..1]).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(titles(&app, &tokens).await, before);
}

#[tokio::test]
async fn m7_bodies_that_are_no_call_are_refused() {
    let app = TestApp::start().await;
    let bearer = app.member(WRITE).await.bearer();
    let post = async |content_type: &str, accept: &str, body: String| {
        let headers =
            [("content-type", content_type), ("accept", accept), ("authorization", bearer.as_str())];
        app.request(Method::POST, "/mcp", &headers, &body).await.status
    };
    let (json_type, both) = ("application/json", "application/json, text/event-stream");
    let list = message("tools/list", json!({})).to_string();
    assert_eq!(post("application/json; charset=utf-8", both, list.clone()).await, StatusCode::OK);
    assert_eq!(post("text/plain", both, list.clone()).await, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(
        post("application/x-www-form-urlencoded", both, list.clone()).await,
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
    assert_eq!(post(json_type, "text/html", list.clone()).await, StatusCode::NOT_ACCEPTABLE);
    for body in
        ["", "{", "[]", "null", "\"x\"", "{}", "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}", "\u{0}"]
    {
        assert_eq!(post(json_type, both, body.to_owned()).await, StatusCode::BAD_REQUEST, "{body}");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(post(json_type, both, deep).await.is_client_error());
    let padded = |length: usize| format!("{list}{}", " ".repeat(length - list.len()));
    assert_eq!(post(json_type, both, padded(1024 * 1024)).await, StatusCode::OK);
    assert_eq!(post(json_type, both, padded(1024 * 1024 + 1)).await, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn m7_the_methods_of_undeclared_capabilities_do_not_exist() {
    let app = TestApp::start().await;
    let tokens = app.member(WRITE).await;
    let discover = [("mcp-protocol-version", "2026-07-28"), ("mcp-method", "server/discover")];
    let answer = post_with(&app, &tokens, &modern("server/discover", json!({})), &discover).await;
    assert_eq!(answer.json()["result"]["capabilities"], json!({ "tools": {} }), "{}", answer.body);
    let completion =
        json!({ "ref": { "type": "ref/prompt", "name": "p" }, "argument": { "name": "a", "value": "" } });
    for (method, params) in [
        ("prompts/list", json!({})),
        ("prompts/get", json!({ "name": "p" })),
        ("resources/list", json!({})),
        ("resources/templates/list", json!({})),
        ("resources/read", json!({ "uri": "file:///x" })),
        ("completion/complete", completion),
    ] {
        let answer = post(&app, &tokens, &message(method, params.clone())).await;
        assert_eq!(answer.json()["error"]["code"], -32601, "{method}: {}", answer.body);
        let name = params["name"].as_str().or(params["uri"].as_str()).unwrap_or_default();
        let headers = [("mcp-protocol-version", "2026-07-28"), ("mcp-method", method), ("mcp-name", name)];
        let answer = post_with(&app, &tokens, &modern(method, params.clone()), &headers).await;
        assert_eq!(
            (answer.status, &answer.json()["error"]["code"]),
            (StatusCode::NOT_FOUND, &json!(-32601)),
            "{method}: {}",
            answer.body
        );
    }
}

#[tokio::test]
async fn m7_unknown_methods_and_tools_are_protocol_errors() {
    let app = TestApp::start().await;
    let tokens = app.member(WRITE).await;
    let answer = post(&app, &tokens, &message("nonsense/method", json!({}))).await;
    assert_eq!(answer.json()["error"]["code"], -32601, "{}", answer.body);
    let version = ("mcp-protocol-version", "2026-07-28");
    let answer =
        post_with(&app, &tokens, &modern("nonsense", json!({})), &[version, ("mcp-method", "nonsense")])
            .await;
    assert_eq!((answer.status, &answer.json()["error"]["code"]), (StatusCode::NOT_FOUND, &json!(-32601)));
    for name in ["nonsense", "", "list_work_items ", "LIST_WORK_ITEMS", "../list_work_items"] {
        let answer = app.call_tool(&tokens, name, json!({})).await;
        assert_eq!(answer.json()["error"]["code"], -32602, "{name}: {}", answer.body);
    }
    for params in [json!({}), json!({ "name": 7 }), json!({ "name": "list_work_items", "arguments": [] })] {
        let answer = post(&app, &tokens, &message("tools/call", params.clone())).await;
        assert_eq!(answer.json()["error"]["code"], -32602, "{params}");
        assert_eq!(answer.json()["id"], 7, "{params}");
    }
    let answer = post(&app, &tokens, &message("tools/call", json!([]))).await;
    assert_eq!((answer.status, &answer.json()["error"]["code"]), (StatusCode::BAD_REQUEST, &json!(-32600)));
    assert_eq!(answer.json()["id"], 7);
}
