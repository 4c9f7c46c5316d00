//! The MCP server at `/mcp`: `protocol.md` M1 to M9.

use axum::body::Body;
use domain::{
    accounts::users,
    clients::status,
    clock::{HOUR, MINUTE, SECOND},
    crypto::{
        jwt::{AccessClaims, KeyRing},
        signing_key::SigningKey,
    },
    workspaces::products,
};
use http::{Method, Request, StatusCode, header};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use types::role::{OrgRole, ProductRole};

use crate::support::{Answer, ISSUER, MEMBER, OWNER, TestApp, Tokens, VIEWER, log_of, membership};

const READ: &str = "mcp:read";
const WRITE: &str = "mcp:read mcp:write";
const ALL: &str = "mcp:read mcp:write mcp:execute mcp:admin";

const PLAIN_CHALLENGE: &str = "Bearer resource_metadata=\"http://127.0.0.1:4000/.well-known/oauth-protected-resource/mcp\", \
    scope=\"mcp:read mcp:write mcp:execute\"";

fn message(method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": params })
}

fn initialize(version: &str) -> Value {
    let client = json!({ "name": "test", "version": "1" });
    message("initialize", json!({ "protocolVersion": version, "capabilities": {}, "clientInfo": client }))
}

/// A message of the 2026-07-28 revision.
fn modern(method: &str, mut params: Value) -> Value {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { "name": "test", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    message(method, params)
}

async fn post(app: &TestApp, tokens: &Tokens, body: &Value) -> Answer {
    post_with(app, tokens, body, &[]).await
}

async fn post_with(app: &TestApp, tokens: &Tokens, body: &Value, more: &[(&str, &str)]) -> Answer {
    let bearer = tokens.bearer();
    app.post_json("/mcp", body, &[&[("authorization", bearer.as_str())], more].concat()).await
}

/// A request with exactly these headers and a body that lists the tools.
async fn raw(app: &TestApp, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request.body(Body::from(message("tools/list", json!({})).to_string())).unwrap()).await
}

/// What a tool answered.
fn result(answer: &Answer) -> Value {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let json = answer.json();
    assert_eq!(json["id"], if json["id"] == 1 { 1 } else { 7 }, "{json}");
    assert!(json["result"].is_object(), "{json}");
    json["result"].clone()
}

/// The structured answer of a tool that did what it was asked.
fn structured(answer: &Answer) -> Value {
    let result = result(answer);
    assert_ne!(result["isError"], true, "{result}");
    let text: Value = serde_json::from_str(result["content"][0]["text"].as_str().unwrap()).unwrap();
    assert_eq!(text, result["structuredContent"], "the text says the same");
    result["structuredContent"].clone()
}

/// The message of a tool that did not.
fn tool_error(answer: &Answer) -> String {
    let result = result(answer);
    assert_eq!(result["isError"], true, "{result}");
    assert_eq!(answer.header("www-authenticate"), "");
    result["content"][0]["text"].as_str().unwrap().to_owned()
}

fn assert_invalid_token(answer: &Answer, why: &str) {
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{why}: {}", answer.body);
    assert_eq!(answer.error(), "invalid_token", "{why}");
    let challenge = PLAIN_CHALLENGE.replacen("Bearer ", "Bearer error=\"invalid_token\", ", 1);
    assert_eq!(answer.header("www-authenticate"), challenge, "{why}");
}

async fn titles(app: &TestApp, tokens: &Tokens) -> Vec<String> {
    let listed = structured(&app.call_tool(tokens, "list_work_items", json!({ "limit": 200 })).await);
    listed["work_items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["title"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn m1_without_a_token_every_request_is_challenged() {
    let app = TestApp::start().await;
    for body in [
        initialize("2025-06-18"),
        modern("server/discover", json!({})),
        message("tools/list", json!({})),
        json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }),
        json!([]),
        json!("nonsense"),
    ] {
        let answer = app.post_json("/mcp", &body, &[]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{body}");
        assert_eq!(answer.headers.get_all(header::WWW_AUTHENTICATE).iter().count(), 1);
        assert_eq!(answer.header("www-authenticate"), PLAIN_CHALLENGE, "{body}");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("content-type"), "application/json");
    }
    for method in [Method::GET, Method::DELETE, Method::PUT, Method::HEAD] {
        let answer = raw(&app, method.clone(), "/mcp", &[("host", "127.0.0.1:4000")]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method}");
        assert_eq!(answer.header("www-authenticate"), PLAIN_CHALLENGE, "{method}");
    }
}

