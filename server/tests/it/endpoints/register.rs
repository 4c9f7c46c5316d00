//! R1–R9: dynamic client registration.

use http::StatusCode;
use serde_json::{Value, json};

use crate::support::{Answer, ClientApp, MEMBER, TestApp};

async fn register(app: &TestApp, body: &Value) -> Answer {
    app.post_json("/oauth/register", body, &[]).await
}

#[tokio::test]
async fn r1_vs_code_registers_as_a_public_client() {
    let app = TestApp::start().await;
    let body = json!({
        "client_name": "Visual Studio Code",
        "client_uri": "https://code.visualstudio.com",
        "redirect_uris": [
            "https://insiders.vscode.dev/redirect", "https://vscode.dev/redirect",
            "http://127.0.0.1/", "http://127.0.0.1:33418/",
        ],
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        "response_types": ["code"],
        "application_type": "native",
    });
    let answer = register(&app, &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), "no-store");
    let json = answer.json();
    assert_eq!(json.get("client_secret"), None);
    assert_eq!(json["token_endpoint_auth_method"], "none");
    assert_eq!(json["grant_types"], json!(["authorization_code", "refresh_token"]));
    for name in ["client_name", "redirect_uris", "response_types", "application_type"] {
        assert_eq!(json[name], body[name], "{name}");
    }
    assert!(json["client_uri"].as_str().unwrap().starts_with("https://code.visualstudio.com"));
    assert!(json["client_id_issued_at"].is_i64());
}

#[tokio::test]
async fn r2_cursor_registers_whatever_application_type_it_says() {
    let app = TestApp::start().await;
    for kind in [json!("native"), json!("web"), Value::Null] {
        let body = json!({
            "client_name": "Cursor",
            "redirect_uris": [
                "cursor://anysphere.cursor-mcp/oauth/callback",
                "https://www.cursor.com/agents/mcp/oauth/callback",
                "http://localhost:8787/callback",
            ],
            "token_endpoint_auth_method": "none",
            "application_type": kind,
        });
        assert_eq!(register(&app, &body).await.status, StatusCode::CREATED);
    }
}

#[tokio::test]
async fn r3_without_a_method_the_client_gets_a_secret_and_is_told_so() {
    let app = TestApp::start().await;
    let json = register(&app, &json!({ "redirect_uris": ["https://client.example/cb"] })).await.json();
    assert_eq!(json["token_endpoint_auth_method"], "client_secret_basic");
    assert_eq!(json["client_secret_expires_at"], 0);
    assert!(json["client_secret"].as_str().unwrap().len() > 40);
    assert_eq!(json["grant_types"], json!(["authorization_code"]));
}

