//! The REST API under `/api/v1`: `protocol.md` P1, with M1 to M5 and M8 at this resource.

use axum::body::Body;
use domain::{clients::status, clock::HOUR, crypto::signing_key::SigningKey};
use http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use types::role::ProductRole;

use crate::support::{Answer, ISSUER, MEMBER, OWNER, TestApp, Tokens};

const READ: &str = "api:read";
const WRITE: &str = "api:read api:write";
const ALL: &str = "api:read api:write api:execute api:admin";

const ITEMS: &str = "/api/v1/work-items";

const PLAIN_CHALLENGE: &str = "Bearer resource_metadata=\"http://127.0.0.1:4000/.well-known/oauth-protected-resource/api\", \
    scope=\"api:read api:write api:execute\"";

/// A request with a JSON body, if it is not null.
async fn call(app: &TestApp, tokens: &Tokens, method: Method, path: &str, body: Value) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, "127.0.0.1:4000")
        .header(header::AUTHORIZATION, tokens.bearer())
        .header(header::CONTENT_TYPE, "application/json");
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    app.send(request.body(body).unwrap()).await
}

async fn get(app: &TestApp, tokens: &Tokens, path: &str) -> Answer {
    call(app, tokens, Method::GET, path, Value::Null).await
}

async fn post(app: &TestApp, tokens: &Tokens, body: Value) -> Answer {
    call(app, tokens, Method::POST, ITEMS, body).await
}

/// A request without body and token, with these headers.
async fn bare(app: &TestApp, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(path).header(header::HOST, "127.0.0.1:4000");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request.body(Body::empty()).unwrap()).await
}

async fn titles(app: &TestApp, tokens: &Tokens) -> Vec<String> {
    let listed = get(app, tokens, &format!("{ITEMS}?limit=200")).await;
    assert_eq!(listed.status, StatusCode::OK, "{}", listed.body);
    let items = listed.json()["work_items"].as_array().unwrap().clone();
    items.iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect()
}

fn assert_invalid_token(answer: &Answer, why: &str) {
    assert_eq!(
        (answer.status, answer.error().as_str()),
        (StatusCode::UNAUTHORIZED, "invalid_token"),
        "{why}"
    );
    let challenge = PLAIN_CHALLENGE.replacen("Bearer ", "Bearer error=\"invalid_token\", ", 1);
    assert_eq!(answer.header("www-authenticate"), challenge, "{why}");
}

fn assert_bad_request(answer: &Answer, field: &str, why: &str) {
    assert_eq!(
        (answer.status, answer.error().as_str()),
        (StatusCode::BAD_REQUEST, "invalid_request"),
        "{why}"
    );
    assert_eq!(answer.json()["field"], field, "{why}: {}", answer.body);
    assert!(
        answer.json()["error_description"].as_str().unwrap().starts_with(field),
        "{why}: {}",
        answer.body
    );
    assert_eq!(answer.header("www-authenticate"), "", "{why}");
}

async fn owner(app: &TestApp) -> Tokens {
    app.tokens(OWNER, &app.public_client().await, ALL).await
}

#[tokio::test]
async fn a_call_too_many_is_no_use() {
    let app = TestApp::start_with(&["--call-limit", "2"]).await;
    let tokens = app.tokens("member@example.com", &app.public_client().await, "api:read").await;
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(app.call_api(&tokens).await.status.as_u16());
    }
    assert_eq!(statuses, [200, 200, 429, 429]);
    app.state.usage.flush(app.db()).await.unwrap();
    assert_eq!(app.number("SELECT use_count FROM grants").await, 2);
}

#[tokio::test]
async fn a_token_whose_key_is_gone_opens_nothing() {
    let app = TestApp::start().await;
    let tokens = app.tokens("member@example.com", &app.public_client().await, "api:read").await;
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    let pkcs8 = SigningKey::generate_pkcs8().unwrap();
    app.state.keys.replace(vec![SigningKey::from_pkcs8(&pkcs8).unwrap()]).unwrap();
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn p1_m1_without_a_token_every_request_is_challenged() {
    let app = TestApp::start().await;
    for path in [ITEMS, "/api/v1/work-items/wrk_1", "/api/v1/nonsense", "/api/v1", "/api", "/api/"] {
        for method in [Method::GET, Method::POST, Method::PATCH, Method::DELETE, Method::PUT] {
            let answer = bare(&app, method.clone(), path, &[]).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path}");
            assert_eq!(answer.headers.get_all(header::WWW_AUTHENTICATE).iter().count(), 1);
            assert_eq!(answer.header("www-authenticate"), PLAIN_CHALLENGE, "{method} {path}");
            assert_eq!(answer.header("cache-control"), "no-store");
        }
    }
    let url = PLAIN_CHALLENGE.split('"').nth(1).unwrap();
    let metadata = app.get(url.strip_prefix(ISSUER).unwrap()).await.json();
    assert_eq!(metadata["resource"], format!("{ISSUER}/api"));
}