#[tokio::test]
async fn m1_the_challenge_leads_to_the_metadata_of_exactly_this_resource() {
    let app = TestApp::start().await;
    let challenge =
        app.post_json("/mcp", &initialize("2025-11-25"), &[]).await.header("www-authenticate").to_owned();
    let url = challenge.split("resource_metadata=\"").nth(1).unwrap().split('"').next().unwrap();
    let metadata = app.get(url.strip_prefix(ISSUER).unwrap()).await.json();
    assert_eq!(metadata["resource"], format!("{ISSUER}/mcp"));
}

#[tokio::test]
async fn m1_preflights_need_no_token() {
    let app = TestApp::start().await;
    let wanted = "authorization,content-type,mcp-protocol-version,mcp-method,mcp-name,last-event-id";
    let headers = [
        ("host", "127.0.0.1:4000"),
        ("origin", "http://localhost:6274"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", wanted),
    ];
    let answer = raw(&app, Method::OPTIONS, "/mcp", &headers).await;
    assert!(answer.status.is_success(), "{}", answer.status);
    assert_eq!(answer.header("access-control-allow-origin"), "http://localhost:6274");
    let allowed = answer.header("access-control-allow-headers").to_owned();
    for header in wanted.split(',') {
        assert!(allowed.split(',').any(|name| name == header), "{header} is not in {allowed}");
    }
    let answer = raw(&app, Method::POST, "/mcp", &headers[..2]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.header("access-control-allow-origin"), "http://localhost:6274");
    assert!(answer.header("access-control-expose-headers").contains("www-authenticate"));
}

#[tokio::test]
async fn m2_what_is_no_token_of_this_server_is_invalid() {
    let app = TestApp::start().await;
    let good = app.member(WRITE).await;
    let claims = app.state.keys.verify(&good.access, ISSUER).unwrap();
    let foreign =
        KeyRing::new(vec![SigningKey::from_pkcs8(&SigningKey::generate_pkcs8().unwrap()).unwrap()]).unwrap();
    let (head, signature) = good.access.rsplit_once('.').unwrap();
    let (first, claims_part) = head.split_once('.').unwrap();
    let bad = [
        ("garbage", "garbage".to_owned()),
        ("the refresh token", good.refresh.clone()),
        ("another signature", format!("{head}.{}", signature.chars().rev().collect::<String>())),
        ("no signature", format!("{head}.")),
        ("other claims", format!("{first}.{}x.{signature}", &claims_part[..claims_part.len() - 1])),
        ("another server's key", foreign.sign(&claims).unwrap()),
        ("alg none", format!("eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJub25lIn0.{claims_part}.")),
        ("very long", "x".repeat(6_000)),
    ];
    for (why, access) in bad {
        let tokens = Tokens { access, ..good.clone() };
        assert_invalid_token(&post(&app, &tokens, &initialize("2025-06-18")).await, why);
    }
    assert_eq!(post(&app, &good, &initialize("2025-06-18")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn m2_claims_that_do_not_fit_are_invalid() {
    let app = TestApp::start().await;
    let good = app.member(WRITE).await;
    type Change = fn(&mut AccessClaims);
    let bad: [(&str, Change); 9] = [
        ("another issuer", |claims| claims.iss = "http://127.0.0.1:4001".to_owned()),
        ("the REST API's audience", |claims| claims.aud = vec![format!("{ISSUER}/api")]),
        ("another server's audience", |claims| claims.aud = vec!["https://evil.example/mcp".to_owned()]),
        ("the issuer as audience", |claims| claims.aud = vec![ISSUER.to_owned()]),
        ("an audience below this one", |claims| claims.aud = vec![format!("{ISSUER}/mcp/x")]),
        ("an audience that begins like this one", |claims| claims.aud = vec![format!("{ISSUER}/mcpx")]),
        ("no audience", |claims| claims.aud = vec![]),
        ("an unknown grant", |claims| claims.grant = "grt_unknown".to_owned()),
        ("an end in the past", |claims| claims.exp = claims.iat),
    ];
    for (why, change) in bad {
        let tokens = app.resigned(&good, change);
        assert_invalid_token(&post(&app, &tokens, &initialize("2025-06-18")).await, why);
    }
}

#[tokio::test]
async fn m2_a_token_ends_with_its_hour() {
    let app = TestApp::start().await;
    let tokens = app.member(READ).await;
    app.clock.advance(HOUR - SECOND);
    assert_eq!(post(&app, &tokens, &message("tools/list", json!({}))).await.status, StatusCode::OK);
    app.clock.advance(SECOND);
    assert_invalid_token(&post(&app, &tokens, &message("tools/list", json!({}))).await, "expired");
}

#[tokio::test]
async fn m2_a_token_for_the_rest_api_does_not_open_mcp() {
    let app = TestApp::start().await;
    let tokens = app.member("api:read api:write").await;
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    assert_invalid_token(&post(&app, &tokens, &initialize("2025-06-18")).await, "a REST token");
}

#[tokio::test]
async fn m2_a_token_in_the_query_is_not_seen() {
    let app = TestApp::start().await;
    let tokens = app.member(READ).await;
    let path = format!("/mcp?access_token={}", tokens.access);
    let answer = raw(&app, Method::POST, &path, &[("host", "127.0.0.1:4000")]).await;
    assert_eq!(
        (answer.status, answer.header("www-authenticate")),
        (StatusCode::UNAUTHORIZED, PLAIN_CHALLENGE)
    );
}

#[tokio::test]
async fn m2_a_cookie_opens_nothing() {
    let app = TestApp::start().await;
    let browser = app.signed_in(OWNER).await;
    let cookies: Vec<_> = browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let answer = app.post_json("/mcp", &initialize("2025-06-18"), &[("cookie", &cookies.join("; "))]).await;
    assert_eq!(
        (answer.status, answer.header("www-authenticate")),
        (StatusCode::UNAUTHORIZED, PLAIN_CHALLENGE)
    );
}

#[tokio::test]
async fn m2_the_scheme_may_be_written_in_any_case() {
    let app = TestApp::start().await;
    let tokens = app.member(READ).await;
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let authorization = format!("{scheme} {}", tokens.access);
        let answer = app
            .post_json("/mcp", &message("tools/list", json!({})), &[("authorization", &authorization)])
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{scheme}");
    }
}

#[tokio::test]
async fn m2_malformed_credentials_are_a_bad_request() {
    let app = TestApp::start().await;
    let tokens = app.member(READ).await;
    let bearer = tokens.bearer();
    let (two, basic) = (format!("{bearer}, {bearer}"), app.confidential_client().await.basic());
    let cases: [&[(&str, &str)]; 7] = [
        &[("authorization", &bearer), ("authorization", &bearer)],
        &[("authorization", &bearer), ("authorization", "Bearer other")],
        &[("authorization", &two)],
        &[("authorization", &basic)],
        &[("authorization", "Bearer")],
        &[("authorization", "Bearer ")],
        &[("authorization", "")],
    ];
    for headers in cases {
        let answer = app.post_json("/mcp", &message("tools/list", json!({})), headers).await;
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (StatusCode::BAD_REQUEST, "invalid_request"),
            "{headers:?}"
        );
        assert!(
            answer.header("www-authenticate").starts_with("Bearer error=\"invalid_request\""),
            "{headers:?}"
        );
    }
}

#[tokio::test]
async fn m2_disabled_people_and_clients_are_out_at_once() {
    let app = TestApp::start().await;
    let client = app.public_client().await;
    let (first, second) = (app.tokens(MEMBER, &client, READ).await, app.member(READ).await);
    status::set_disabled(app.db().write(), &client.id, Some(app.now())).await.unwrap();
    assert_invalid_token(&post(&app, &first, &message("tools/list", json!({}))).await, "disabled client");
    assert_eq!(post(&app, &second, &message("tools/list", json!({}))).await.status, StatusCode::OK);
    users::disable(app.db().write(), &app.user_id(MEMBER).await, app.now()).await.unwrap();
    assert_invalid_token(&post(&app, &second, &message("tools/list", json!({}))).await, "disabled person");
    status::set_disabled(app.db().write(), &client.id, None).await.unwrap();
    assert_invalid_token(&post(&app, &first, &message("tools/list", json!({}))).await, "disabled person");
}

#[tokio::test]
async fn m3_a_missing_scope_is_challenged_with_all_that_the_tool_needs() {
    let app = TestApp::start().await;
    let client = app.public_client().await;
    let tokens = app.tokens(OWNER, &client, READ).await;
    let before = titles(&app, &tokens).await;
    let arguments = json!({ "title": "Not yet" });
    let modern_headers = [
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "tools/call"),
        ("mcp-name", "create_work_item"),
    ];
    let call = modern("tools/call", json!({ "name": "create_work_item", "arguments": arguments }));
    for answer in [
        app.call_tool(&tokens, "create_work_item", arguments.clone()).await,
        app.call_tool(&tokens, "create_work_item", json!({ "nonsense": 1 })).await,
        post_with(&app, &tokens, &call, &modern_headers).await,
    ] {
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::FORBIDDEN, "insufficient_scope"));
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(
            answer.header("www-authenticate"),
            "Bearer error=\"insufficient_scope\", \
             resource_metadata=\"http://127.0.0.1:4000/.well-known/oauth-protected-resource/mcp\", \
             scope=\"mcp:read mcp:write\""
        );
    }
    let answer = app.call_tool(&tokens, "delete_work_item", json!({ "id": "wrk_1" })).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.header("www-authenticate").ends_with(&format!("scope=\"{ALL}\"")), "{answer:?}");
    assert_eq!(titles(&app, &tokens).await, before);

    let wider = app.tokens(OWNER, &client, WRITE).await;
    assert_eq!(structured(&app.call_tool(&wider, "create_work_item", arguments).await)["title"], "Not yet");
}

