//! P1, with M1–M6 and M8: who gets into the REST API, and what everybody else is told.

use axum::body::Body;
use domain::{clients::status, clock::HOUR, crypto::signing_key::SigningKey};
use http::{Method, Request, StatusCode, header};
use serde_json::{Value, json};
use types::role::ProductRole;

use crate::support::{
    ISSUER, MEMBER, OWNER, TestApp, Tokens,
    rest::{ALL, ITEMS, PLAIN_CHALLENGE, READ, WRITE, assert_invalid_token, call, get, owner, post, titles},
};

#[tokio::test]
async fn a_call_too_many_is_no_use() {
    let app = TestApp::start_with(&["--call-limit", "2"]).await;
    let tokens = app.tokens(MEMBER, &app.public_client().await, "api:read").await;
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
    let tokens = app.tokens(MEMBER, &app.public_client().await, "api:read").await;
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
            let answer = app.request(method.clone(), path, &[], "").await;
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
        let answer = app.request(Method::OPTIONS, path, &preflight("https://app.example"), "").await;
        assert!(answer.status.is_success(), "{path}: {}", answer.status);
        assert_eq!(answer.header("access-control-allow-origin"), "https://app.example");
        assert!(answer.header("access-control-allow-methods").contains("PATCH"));
        assert!(answer.header("access-control-allow-headers").contains("authorization"));
        assert_eq!(answer.header("access-control-allow-credentials"), "");
    }
    let bearer = tokens.bearer();
    let headers = [("authorization", bearer.as_str()), ("origin", "https://app.example")];
    let answer = app.request(Method::GET, ITEMS, &headers, "").await;
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
                let answer = app.request(method.clone(), path, &[token, ("origin", origin)], "").await;
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
    let (app, client) = TestApp::with_public_client().await;
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
    let answer = app.request(Method::GET, &query, &[], "").await;
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
        let answer = app.request(Method::GET, ITEMS, headers, "").await;
        assert_eq!(answer.refusal(), "400 invalid_request", "{headers:?}");
    }
    let both = app.request(Method::GET, &query, &[("authorization", &bearer)], "").await;
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
    let (app, client) = TestApp::with_public_client().await;
    let tokens = app.tokens(OWNER, &client, READ).await;
    let before = titles(&app, &tokens).await;
    let answer = post(&app, &tokens, json!({ "title": "Not yet" })).await;
    assert_eq!(answer.refusal(), "403 insufficient_scope");
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
    let (app, client) = TestApp::with_public_client().await;
    let tokens = app.tokens(MEMBER, &client, WRITE).await;
    app.set_role(MEMBER, "acme", "support", ProductRole::Viewer).await;
    let by_role = post(&app, &tokens, json!({ "title": "x" })).await;
    app.set_role(MEMBER, "acme", "support", ProductRole::Admin).await;
    app.change(&format!("UPDATE clients SET ceiling = 'api:read' WHERE id = '{}'", client.id)).await;
    let by_ceiling = post(&app, &tokens, json!({ "title": "x" })).await;
    for answer in [by_role, by_ceiling] {
        assert_eq!(answer.refusal(), "403 access_denied", "{}", answer.body);
        assert_eq!(answer.header("www-authenticate"), "");
    }
    assert_eq!(titles(&app, &tokens).await.len(), 5);
}

#[tokio::test]
async fn p1_m5_another_products_items_do_not_exist() {
    let (app, client) = TestApp::with_public_client().await;
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
        assert_eq!(answer.refusal(), "404 not_found", "{method}");
    }
    assert_eq!(get(&app, &sales, &path).await.json()["title"], "In Sales");
    assert!(!titles(&app, &support).await.contains(&"In Sales".to_owned()));
}

#[tokio::test]
async fn p1_m8_a_disabled_client_is_out_on_the_next_call() {
    let (app, client) = TestApp::with_public_client().await;
    let tokens = app.tokens(MEMBER, &client, READ).await;
    assert_eq!(get(&app, &tokens, ITEMS).await.status, StatusCode::OK);
    status::set_disabled(app.db().write(), &client.id, Some(app.now())).await.unwrap();
    assert_invalid_token(&get(&app, &tokens, ITEMS).await, "disabled");
}

#[tokio::test]
async fn p1_too_many_calls_are_429_for_that_grant_only() {
    let app = TestApp::start_with(&["--call-limit", "2"]).await;
    let client = app.public_client().await;
    let busy = app.tokens(MEMBER, &client, "api:read").await;
    let quiet = app.tokens(OWNER, &client, "api:read").await;
    for _ in 0..2 {
        assert_eq!(app.call_api(&busy).await.status, StatusCode::OK);
    }
    let answer = app.call_api(&busy).await;
    assert_eq!(answer.refusal(), "429 temporarily_unavailable");
    assert!((1..=61).contains(&answer.header("retry-after").parse::<u32>().unwrap()));
    assert_eq!(app.call_api(&quiet).await.status, StatusCode::OK);
    app.clock.advance(domain::clock::MINUTE);
    assert_eq!(app.call_api(&busy).await.status, StatusCode::OK);
}
