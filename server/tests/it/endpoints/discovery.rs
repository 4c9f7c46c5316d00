//! D1–D9: the documents by which clients find everything.

use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::json;

use crate::support::{ISSUER, TestApp, authorize_url};

#[tokio::test]
async fn d1_mcp_resource_metadata() {
    let app = TestApp::start().await;
    let answer = app.get("/.well-known/oauth-protected-resource/mcp").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "application/json");
    let json = answer.json();
    assert_eq!(json["resource"], format!("{ISSUER}/mcp"));
    assert_eq!(json["authorization_servers"], json!([ISSUER]));
    assert_eq!(json["scopes_supported"], json!(["mcp:read", "mcp:write", "mcp:execute"]));
    assert_eq!(json["bearer_methods_supported"], json!(["header"]));
    assert!(json["resource_name"].is_string());
    let from_browser =
        Request::get("/.well-known/oauth-protected-resource/mcp").header("origin", "https://any.example");
    assert_eq!(
        app.send(from_browser.body(Body::empty()).unwrap()).await.header("access-control-allow-origin"),
        "*"
    );
}

#[tokio::test]
async fn d2_the_root_document_is_that_of_mcp() {
    let app = TestApp::start().await;
    let root = app.get("/.well-known/oauth-protected-resource").await.json();
    assert_eq!(root, app.get("/.well-known/oauth-protected-resource/mcp").await.json());
}

#[tokio::test]
async fn d3_rest_resource_metadata() {
    let app = TestApp::start().await;
    let json = app.get("/.well-known/oauth-protected-resource/api").await.json();
    assert_eq!(json["resource"], format!("{ISSUER}/api"));
    assert_eq!(json["scopes_supported"], json!(["api:read", "api:write", "api:execute"]));
}

#[tokio::test]
async fn d4_authorization_server_metadata_publishes_what_answers() {
    let app = TestApp::start().await;
    let json = app.get("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(json["issuer"], ISSUER);
    assert_eq!(json["response_types_supported"], json!(["code"]));
    assert_eq!(json["response_modes_supported"], json!(["query"]));
    assert_eq!(
        json["grant_types_supported"],
        json!(["authorization_code", "refresh_token", "client_credentials"])
    );
    assert_eq!(json["code_challenge_methods_supported"], json!(["S256"]));
    assert_eq!(json["authorization_response_iss_parameter_supported"], true);
    assert_eq!(json["protected_resources"], json!([format!("{ISSUER}/mcp"), format!("{ISSUER}/api")]));
    let methods = json!(["none", "client_secret_basic", "client_secret_post", "private_key_jwt"]);
    assert_eq!(json["token_endpoint_auth_methods_supported"], methods);
    assert_eq!(json["revocation_endpoint_auth_methods_supported"], methods);
    assert_eq!(json["scopes_supported"].as_array().unwrap().len(), 8);
    assert_eq!(json["introspection_endpoint"], format!("{ISSUER}/oauth/introspect"));
    assert_eq!(json["client_id_metadata_document_supported"], true);
    // Everything that is published answers: with an error of its own, not with 404.
    for (name, value) in json.as_object().unwrap() {
        if let Some(path) = value.as_str().filter(|_| name.ends_with("_endpoint") || name.ends_with("_uri")) {
            let path = path.strip_prefix(ISSUER).unwrap();
            assert_ne!(app.get(path).await.status, StatusCode::NOT_FOUND, "{name}");
        }
    }
}

#[tokio::test]
async fn d4_every_endpoint_stands_where_it_answers() {
    let app = TestApp::start().await;
    let answer = app.get("/.well-known/oauth-authorization-server").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "application/json");
    let json = answer.json();
    for (name, path) in [
        ("authorization_endpoint", "/oauth/authorize"),
        ("token_endpoint", "/oauth/token"),
        ("registration_endpoint", "/oauth/register"),
        ("revocation_endpoint", "/oauth/revoke"),
        ("introspection_endpoint", "/oauth/introspect"),
        ("jwks_uri", "/oauth/jwks.json"),
    ] {
        assert_eq!(json[name], format!("{ISSUER}{path}"), "{name}");
    }
}

#[tokio::test]
async fn d6_unknown_documents_are_404_and_no_page() {
    let app = TestApp::start().await;
    for path in [
        "/.well-known/openid-configuration",
        "/.well-known/openid-configuration/mcp",
        "/mcp/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/mcp",
        "/.well-known/oauth-protected-resource/other",
        "/.well-known/x",
    ] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        if path.starts_with("/.well-known") {
            assert_eq!(answer.header("content-type"), "application/json", "{path}");
        }
    }
}

#[tokio::test]
async fn d7_preflights_pass_without_authentication_but_never_at_authorize() {
    let app = TestApp::start().await;
    let preflight = |path: &str, method: &str| {
        Request::options(path)
            .header("host", "127.0.0.1:4000")
            .header("origin", "https://inspector.example")
            .header("access-control-request-method", method)
            .header("access-control-request-headers", "mcp-protocol-version,content-type")
            .body(Body::empty())
            .unwrap()
    };
    for (path, method) in [
        ("/.well-known/oauth-protected-resource/mcp", "GET"),
        ("/.well-known/oauth-protected-resource", "GET"),
        ("/.well-known/oauth-protected-resource/api", "GET"),
        ("/.well-known/oauth-authorization-server", "GET"),
        ("/.well-known/openid-configuration", "GET"),
        ("/oauth/token", "POST"),
        ("/oauth/register", "POST"),
        ("/oauth/revoke", "POST"),
    ] {
        let answer = app.send(preflight(path, method)).await;
        assert!(answer.status.is_success(), "{path}: {}", answer.status);
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        let allowed = answer.header("access-control-allow-headers").to_lowercase();
        assert!(allowed.contains("mcp-protocol-version"), "{path}: {allowed}");
    }
    let answer = app.send(preflight("/oauth/authorize", "GET")).await;
    assert_eq!(answer.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn d7_no_origin_reads_what_authorize_answers() {
    let app = TestApp::start().await;
    let good = authorize_url(&app.public_client().await, &[]);
    let error = authorize_url(&app.confidential_client().await, &[("response_type", "token")]);
    for (url, status) in [
        ("/oauth/authorize?client_id=app_unknown", StatusCode::BAD_REQUEST),
        (error.as_str(), StatusCode::SEE_OTHER),
        (good.as_str(), StatusCode::SEE_OTHER),
    ] {
        for origin in ["https://any.example", "null", ISSUER] {
            let request = Request::get(url).header("host", "127.0.0.1:4000").header("origin", origin);
            let answer = app.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, status, "{url} {origin}");
            assert_eq!(answer.header("access-control-allow-origin"), "", "{url} {origin}");
        }
    }
}

#[tokio::test]
async fn jwks_hold_public_keys_only() {
    let app = TestApp::start().await;
    let json = app.get("/oauth/jwks.json").await.json();
    let key = &json["keys"][0];
    assert_eq!(
        (key["kty"].as_str(), key["crv"].as_str(), key["alg"].as_str()),
        (Some("EC"), Some("P-256"), Some("ES256"))
    );
    assert!(key["kid"].is_string() && key["x"].is_string() && key["y"].is_string());
    assert_eq!(key.get("d"), None);
}