#[tokio::test]
async fn m3_a_broader_scope_satisfies_a_narrower_one() {
    let app = TestApp::start().await;
    let tokens = app.tokens(OWNER, &app.public_client().await, "mcp:admin").await;
    let made =
        structured(&app.call_tool(&tokens, "create_work_item", json!({ "title": "By an admin" })).await);
    let deleted = structured(&app.call_tool(&tokens, "delete_work_item", json!({ "id": made["id"] })).await);
    assert_eq!(deleted, json!({ "deleted": made["id"] }));
}

#[tokio::test]
async fn m3_a_narrowed_token_stays_narrow_and_another_follows_its_grant() {
    let app = TestApp::start().await;
    let tokens = app.member(WRITE).await;
    let narrowed =
        app.resigned(&tokens, |claims| (claims.scope, claims.narrowed) = (READ.to_owned(), Some(true)));
    let create = json!({ "title": "Written" });
    assert_eq!(
        app.call_tool(&narrowed, "create_work_item", create.clone()).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(app.call_tool(&narrowed, "list_work_items", json!({})).await.status, StatusCode::OK);

    let grant = app.grant_of(&tokens);
    app.change(&format!("UPDATE grants SET scopes = '{READ}' WHERE id = '{grant}'")).await;
    assert_eq!(
        app.call_tool(&tokens, "create_work_item", create.clone()).await.status,
        StatusCode::FORBIDDEN
    );
    app.change(&format!("UPDATE grants SET scopes = '{WRITE}' WHERE id = '{grant}'")).await;
    structured(&app.call_tool(&tokens, "create_work_item", create).await);
}

#[tokio::test]
async fn m3_the_check_behind_the_door_stops_what_the_door_cannot_read() {
    let app = TestApp::start().await;
    let tokens = app.member(READ).await;
    let before = titles(&app, &tokens).await;
    let params = r#"{"name":"create_work_item","arguments":{"title":"Smuggled"}}"#;
    for body in [
        format!(
            r#"{{"jsonrpc":"2.0","id":7,"method":"tools/list","method":"tools/call","params":{params}}}"#
        ),
        format!(
            r#"{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{{"name":"list_work_items"}},"params":{params}}}"#
        ),
        format!(r#"[{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{params}}}]"#),
    ] {
        let request = Request::post("/mcp")
            .header("host", "127.0.0.1:4000")
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .header("authorization", tokens.bearer());
        let answer = app.send(request.body(Body::from(body.clone())).unwrap()).await;
        assert!(answer.status.is_client_error(), "{body}: {}", answer.body);
    }
    assert_eq!(titles(&app, &tokens).await, before);
}

#[tokio::test]
async fn m4_what_no_consent_could_change_is_no_challenge() {
    let app = TestApp::start().await;
    let tokens = app.member(WRITE).await;
    app.set_role(MEMBER, "acme", "support", ProductRole::Viewer).await;
    let before = titles(&app, &tokens).await;
    assert!(
        tool_error(&app.call_tool(&tokens, "create_work_item", json!({ "title": "x" })).await)
            .contains("role")
    );
    assert!(
        tool_error(&app.call_tool(&tokens, "delete_work_item", json!({ "id": "wrk_1" })).await)
            .contains("role")
    );
    assert_eq!(titles(&app, &tokens).await, before);

    app.set_role(MEMBER, "acme", "support", ProductRole::Editor).await;
    structured(&app.call_tool(&tokens, "create_work_item", json!({ "title": "x" })).await);
}

#[tokio::test]
async fn m4_a_ceiling_of_the_client_is_no_challenge() {
    let app = TestApp::start().await;
    let client = app.public_client().await;
    let tokens = app.tokens(OWNER, &client, WRITE).await;
    app.change(&format!("UPDATE clients SET ceiling = 'mcp:read' WHERE id = '{}'", client.id)).await;
    tool_error(&app.call_tool(&tokens, "create_work_item", json!({ "title": "x" })).await);
    structured(&app.call_tool(&tokens, "list_work_items", json!({})).await);
}

#[tokio::test]
async fn m4_a_viewer_reads_and_no_more() {
    let app = TestApp::start().await;
    let tokens = app.tokens(VIEWER, &app.public_client().await, READ).await;
    assert_eq!(titles(&app, &tokens).await.len(), 5);
    tool_error(&app.call_tool(&tokens, "create_work_item", json!({ "title": "x" })).await);
}

#[tokio::test]
async fn m5_tools_see_only_the_product_of_the_grant() {
    let app = TestApp::start().await;
    let client = app.public_client().await;
    let support = app.tokens(OWNER, &client, ALL).await;
    let sales = app.tokens_for(OWNER, &client, ("acme", "sales"), ALL).await;
    let research = app.tokens_for(OWNER, &client, ("globex", "research"), ALL).await;
    let hidden = structured(&app.call_tool(&sales, "create_work_item", json!({ "title": "In Sales" })).await);
    let id = &hidden["id"];
    for other in [&support, &research] {
        assert!(!titles(&app, other).await.contains(&"In Sales".to_owned()));
        for (tool, arguments) in [
            ("get_work_item", json!({ "id": id })),
            ("update_work_item", json!({ "id": id, "title": "Taken" })),
            ("delete_work_item", json!({ "id": id })),
        ] {
            let message = tool_error(&app.call_tool(other, tool, arguments).await);
            assert_eq!(message, "There is no work item with this id here.", "{tool}");
        }
    }
    assert_eq!(structured(&app.call_tool(&sales, "get_work_item", json!({ "id": id })).await), hidden);
}

#[tokio::test]
async fn m5_every_call_asks_for_the_live_membership() {
    let app = TestApp::start().await;
    let tokens = app.member(WRITE).await;
    assert_eq!(titles(&app, &tokens).await.len(), 5);
    let organization = membership(app.db(), MEMBER, "acme", "support").await.organization_id;
    let user = app.user_id(MEMBER).await;
    products::remove_membership(app.db().write(), &organization, &user).await.unwrap();
    assert_invalid_token(&app.call_tool(&tokens, "list_work_items", json!({})).await, "no member");
    products::set_membership(app.db().write(), &organization, &user, OrgRole::Member, app.now())
        .await
        .unwrap();
    assert_eq!(titles(&app, &tokens).await.len(), 5);
}

#[tokio::test]
async fn m6_foreign_origins_and_hosts_are_refused_before_anything_else() {
    let app = TestApp::start_with(&["--allowed-origins", "https://app.example"]).await;
    let bearer = app.member(READ).await.bearer();
    let call = [
        ("content-type", "application/json"),
        ("accept", "application/json, text/event-stream"),
        ("authorization", bearer.as_str()),
    ];
    let ours = ("host", "127.0.0.1:4000");
    for origin in [ISSUER, "https://app.example", "http://localhost:6274", "http://[::1]:5173"] {
        let answer =
            raw(&app, Method::POST, "/mcp", &[&call[..], &[ours, ("origin", origin)]].concat()).await;
        assert_eq!(answer.status, StatusCode::OK, "{origin}: {}", answer.body);
        assert_eq!(answer.header("access-control-allow-origin"), origin);
    }
    for origin in
        ["https://evil.example", "null", "", "http://127.0.0.1.evil.example", "https://app.example:8443", "*"]
    {
        for method in [Method::POST, Method::GET, Method::OPTIONS] {
            let headers = [&call[..2], &[ours, ("origin", origin)]].concat();
            let answer = raw(&app, method.clone(), "/mcp", &headers).await;
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
        let answer = raw(&app, Method::POST, "/mcp", &[&call[..], &[("host", host)]].concat()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{host}");
    }
    for host in ["localhost:4000", "[::1]:4000", "LOCALHOST:4000"] {
        let answer = raw(&app, Method::POST, "/mcp", &[&call[..], &[("host", host)]].concat()).await;
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
        let headers =
            [("host", "127.0.0.1:4000"), ("accept", "text/event-stream"), ("authorization", bearer.as_str())];
        let answer = raw(&app, method.clone(), "/mcp", &headers).await;
        assert_eq!(
            (answer.status, answer.header("allow")),
            (StatusCode::METHOD_NOT_ALLOWED, "POST"),
            "{method}"
        );
    }
    for path in ["/mcp/", "/mcp/x", "/MCP"] {
        let answer =
            raw(&app, Method::POST, path, &[("host", "127.0.0.1:4000"), ("authorization", &bearer)]).await;
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
        let request = Request::post("/mcp")
            .header("host", "127.0.0.1:4000")
            .header("content-type", content_type)
            .header("accept", accept)
            .header("authorization", &bearer);
        app.send(request.body(Body::from(body)).unwrap()).await.status
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

#[tokio::test]
async fn tools_say_what_they_take_answer_and_do() {
    let app = TestApp::start().await;
    let tokens = app.member(READ).await;
    let listed = result(&post(&app, &tokens, &message("tools/list", json!({}))).await);
    let tools = listed["tools"].as_array().unwrap();
    let names: Vec<_> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["list_work_items", "get_work_item", "create_work_item", "update_work_item", "delete_work_item"]
    );
    for tool in tools {
        assert!(tool["title"].is_string() && tool["description"].is_string(), "{tool}");
        assert_eq!(
            (&tool["inputSchema"]["type"], &tool["outputSchema"]["type"]),
            (&json!("object"), &json!("object"))
        );
        assert_eq!(tool["annotations"]["openWorldHint"], false);
    }
    let hints = |index: usize| {
        let annotations = &tools[index]["annotations"];
        ["readOnlyHint", "destructiveHint", "idempotentHint"].map(|hint| annotations[hint].as_bool().unwrap())
    };
    assert_eq!(hints(0), [true, false, true]);
    assert_eq!(hints(2), [false, false, false]);
    assert_eq!(hints(3), [false, true, true]);
    assert_eq!(hints(4), [false, true, true]);
    assert_eq!(
        tools[2]["inputSchema"],
        json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["title"],
            "properties": {
                "title": {
                    "type": "string", "minLength": 1, "maxLength": 200,
                    "description": "One line that says what is to be done.",
                },
                "description": {
                    "type": "string", "maxLength": 10_000, "default": "",
                    "description": "Plain text with the details.",
                },
                "status": {
                    "type": "string", "enum": ["open", "in_progress", "done"], "default": "open",
                    "description": "How far it is.",
                },
            },
        })
    );
}

#[tokio::test]
async fn tools_work_through_the_life_of_a_work_item() {
    let app = TestApp::start().await;
    let tokens = app.tokens(OWNER, &app.public_client().await, ALL).await;
    let made =
        structured(&app.call_tool(&tokens, "create_work_item", json!({ "title": "  Größe 😀  " })).await);
    assert_eq!(
        made,
        json!({
            "id": made["id"], "title": "Größe 😀", "description": "", "status": "open",
            "created_by": "Olive Owner through Test client",
            "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
        })
    );
    assert!(made["id"].as_str().unwrap().starts_with("wrk_"));

    app.clock.advance(MINUTE);
    let change = json!({ "id": made["id"], "status": "done", "description": "Line\nline" });
    let changed = structured(&app.call_tool(&tokens, "update_work_item", change).await);
    assert_eq!((&changed["title"], &changed["status"]), (&made["title"], &json!("done")));
    assert_eq!(
        (&changed["description"], &changed["updated_at"]),
        (&json!("Line\nline"), &json!("2026-01-01T00:01:00Z"))
    );
    assert_eq!(
        structured(&app.call_tool(&tokens, "get_work_item", json!({ "id": made["id"] })).await),
        changed
    );

    let done = structured(&app.call_tool(&tokens, "list_work_items", json!({ "status": "done" })).await);
    assert_eq!(done["work_items"][0], changed, "the newest first");
    assert!(done["work_items"].as_array().unwrap().iter().all(|item| item["status"] == "done"));

    structured(&app.call_tool(&tokens, "delete_work_item", json!({ "id": made["id"] })).await);
    for tool in ["get_work_item", "delete_work_item"] {
        tool_error(&app.call_tool(&tokens, tool, json!({ "id": made["id"] })).await);
    }
}

#[tokio::test]
async fn tools_page_through_long_lists() {
    let app = TestApp::start().await;
    let tokens = app.member(READ).await;
    let all = titles(&app, &tokens).await;
    let (mut seen, mut arguments) = (Vec::new(), json!({ "limit": 2 }));
    loop {
        let page = structured(&app.call_tool(&tokens, "list_work_items", arguments.clone()).await);
        let items = page["work_items"].as_array().unwrap().clone();
        seen.extend(items.iter().map(|item| item["title"].as_str().unwrap().to_owned()));
        let Some(cursor) = page.get("next_cursor") else { break };
        arguments["cursor"] = cursor.clone();
    }
    assert_eq!(seen, all);
    let beyond = structured(&app.call_tool(&tokens, "list_work_items", json!({ "cursor": "a" })).await);
    assert_eq!(beyond["work_items"], json!([]));
}

#[tokio::test]
async fn tools_name_the_argument_that_they_cannot_take() {
    let app = TestApp::start().await;
    let tokens = app.tokens(OWNER, &app.public_client().await, ALL).await;
    let before = titles(&app, &tokens).await;
    let long = "é".repeat(201);
    let id = "wrk_1";
    for (tool, arguments, field) in [
        ("create_work_item", json!({}), "title"),
        ("create_work_item", json!({ "title": "" }), "title"),
        ("create_work_item", json!({ "title": " \u{2003} " }), "title"),
        ("create_work_item", json!({ "title": long }), "title"),
        ("create_work_item", json!({ "title": "two\nlines" }), "title"),
        ("create_work_item", json!({ "title": 7 }), "title"),
        ("create_work_item", json!({ "title": null }), "title"),
        ("create_work_item", json!({ "title": ["x"] }), "title"),
        ("create_work_item", json!({ "title": "x", "status": "closed" }), "status"),
        ("create_work_item", json!({ "title": "x", "status": "Open" }), "status"),
        ("create_work_item", json!({ "title": "x", "description": "d".repeat(10_001) }), "description"),
        ("create_work_item", json!({ "title": "x", "description": "\u{0}" }), "description"),
        ("create_work_item", json!({ "title": "x", "id": "wrk_mine" }), "id"),
        ("create_work_item", json!({ "title": "x", "product_id": "prd_other" }), "product_id"),
        ("create_work_item", json!({ "title": "x", "created_by": "Somebody" }), "created_by"),
        ("list_work_items", json!({ "limit": 0 }), "limit"),
        ("list_work_items", json!({ "limit": 201 }), "limit"),
        ("list_work_items", json!({ "limit": -1 }), "limit"),
        ("list_work_items", json!({ "limit": 1.5 }), "limit"),
        ("list_work_items", json!({ "limit": "ten" }), "limit"),
        ("list_work_items", json!({ "limit": u64::MAX }), "limit"),
        ("list_work_items", json!({ "cursor": "wrk_1' --" }), "cursor"),
        ("list_work_items", json!({ "status": "' OR 1=1" }), "status"),
        ("list_work_items", json!({ "product": "sales" }), "product"),
        ("get_work_item", json!({}), "id"),
        ("get_work_item", json!({ "id": "" }), "id"),
        ("get_work_item", json!({ "id": "x".repeat(65) }), "id"),
        ("get_work_item", json!({ "id": "wrk_1' --" }), "id"),
        ("get_work_item", json!({ "id": "wrk\u{0}" }), "id"),
        ("update_work_item", json!({ "title": "x" }), "id"),
        ("update_work_item", json!({ "id": id, "title": "" }), "title"),
        ("update_work_item", json!({ "id": id, "created_by": "x" }), "created_by"),
        ("delete_work_item", json!({ "id": id, "force": true }), "force"),
    ] {
        let message = tool_error(&app.call_tool(&tokens, tool, arguments.clone()).await);
        assert!(message.starts_with(&format!("{field}: ")), "{tool} {arguments}: {message}");
    }
    let message = tool_error(&app.call_tool(&tokens, "update_work_item", json!({ "id": id })).await);
    assert!(message.contains("title") && message.contains("status"), "{message}");
    let echo = json!({ "title": "x", "status": "s".repeat(100_000) });
    assert!(tool_error(&app.call_tool(&tokens, "create_work_item", echo).await).len() < 400);
    assert_eq!(titles(&app, &tokens).await, before);

    let longest = json!({ "title": "é".repeat(200), "description": "d".repeat(10_000), "status": "done" });
    structured(&app.call_tool(&tokens, "create_work_item", longest).await);
}

#[tokio::test]
async fn m8_a_revoked_grant_is_out_on_the_next_call() {
    let app = TestApp::start().await;
    let client = app.public_client().await;
    let (revoked, other) =
        (app.tokens(MEMBER, &client, WRITE).await, app.tokens(MEMBER, &client, WRITE).await);
    assert_eq!(titles(&app, &revoked).await.len(), 5);
    let mut browser = app.signed_in(MEMBER).await;
    let answer = browser.call("revoke_grant", &json!({ "grant_id": app.grant_of(&revoked) })).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_invalid_token(&app.call_tool(&revoked, "list_work_items", json!({})).await, "revoked");
    assert_eq!(client.refresh(&app, &revoked.refresh).await.error(), "invalid_grant");
    assert_eq!(titles(&app, &other).await.len(), 5, "another grant of the same client lives");
}

#[tokio::test]
async fn m8_a_revoked_token_is_out_on_the_next_call() {
    let app = TestApp::start().await;
    let client = app.public_client().await;
    let tokens = app.tokens(MEMBER, &client, WRITE).await;
    assert_eq!(titles(&app, &tokens).await.len(), 5);
    let answer = client.post(&app, "/oauth/revoke", &[("token", &tokens.access)]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_invalid_token(&app.call_tool(&tokens, "list_work_items", json!({})).await, "revoked token");
}

#[tokio::test]
async fn m8_uses_are_counted_for_their_grant() {
    let app = TestApp::start().await;
    let tokens = app.member(WRITE).await;
    for _ in 0..3 {
        titles(&app, &tokens).await;
    }
    app.state.usage.flush(app.db()).await.unwrap();
    let query = format!("SELECT use_count FROM grants WHERE id = '{}'", app.grant_of(&tokens));
    let row = app.db().read().query_one_raw(sea_orm::Statement::from_string(app.db().backend(), query)).await;
    assert_eq!(row.unwrap().unwrap().try_get::<i64>("", "use_count").unwrap(), 3);
}

#[tokio::test]
async fn p1_calls_count_together_at_both_doors() {
    let app = TestApp::start_with(&["--call-limit", "2"]).await;
    let client = app.public_client().await;
    let (mcp, api) = (format!("{ISSUER}/mcp"), format!("{ISSUER}/api"));
    let scopes = "mcp:read api:read";
    let more = [("scope", scopes), ("resource", mcp.as_str()), ("resource", api.as_str())];
    let code = app.code_for(MEMBER, &client, ("acme", "support"), &more, scopes).await;
    let tokens = Tokens::of(&client.exchange(&app, &code).await);
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    structured(&app.call_tool(&tokens, "list_work_items", json!({})).await);
    let calls = [app.call_tool(&tokens, "list_work_items", json!({})).await, app.call_api(&tokens).await];
    for answer in calls {
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable")
        );
        assert!((1..=61).contains(&answer.header("retry-after").parse::<u32>().unwrap()));
        assert_eq!(answer.header("www-authenticate"), "", "no token would help");
    }
    app.clock.advance(MINUTE);
    structured(&app.call_tool(&tokens, "list_work_items", json!({})).await);
}

#[tokio::test]
async fn m9_the_token_is_never_logged() {
    let app = TestApp::start().await;
    let tokens = app.member(READ).await;
    let text = log_of(async {
        titles(&app, &tokens).await;
        app.call_tool(&tokens, "create_work_item", json!({ "title": "x" })).await;
        app.call_tool(&tokens, "nonsense", json!({})).await;
        app.call_api(&tokens).await;
        post(&app, &app.resigned(&tokens, |claims| claims.exp = 0), &initialize("2025-06-18")).await;
    })
    .await;
    assert!(text.contains("call refused"), "nothing was captured: {text}");
    let signature = tokens.access.rsplit('.').next().unwrap();
    for secret in [tokens.access.as_str(), signature, "Bearer ey"] {
        assert!(!text.contains(secret), "the log has {secret}");
    }
}