#[tokio::test]
async fn p1_m1_preflights_need_no_token_and_only_allowed_origins_may_read() {
    let app = TestApp::start_with(&["--allowed-origins", "https://app.example"]).await;
    let tokens = app.member(READ).await;
    let preflight = |origin: &'static str| {
        [
            ("origin", origin),
            ("access-control-request-method", "PATCH"),
            ("access-control-request-headers", "authorization,content-type"),
        ]
    };
    for path in [ITEMS, "/api/v1/work-items/wrk_1"] {
        let answer = bare(&app, Method::OPTIONS, path, &preflight("https://app.example")).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.status);
        assert_eq!(answer.header("access-control-allow-origin"), "https://app.example");
        assert!(answer.header("access-control-allow-methods").contains("PATCH"));
        assert!(answer.header("access-control-allow-headers").contains("authorization"));
        assert_eq!(answer.header("access-control-allow-credentials"), "");
    }
    let bearer = tokens.bearer();
    let headers = [("authorization", bearer.as_str()), ("origin", "https://app.example")];
    let answer = bare(&app, Method::GET, ITEMS, &headers).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("access-control-allow-origin"), "https://app.example");
}

#[tokio::test]
async fn p1_m6_foreign_origins_and_hosts_are_refused_before_anything_else() {
    let app = TestApp::start_with(&["--allowed-origins", "https://app.example"]).await;
    let bearer = app.member(WRITE).await.bearer();
    let token = ("authorization", bearer.as_str());
    for origin in ["https://evil.example", "null", "", "https://app.example:8443", "*"] {
        for method in [Method::GET, Method::POST, Method::DELETE, Method::OPTIONS] {
            for path in [ITEMS, "/api/v1/nonsense"] {
                let answer = bare(&app, method.clone(), path, &[token, ("origin", origin)]).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path} {origin}");
                assert_eq!(answer.json()["error"], "access_denied");
                assert_eq!(answer.header("access-control-allow-origin"), "", "{method} {origin}");
                assert_eq!(answer.header("www-authenticate"), "", "{method} {origin}");
            }
        }
    }
    for (host, status) in [("evil.example", 403), ("127.0.0.1:4001", 403), ("localhost:4000", 200)] {
        let request = Request::get(ITEMS).header("host", host).header("authorization", &bearer);
        let answer = app.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status.as_u16(), status, "{host}");
    }
}

#[tokio::test]
async fn p1_m2_tokens_that_open_nothing_are_invalid() {
    let app = TestApp::start().await;
    let client = app.public_client().await;
    let good = app.tokens(MEMBER, &client, WRITE).await;
    assert_eq!(get(&app, &good, ITEMS).await.status, StatusCode::OK);
    let mcp = app.tokens(MEMBER, &client, "mcp:read mcp:write").await;
    let garbage = Tokens { access: "garbage".to_owned(), ..good.clone() };
    let refresh = Tokens { access: good.refresh.clone(), ..good.clone() };
    let elsewhere = app.resigned(&good, |claims| claims.aud = vec![format!("{ISSUER}/mcp")]);
    let granted_for_one = app.resigned(&mcp, |claims| claims.aud = vec![format!("{ISSUER}/api")]);
    for (why, tokens) in [
        ("an MCP token", &mcp),
        ("garbage", &garbage),
        ("a refresh token", &refresh),
        ("another audience", &elsewhere),
        ("an audience that the grant does not have", &granted_for_one),
    ] {
        assert_invalid_token(&get(&app, tokens, ITEMS).await, why);
        assert_invalid_token(&post(&app, tokens, json!({ "title": "x" })).await, why);
    }
    app.clock.advance(HOUR);
    assert_invalid_token(&get(&app, &good, ITEMS).await, "expired");
}

