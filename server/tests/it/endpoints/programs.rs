//! N1–N10: what real programs send, and how they are told what they got wrong.

use domain::{clock::HOUR, procedures::Registry};
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{
    Answer, ClientApp, MEMBER, OWNER, TestApp, Tokens, authorize_url,
    client_credentials::{allowed, ask},
    pkce,
};

const ALL: &str = "mcp:read mcp:write api:read api:write";

fn message(id: u64, method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

fn listing(id: u64) -> Value {
    message(id, "tools/call", json!({ "name": "list_work_items", "arguments": {} }))
}

/// A request to the MCP server, with these headers only beside host and token.
async fn mcp(app: &TestApp, tokens: &Tokens, headers: &[(&str, &str)], body: &str) -> Answer {
    app.request(
        Method::POST,
        "/mcp",
        &[&[("authorization", tokens.bearer().as_str())], headers].concat(),
        body,
    )
    .await
}

const JSON: (&str, &str) = ("content-type", "application/json");

/// A refusal in the form of all others.
fn is_json_refusal(answer: &Answer, status: StatusCode) {
    assert_eq!(answer.status, status, "{}", answer.body);
    assert_eq!(answer.header("content-type"), "application/json", "{}", answer.body);
    let json = answer.json();
    assert!(json["error"].is_string() || json["error"]["message"].is_string(), "{json}");
}

#[tokio::test]
async fn n1_json_is_answered_to_all_who_take_it() {
    let app = TestApp::start().await;
    let tokens = app.member(ALL).await;
    let body = message(1, "tools/list", json!({})).to_string();
    for accept in
        ["*/*", "application/*, text/*", "application/json", "APPLICATION/JSON;q=0.9", "text/event-stream"]
    {
        let answer = mcp(&app, &tokens, &[JSON, ("accept", accept)], &body).await;
        assert_eq!(answer.status, StatusCode::OK, "{accept}: {}", answer.body);
        assert_eq!(answer.header("content-type"), "application/json");
    }
    assert_eq!(mcp(&app, &tokens, &[JSON], &body).await.status, StatusCode::OK, "no Accept at all");
    for accept in ["text/html", "image/*", ""] {
        let answer = mcp(&app, &tokens, &[JSON, ("accept", accept)], &body).await;
        is_json_refusal(&answer, StatusCode::NOT_ACCEPTABLE);
    }
}

#[tokio::test]
async fn n1_every_refusal_is_json() {
    let app = TestApp::start().await;
    let tokens = app.member(ALL).await;
    let body = message(1, "tools/list", json!({})).to_string();
    for (headers, body, status) in [
        (&[("content-type", "text/plain")][..], body.as_str(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (&[], &body, StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (&[JSON, ("mcp-protocol-version", "1999-01-01")], &body, StatusCode::BAD_REQUEST),
        (&[JSON, ("mcp-protocol-version", "x")], &body, StatusCode::BAD_REQUEST),
        (&[JSON], "{", StatusCode::BAD_REQUEST),
        (&[JSON], "7", StatusCode::BAD_REQUEST),
    ] {
        is_json_refusal(&mcp(&app, &tokens, headers, body).await, status);
    }
    let bearer = tokens.bearer();
    for method in [Method::GET, Method::DELETE, Method::PUT] {
        let headers = [("authorization", bearer.as_str()), ("accept", "*/*")];
        let answer = app.request(method.clone(), "/mcp", &headers, "").await;
        is_json_refusal(&answer, StatusCode::METHOD_NOT_ALLOWED);
        assert!(answer.header("allow").contains("POST"), "{method}: {:?}", answer.headers);
    }
}

#[tokio::test]
async fn n2_a_misspelled_path_of_programs_is_served_or_refused_as_theirs() {
    let app = TestApp::start().await;
    let tokens = app.member(ALL).await;
    let bearer = tokens.bearer();
    let good = [("authorization", bearer.as_str()), JSON, ("accept", "application/json")];
    let body = message(1, "tools/list", json!({})).to_string();
    for path in ["/mcp/", "//mcp", "/mcp//"] {
        assert_eq!(app.request(Method::POST, path, &good, &body).await.status, StatusCode::OK, "{path}");
        let stranger = app.request(Method::POST, path, &[JSON], &body).await;
        assert_eq!(stranger.status, StatusCode::UNAUTHORIZED, "{path}");
        assert!(stranger.header("www-authenticate").contains("/oauth-protected-resource/mcp"), "{path}");
    }
    for path in ["/api/v1/work-items/", "//api/v1//work-items", "/api/v1/work-items//"] {
        assert_eq!(app.request(Method::GET, path, &good, "").await.status, StatusCode::OK, "{path}");
    }
    for path in ["/.well-known/oauth-authorization-server/", "//.well-known/oauth-protected-resource/mcp"] {
        assert_eq!(app.get(path).await.status, StatusCode::OK, "{path}");
    }
    for (path, resource) in
        [("/mcp/sse", "mcp"), ("/mcp/x/y/", "mcp"), ("/api/v2/x", "api"), ("/api/", "api")]
    {
        let stranger = app.get(path).await;
        assert_eq!(stranger.status, StatusCode::UNAUTHORIZED, "{path}");
        let metadata = format!("/.well-known/oauth-protected-resource/{resource}\"");
        assert!(stranger.header("www-authenticate").contains(&metadata), "{path}: {:?}", stranger.headers);
        is_json_refusal(&app.request(Method::GET, path, &good, "").await, StatusCode::NOT_FOUND);
    }
    for path in
        ["/oauth", "/oauth/", "/oauth/authorise", "/oauth/token/x", "/.well-known/", "/.well-known/x/y"]
    {
        for method in [Method::GET, Method::POST] {
            is_json_refusal(
                &app.request(method, path, &[("accept", "text/html")], "").await,
                StatusCode::NOT_FOUND,
            );
        }
    }
    // Served in its place, not as a page that says there is nothing.
    assert_eq!(
        app.request(Method::GET, "/oauth/token/", &[], "").await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
    let request =
        authorize_url(&app.public_client().await, &[]).replace("/oauth/authorize?", "/oauth/authorize/?");
    assert!(app.get(&request).await.location().starts_with("/sign-in?next=/consent/"));
}

#[tokio::test]
async fn n3_what_the_schema_says_is_what_is_taken() {
    let app = TestApp::start().await;
    let tokens = app.tokens(OWNER, &app.public_client().await, "mcp:read mcp:write mcp:admin").await;
    let made = app.call_tool(&tokens, "create_work_item", json!({ "title": "One" })).await.json();
    let id = made["result"]["structuredContent"]["id"].clone();
    // Values of every field, those at the edges among them.
    let values = [
        json!(0),
        json!(1),
        json!(3.0),
        json!(1e2),
        json!(200),
        json!(200.0),
        json!(201),
        json!(-1),
        json!(1.5),
        json!(9.0e18),
        json!(1e300),
        json!(""),
        json!("x"),
        json!("open"),
        json!("done"),
        json!("Open"),
        id.clone(),
        json!("é".repeat(200)),
        json!("x".repeat(201)),
        Value::Null,
        json!(true),
        json!([]),
        json!({}),
    ];
    for procedure in Registry::workspace().iter() {
        let schema = Value::Object((*procedure.input_schema).clone());
        let validator = jsonschema::validator_for(&schema).unwrap();
        let fields = schema["properties"].as_object().unwrap();
        for (field, own) in fields {
            if let Some(default) = own.get("default") {
                assert!(jsonschema::is_valid(own, default), "{}.{field}: {default}", procedure.name);
            }
            for value in &values {
                let mut arguments = json!({});
                for required in schema["required"].as_array().into_iter().flatten() {
                    let name = required.as_str().unwrap();
                    arguments[name] = if name == "id" { id.clone() } else { json!("One") };
                }
                arguments[field] = value.clone();
                // What deletes would take the item away.
                if procedure.name == "delete_work_item" && *value == id {
                    continue;
                }
                let answer = app.call_tool(&tokens, procedure.name, arguments.clone()).await.json();
                let said = answer["result"]["content"][0]["text"].as_str().unwrap_or_default();
                let taken = !said.starts_with(&format!("{field}:"));
                let valid = validator.is_valid(&arguments);
                // Texts have rules that a schema cannot say: no control characters, not only spaces, letters of an id.
                assert!(!taken || valid, "{} took {arguments}: {said}", procedure.name);
                let plain = own["type"] == "integer" || own.get("enum").is_some();
                assert!(taken || !valid || !plain, "{} refused {arguments}: {said}", procedure.name);
            }
        }
        let text = schema.to_string();
        assert!(!text.contains("null"), "{}: {text}", procedure.name);
    }
}

#[tokio::test]
async fn n4_the_revision_that_has_batches_is_served_with_them() {
    let app = TestApp::start().await;
    let tokens = app.member(ALL).await;
    let batch = |messages: &[Value]| Value::from(messages.to_vec()).to_string();
    let notification = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let unknown = message(3, "no/such/method", json!({}));
    let mixed = batch(&[listing(1), notification.clone(), message(2, "tools/list", json!({})), unknown]);
    for headers in [&[JSON][..], &[JSON, ("mcp-protocol-version", "2025-03-26")]] {
        let answer = mcp(&app, &tokens, headers, &mixed).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let answers = answer.json();
        let answers = answers.as_array().unwrap();
        assert_eq!(answers.iter().map(|answer| answer["id"].clone()).collect::<Vec<_>>(), [1, 2, 3]);
        assert!(answers[0]["result"]["structuredContent"]["work_items"].is_array());
        assert!(answers[1]["result"]["tools"].is_array());
        assert_eq!(answers[2]["error"]["code"], -32601);
    }
    let quiet = mcp(&app, &tokens, &[JSON], &batch(&[notification.clone(), notification.clone()])).await;
    assert_eq!((quiet.status, quiet.body.as_str()), (StatusCode::ACCEPTED, ""));
    let answers =
        mcp(&app, &tokens, &[JSON], &batch(&[json!(7), listing(1), json!({ "id": 5 })])).await.json();
    assert_eq!(answers.as_array().unwrap().len(), 3, "{answers}");
    assert_eq!((&answers[0]["error"]["code"], &answers[1]["id"]), (&json!(-32600), &json!(1)));
    let many = vec![listing(1); 51];
    let client = json!({ "name": "test", "version": "1" });
    let begin = json!({ "protocolVersion": "2025-03-26", "capabilities": {}, "clientInfo": client });
    for wrong in [batch(&[]), batch(&many), batch(&[message(1, "initialize", begin), listing(2)])] {
        is_json_refusal(&mcp(&app, &tokens, &[JSON], &wrong).await, StatusCode::BAD_REQUEST);
    }
    let later = [JSON, ("mcp-protocol-version", "2025-06-18")];
    is_json_refusal(&mcp(&app, &tokens, &later, &batch(&[listing(1)])).await, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn n4_a_batch_asks_for_scopes_before_it_does_anything_and_counts_every_call() {
    let app = TestApp::start_with(&["--call-limit", "5"]).await;
    let reader = app.member("mcp:read").await;
    let create =
        message(2, "tools/call", json!({ "name": "create_work_item", "arguments": { "title": "New" } }));
    let answer = mcp(&app, &reader, &[JSON], &json!([listing(1), create.clone()]).to_string()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.header("www-authenticate").contains("insufficient_scope"));
    let writer = app.member("mcp:write").await;
    let looker = app.member("mcp:read").await;
    let count = async || {
        let listed = app.call_tool(&looker, "list_work_items", json!({ "limit": 200 })).await.json();
        listed["result"]["structuredContent"]["work_items"].as_array().unwrap().len()
    };
    let before = count().await;
    let six = Value::from(vec![create; 6]).to_string();
    assert_eq!(mcp(&app, &writer, &[JSON], &six).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(count().await - before, 5);
}

#[tokio::test]
async fn n4_the_answer_of_a_batch_has_an_end() {
    let app = TestApp::start().await;
    let tokens = app.member("mcp:write").await;
    let long = json!({ "title": "Long", "description": "d".repeat(10_000) });
    for _ in 0..30 {
        app.call_tool(&tokens, "create_work_item", long.clone()).await;
    }
    let batch = Value::from((0..20).map(listing).collect::<Vec<_>>()).to_string();
    let answer = mcp(&app, &tokens, &[JSON], &batch).await;
    assert!(answer.body.len() < 6 * 1024 * 1024, "{}", answer.body.len());
    let answers = answer.json();
    let answers = answers.as_array().unwrap();
    assert_eq!(answers.len(), 20, "each request has its answer");
    assert!(answers[0]["result"].is_object());
    assert!(answers[19]["error"]["message"].as_str().unwrap().contains("alone"));
}

#[tokio::test]
async fn n5_a_list_neither_skips_nor_repeats_what_was_there_all_the_time() {
    let app = TestApp::start().await;
    let tokens = app.tokens(OWNER, &app.public_client().await, "mcp:read mcp:write mcp:admin").await;
    let call = async |tool: &str, arguments: Value| {
        app.call_tool(&tokens, tool, arguments).await.json()["result"]["structuredContent"].clone()
    };
    let mut made = Vec::new();
    for number in 0..12 {
        app.clock.advance(1);
        made.push(call("create_work_item", json!({ "title": format!("{number}") })).await["id"].clone());
    }
    let (mut seen, mut cursor) = (Vec::new(), None::<Value>);
    for round in 0..100 {
        let mut arguments = json!({ "limit": 3 });
        if let Some(cursor) = &cursor {
            arguments["cursor"] = cursor.clone();
        }
        let page = call("list_work_items", arguments).await;
        seen.extend(page["work_items"].as_array().unwrap().iter().map(|item| item["id"].clone()));
        let Some(next) = page.get("next_cursor") else { break };
        cursor = Some(next.clone());
        app.clock.advance(1);
        // Between two pages one is changed that was not seen yet, one that was is deleted, and a new one comes.
        if round == 0 {
            call("update_work_item", json!({ "id": made[1], "status": "done" })).await;
            call("delete_work_item", json!({ "id": made[11] })).await;
            call("delete_work_item", json!({ "id": seen.last().unwrap() })).await;
            call("create_work_item", json!({ "title": "new" })).await;
        }
    }
    let mut once = seen.clone();
    once.sort_by_key(Value::to_string);
    once.dedup();
    assert_eq!(once.len(), seen.len(), "nothing comes twice");
    assert!(made.iter().all(|id| seen.contains(id)), "nothing is left out");
}

#[tokio::test]
async fn n6_a_revocation_is_answered_with_an_empty_object() {
    let (app, client) = TestApp::with_public_client().await;
    let tokens = app.tokens(MEMBER, &client, "mcp:read").await;
    for token in [tokens.access.as_str(), &tokens.refresh, "unknown"] {
        let answer = client.post(&app, "/oauth/revoke", &[("token", token)]).await;
        assert_eq!((answer.status, answer.json()), (StatusCode::OK, json!({})));
        assert_eq!(answer.header("content-type"), "application/json");
    }
}

#[tokio::test]
async fn n7_a_verifier_that_is_none_is_said_to_be_that() {
    let (app, client) = TestApp::with_public_client().await;
    let code = app.code(MEMBER, &client, "mcp:read").await;
    let exchange = async |verifier: &str| {
        let pairs = [("grant_type", "authorization_code"), ("code", &code), ("code_verifier", verifier)];
        client.post(&app, "/oauth/token", &pairs).await
    };
    let good = pkce().0;
    for (verifier, said) in [
        ("x".repeat(42), "43 to 128 characters"),
        ("x".repeat(129), "43 to 128 characters"),
        (good.replace(&good[..1], "+"), "43 to 128 characters"),
        ("x".repeat(43), "does not match"),
    ] {
        let answer = exchange(&verifier).await;
        assert_eq!(answer.error(), "invalid_grant");
        let description = answer.json()["error_description"].as_str().unwrap().to_owned();
        assert!(description.contains(said), "{verifier}: {description}");
    }
    assert_eq!(exchange(&good).await.status, StatusCode::OK);
}

#[tokio::test]
async fn n8_a_client_that_asks_for_what_the_challenge_names_gets_what_it_has() {
    let app = TestApp::start().await;
    let client = allowed(&app).await;
    for (asked, issued) in [
        ("mcp:read mcp:write mcp:execute", "mcp:read"),
        ("api:read api:write api:execute", "api:read api:write"),
        ("mcp:read openid nonsense", "mcp:read"),
        ("mcp:admin api:read", "mcp:read api:read"),
    ] {
        assert_eq!(Tokens::of(&ask(&app, &client, &[("scope", asked)]).await).scope, issued, "{asked}");
    }
    for asked in ["openid", "nonsense"] {
        let answer = ask(&app, &client, &[("scope", asked)]).await;
        assert_eq!(answer.error(), "invalid_scope", "{asked}");
        assert!(
            answer.body.contains("mcp:read api:read api:write"),
            "it says what there is: {}",
            answer.body
        );
    }
}

#[tokio::test]
async fn n9_what_is_registered_as_loopback_works_with_any_port() {
    let app = TestApp::start().await;
    for (registered, asked) in [
        ("http://[0:0:0:0:0:0:0:1]/cb", "http://[0:0:0:0:0:0:0:1]:5123/cb"),
        ("http://[0:0:0:0:0:0:0:1]/cb", "http://[::1]:5123/cb"),
        ("HTTP://127.0.0.1/cb", "HTTP://127.0.0.1:5123/cb"),
        ("http://Localhost:3000/cb", "http://Localhost:3001/cb"),
    ] {
        let body = json!({ "redirect_uris": [registered], "token_endpoint_auth_method": "none", "client_name": asked });
        let answer = app.post_json("/oauth/register", &body, &[]).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{registered}: {}", answer.body);
        let id = answer.json()["client_id"].as_str().unwrap().to_owned();
        let client = ClientApp::new(id, None, asked);
        let code = app.code(MEMBER, &client, "mcp:read").await;
        assert_eq!(client.exchange(&app, &code).await.status, StatusCode::OK, "{asked}");
    }
}

#[tokio::test]
async fn n10_known_schemes_register_and_others_learn_of_the_setting() {
    let app = TestApp::start().await;
    let register = async |app: &TestApp, uri: &str| {
        let body = json!({ "redirect_uris": [uri], "token_endpoint_auth_method": "none" });
        app.post_json("/oauth/register", &body, &[]).await
    };
    for scheme in ["warp", "vscodium", "code-oss", "kiro", "trae", "jetbrains"] {
        let answer = register(&app, &format!("{scheme}://mcp/oauth2callback")).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{scheme}: {}", answer.body);
    }
    let answer = register(&app, "unheardof://cb").await;
    assert_eq!(answer.error(), "invalid_redirect_uri");
    assert!(answer.body.contains("--redirect-schemes"), "{}", answer.body);
    let refused = register(&app, "javascript://x").await;
    assert!(!refused.body.contains("--redirect-schemes"), "{}", refused.body);
    let other = TestApp::start_with(&["--redirect-schemes", "unheardof"]).await;
    assert_eq!(register(&other, "unheardof://cb").await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn openid_alone_is_told_what_to_ask_for() {
    let (app, client) = TestApp::with_public_client().await;
    let page = app.signed_in(MEMBER).await.get(&authorize_url(&client, &[("scope", "openid profile")])).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.body.contains("ask for some of mcp:read mcp:write mcp:execute"), "{}", page.body);
    assert!(page.body.contains("error=invalid_scope"), "{}", page.body);
}

/// The registration of a program that sends it at each start.
fn opencode(port: u16) -> Value {
    json!({
        "client_name": "opencode",
        "client_uri": "https://opencode.example",
        "redirect_uris": [format!("http://127.0.0.1:{port}/mcp/oauth/callback")],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    })
}

#[tokio::test]
async fn r8_a_program_that_registers_at_each_start_gets_the_same_client_until_somebody_signs_in() {
    let app = TestApp::start_with(&["--register-limit", "2"]).await;
    let register = async |body: &Value| app.post_json("/oauth/register", body, &[]).await;
    let id = async |body: &Value| {
        let answer = register(body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        assert_eq!(answer.json()["redirect_uris"], body["redirect_uris"], "what was sent comes back");
        answer.json()["client_id"].as_str().unwrap().to_owned()
    };
    let first = id(&opencode(4_000)).await;
    for _ in 0..30 {
        assert_eq!(id(&opencode(4_000)).await, first);
    }
    assert_eq!(app.number("SELECT COUNT(*) FROM clients").await, 1);
    // Another program is another client, whatever is alike.
    assert_ne!(id(&opencode(4_001)).await, first);
    let mut other = opencode(4_000);
    other["scope"] = json!("mcp:read");
    other["client_name"] = json!("another");
    assert_eq!(
        register(&other).await.status,
        StatusCode::TOO_MANY_REQUESTS,
        "a stranger gets no more than before"
    );
    // Whoever signs in takes the client, and gives its place back: the next one in the office gets another.
    let client = ClientApp::new(first.clone(), None, "http://127.0.0.1:4029/mcp/oauth/callback");
    assert_eq!(
        client.exchange(&app, &app.code(MEMBER, &client, "mcp:read").await).await.status,
        StatusCode::OK
    );
    let second = id(&opencode(4_000)).await;
    assert_ne!(second, first);
    assert_eq!(register(&other).await.status, StatusCode::TOO_MANY_REQUESTS);
    app.clock.advance(HOUR);
    assert_eq!(id(&opencode(4_000)).await, second);
}

#[tokio::test]
async fn r8_repeating_a_registration_has_a_bound_too() {
    let app = TestApp::start_with(&["--register-limit", "1"]).await;
    for _ in 0..20 {
        assert_eq!(app.post_json("/oauth/register", &opencode(1), &[]).await.status, StatusCode::CREATED);
    }
    let answer = app.post_json("/oauth/register", &opencode(1), &[]).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
}