#[tokio::test]
async fn r4_empty_null_and_unknown_fields_count_as_absent() {
    let app = TestApp::start().await;
    let body = json!({
        "redirect_uris": ["https://client.example/cb"],
        "scope": "", "logo_uri": "", "client_uri": null, "client_name": null, "grant_types": null, "contacts": ["x"],
        "token_endpoint_auth_method": "none", "something_new": { "deep": [1] },
        // Policy is set by people.
        "verified": true, "source": "admin", "ceiling": "mcp:admin", "owner_id": "usr_1", "client_id": "chosen", "id": "x",
    });
    let answer = register(&app, &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let json = answer.json();
    for name in ["scope", "logo_uri", "client_uri", "verified", "ceiling", "something_new"] {
        assert_eq!(json.get(name), None, "{name}");
    }
    assert_ne!(json["client_id"], "chosen");
    let client =
        domain::clients::lookup(app.db().read(), json["client_id"].as_str().unwrap()).await.unwrap().unwrap();
    assert!(!client.verified && !client.is_trusted());
}

#[tokio::test]
async fn r5_bad_redirect_uris_are_refused() {
    let app = TestApp::start().await;
    for uris in [
        json!(null),
        json!([]),
        json!("https://client.example/cb"),
        json!([1]),
        json!(["/callback"]),
        json!(["https://client.example/cb#x"]),
        json!(["https://user@client.example/cb"]),
        json!(["https://*.client.example/cb"]),
        json!(["http://client.example/cb"]),
        json!(["javascript:alert(1)"]),
        json!(["data:text/html,x"]),
        json!(["vbscript:x"]),
        json!(["blob:https://client.example/x"]),
        json!(["file:///etc/passwd"]),
        json!(["about:blank"]),
        json!(["https://client.example/ok", "http://evil.example/"]),
        json!([format!("https://client.example/{}", "a".repeat(3_000))]),
        json!(vec!["https://client.example/cb"; 21]),
    ] {
        let answer = register(&app, &json!({ "redirect_uris": uris })).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{uris}");
        assert_eq!(answer.error(), "invalid_redirect_uri", "{uris}");
    }
}

#[tokio::test]
async fn r6_bad_metadata_is_refused() {
    let app = TestApp::start().await;
    for (name, value) in [
        ("token_endpoint_auth_method", json!("private_key_jwt")),
        ("token_endpoint_auth_method", json!("client_secret_jwt")),
        ("token_endpoint_auth_method", json!("tls_client_auth")),
        ("token_endpoint_auth_method", json!(1)),
        ("grant_types", json!(["client_credentials"])),
        ("grant_types", json!("authorization_code")),
        ("response_types", json!(["token"])),
        ("client_name", json!({ "en": "x" })),
        ("scope", json!(["mcp:read"])),
    ] {
        let mut body = json!({ "redirect_uris": ["https://client.example/cb"] });
        body[name] = value;
        let answer = register(&app, &body).await;
        assert_eq!(answer.refusal(), "400 invalid_client_metadata", "{body}");
    }
    for body in [json!([]), json!("x"), json!(null), json!(7)] {
        assert_eq!(register(&app, &body).await.error(), "invalid_client_metadata", "{body}");
    }
    for text in ["", "{", "redirect_uris=x", &"x".repeat(70_000)] {
        let request =
            http::Request::post("/oauth/register").body(axum::body::Body::from(text.to_owned())).unwrap();
        let answer = app.send(request).await;
        assert_eq!(answer.refusal(), "400 invalid_client_metadata");
    }
}

#[tokio::test]
async fn r7_admin_scopes_cannot_be_registered() {
    let app = TestApp::start().await;
    let body = json!({ "redirect_uris": ["https://client.example/cb"], "scope": "mcp:read mcp:admin api:admin openid" });
    assert_eq!(register(&app, &body).await.json()["scope"], "mcp:read");
}

#[tokio::test]
async fn r7_a_client_cannot_register_to_act_by_itself() {
    let app = TestApp::start().await;
    let body = json!({
        "redirect_uris": ["https://client.example/cb"],
        "grant_types": ["authorization_code", "client_credentials"],
        "scope": "api:write api:admin mcp:admin",
    });
    let answer = register(&app, &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let json = answer.json();
    assert_eq!(json["grant_types"], json!(["authorization_code"]));
    assert_eq!(json["scope"], "api:write");
    // Nor does it get a token so.
    let text = |name: &str| json[name].as_str().unwrap().to_owned();
    let client = ClientApp::new(text("client_id"), Some(text("client_secret")), "https://client.example/cb");
    let answer = client.post(&app, "/oauth/token", &[("grant_type", "client_credentials")]).await;
    assert_eq!(answer.refusal(), "400 unauthorized_client");
}

#[tokio::test]
async fn r8_registrations_are_limited_named_safely_and_collected() {
    let app = TestApp::start_with(&["--register-limit", "2"]).await;
    let body = json!({ "redirect_uris": ["https://client.example/cb"] });
    let json = register(&app, &body).await.json();
    for name in ["client_id", "client_secret"] {
        let text = json[name].as_str().unwrap();
        assert!(
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'),
            "{text}"
        );
        assert!(!text.starts_with("https"));
    }
    // A refused registration costs nothing.
    assert_eq!(register(&app, &json!({})).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(register(&app, &body).await.status, StatusCode::CREATED);
    let answer = register(&app, &body).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!((1..=3_601).contains(&answer.header("retry-after").parse::<u32>().unwrap()));
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.error(), "temporarily_unavailable");
    app.clock.advance(domain::clock::HOUR);
    assert_eq!(register(&app, &body).await.status, StatusCode::CREATED);

    let id = json["client_id"].as_str().unwrap();
    app.clock.advance(8 * domain::clock::DAY);
    app.sweep().await;
    assert!(domain::clients::lookup(app.db().read(), id).await.unwrap().is_none());
}

#[tokio::test]
async fn r8_a_used_client_is_never_collected() {
    let (app, client) = TestApp::with_public_client().await;
    app.tokens(MEMBER, &client, "mcp:read").await;
    app.clock.advance(400 * domain::clock::DAY);
    app.sweep().await;
    assert!(domain::clients::lookup(app.db().read(), &client.id).await.unwrap().is_some());
}

#[tokio::test]
async fn r8_registration_can_be_switched_off() {
    let app = TestApp::start_with(&["--dynamic-registration", "false"]).await;
    let answer = register(&app, &json!({ "redirect_uris": ["https://client.example/cb"] })).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let metadata = app.get("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(metadata.get("registration_endpoint"), None);
}

#[tokio::test]
async fn r9_get_is_405() {
    let app = TestApp::start().await;
    let answer = app.get("/oauth/register").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(answer.header("allow").contains("POST"));
}