#[tokio::test]
async fn p1_m2_a_token_belongs_in_one_authorization_header() {
    let app = TestApp::start().await;
    let tokens = app.member(READ).await;
    let bearer = tokens.bearer();
    let query = format!("{ITEMS}?access_token={}", tokens.access);
    let answer = bare(&app, Method::GET, &query, &[]).await;
    assert_eq!(
        (answer.status, answer.header("www-authenticate")),
        (StatusCode::UNAUTHORIZED, PLAIN_CHALLENGE)
    );
    let basic = app.confidential_client().await.basic();
    for headers in [
        &[("authorization", bearer.as_str()), ("authorization", bearer.as_str())][..],
        &[("authorization", &basic)],
        &[("authorization", "Bearer")],
    ] {
        let answer = bare(&app, Method::GET, ITEMS, headers).await;
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (StatusCode::BAD_REQUEST, "invalid_request"),
            "{headers:?}"
        );
    }
    let both = bare(&app, Method::GET, &query, &[("authorization", &bearer)]).await;
    assert_eq!(both.status, StatusCode::BAD_REQUEST);
    assert!(!both.body.contains(&tokens.access), "the token is not repeated");
}

#[tokio::test]
async fn p1_cookies_open_nothing() {
    let app = TestApp::start().await;
    let mut browser = app.signed_in(OWNER).await;
    let answer = browser.get(ITEMS).await;
    assert_eq!(
        (answer.status, answer.header("www-authenticate")),
        (StatusCode::UNAUTHORIZED, PLAIN_CHALLENGE)
    );
    let before = titles(&app, &owner(&app).await).await;
    let answer = browser.post(ITEMS, &[("title", "By cookie")]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(titles(&app, &owner(&app).await).await, before);
}

#[tokio::test]
async fn p1_m3_a_missing_scope_is_challenged_with_all_that_the_call_needs() {
    let app = TestApp::start().await;
    let client = app.public_client().await;
    let tokens = app.tokens(OWNER, &client, READ).await;
    let before = titles(&app, &tokens).await;
    let answer = post(&app, &tokens, json!({ "title": "Not yet" })).await;
    assert_eq!((answer.status, answer.error().as_str()), (StatusCode::FORBIDDEN, "insufficient_scope"));
    assert_eq!(
        answer.header("www-authenticate"),
        "Bearer error=\"insufficient_scope\", \
         resource_metadata=\"http://127.0.0.1:4000/.well-known/oauth-protected-resource/api\", \
         scope=\"api:read api:write\""
    );
    let answer = call(&app, &tokens, Method::DELETE, "/api/v1/work-items/wrk_1", Value::Null).await;
    assert!(answer.header("www-authenticate").ends_with(&format!("scope=\"{ALL}\"")), "{answer:?}");
    assert_eq!(titles(&app, &tokens).await, before);
    let wider = app.tokens(OWNER, &client, WRITE).await;
    assert_eq!(post(&app, &wider, json!({ "title": "Now" })).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn p1_m3_scopes_of_the_other_door_do_not_help() {
    let app = TestApp::start().await;
    let tokens = app.tokens(OWNER, &app.public_client().await, "api:read mcp:read mcp:write mcp:admin").await;
    let both =
        app.resigned(&tokens, |claims| claims.aud = vec![format!("{ISSUER}/mcp"), format!("{ISSUER}/api")]);
    assert_eq!(post(&app, &both, json!({ "title": "x" })).await.error(), "insufficient_scope");
    let made = app.call_tool(&both, "create_work_item", json!({ "title": "Through MCP" })).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.body);
    assert!(titles(&app, &both).await.contains(&"Through MCP".to_owned()));
}

#[tokio::test]
async fn p1_m3_a_narrowed_token_stays_narrow() {
    let app = TestApp::start().await;
    let tokens = app.member(WRITE).await;
    let narrowed =
        app.resigned(&tokens, |claims| (claims.scope, claims.narrowed) = (READ.to_owned(), Some(true)));
    assert_eq!(post(&app, &narrowed, json!({ "title": "x" })).await.error(), "insufficient_scope");
    assert_eq!(get(&app, &narrowed, ITEMS).await.status, StatusCode::OK);
    assert_eq!(post(&app, &tokens, json!({ "title": "x" })).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn p1_m4_what_no_consent_could_change_is_no_challenge() {
    let app = TestApp::start().await;
    let client = app.public_client().await;
    let tokens = app.tokens(MEMBER, &client, WRITE).await;
    app.set_role(MEMBER, "acme", "support", ProductRole::Viewer).await;
    let by_role = post(&app, &tokens, json!({ "title": "x" })).await;
    app.set_role(MEMBER, "acme", "support", ProductRole::Admin).await;
    app.change(&format!("UPDATE clients SET ceiling = 'api:read' WHERE id = '{}'", client.id)).await;
    let by_ceiling = post(&app, &tokens, json!({ "title": "x" })).await;
    for answer in [by_role, by_ceiling] {
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (StatusCode::FORBIDDEN, "access_denied"),
            "{}",
            answer.body
        );
        assert_eq!(answer.header("www-authenticate"), "");
    }
    assert_eq!(titles(&app, &tokens).await.len(), 5);
}

#[tokio::test]
async fn p1_m5_another_products_items_do_not_exist() {
    let app = TestApp::start().await;
    let client = app.public_client().await;
    let support = app.tokens(OWNER, &client, ALL).await;
    let sales = app.tokens_for(OWNER, &client, ("acme", "sales"), ALL).await;
    let made = post(&app, &sales, json!({ "title": "In Sales" })).await;
    let path = format!("{ITEMS}/{}", made.json()["id"].as_str().unwrap());
    for (method, body) in [
        (Method::GET, Value::Null),
        (Method::PATCH, json!({ "title": "Taken" })),
        (Method::DELETE, Value::Null),
    ] {
        let answer = call(&app, &support, method.clone(), &path, body).await;
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (StatusCode::NOT_FOUND, "not_found"),
            "{method}"
        );
    }
    assert_eq!(get(&app, &sales, &path).await.json()["title"], "In Sales");
    assert!(!titles(&app, &support).await.contains(&"In Sales".to_owned()));
}

#[tokio::test]
async fn p1_m8_a_disabled_client_is_out_on_the_next_call() {
    let app = TestApp::start().await;
    let client = app.public_client().await;
    let tokens = app.tokens(MEMBER, &client, READ).await;
    assert_eq!(get(&app, &tokens, ITEMS).await.status, StatusCode::OK);
    status::set_disabled(app.db().write(), &client.id, Some(app.now())).await.unwrap();
    assert_invalid_token(&get(&app, &tokens, ITEMS).await, "disabled");
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
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::NOT_FOUND, "not_found"));
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
        assert_eq!(
            (answer.status, answer.error().as_str()),
            (StatusCode::BAD_REQUEST, "invalid_request"),
            "{body}"
        );
    }
    let deep = format!("{{\"title\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(send(Some("application/json"), deep).await.status, StatusCode::BAD_REQUEST);
    let padded = |length: usize| format!("{item}{}", " ".repeat(length - item.len()));
    assert_eq!(
        send(Some("Application/JSON; charset=utf-8"), padded(1024 * 1024)).await.status,
        StatusCode::CREATED
    );
    let answer = send(Some("application/json"), padded(1024 * 1024 + 1)).await;
    assert_eq!(
        (answer.status, answer.error().as_str()),
        (StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large")
    );
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
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::NOT_FOUND, "not_found"), "{path}");
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
    let app = TestApp::start().await;
    let client = app.public_client().await;
    let (rest, mcp) =
        (app.tokens(MEMBER, &client, WRITE).await, app.tokens(MEMBER, &client, "mcp:read").await);
    let made = post(&app, &rest, json!({ "title": "Through REST" })).await.json();
    let seen = app.call_tool(&mcp, "get_work_item", json!({ "id": made["id"] })).await.json();
    assert_eq!(seen["result"]["structuredContent"], made);
}

#[tokio::test]
async fn p1_too_many_calls_are_429_for_that_grant_only() {
    let app = TestApp::start_with(&["--call-limit", "2"]).await;
    let client = app.public_client().await;
    let busy = app.tokens("member@example.com", &client, "api:read").await;
    let quiet = app.tokens("owner@example.com", &client, "api:read").await;
    for _ in 0..2 {
        assert_eq!(app.call_api(&busy).await.status, StatusCode::OK);
    }
    let answer = app.call_api(&busy).await;
    assert_eq!(
        (answer.status, answer.error().as_str()),
        (StatusCode::TOO_MANY_REQUESTS, "temporarily_unavailable")
    );
    assert!((1..=61).contains(&answer.header("retry-after").parse::<u32>().unwrap()));
    assert_eq!(app.call_api(&quiet).await.status, StatusCode::OK);
    app.clock.advance(domain::clock::MINUTE);
    assert_eq!(app.call_api(&busy).await.status, StatusCode::OK);
}
