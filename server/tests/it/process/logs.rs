//! Handles, codes, tokens, cookies and passwords are in no log line, whatever is done with them.

use std::time::Duration;

use axum::{Router, body::Body, routing::any};
use http::{Method, Request, StatusCode, header};
use serde_json::json;
use server::router::{common_layers, with_timeout};
use tower::ServiceExt;

use crate::support::{ClientApp, ISSUER, MEMBER, TestApp, Tokens, authorize_url, log_of, pkce};

/// Stands for a secret wherever one could stand.
const SECRET: &str = "zq9secret";
const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// Fails if a line, of whatever level, holds one of the secrets.
#[track_caller]
fn assert_silent(log: &str, secrets: &[&str]) {
    for line in log.lines() {
        for secret in secrets {
            assert!(!line.contains(secret), "{secret} in {line}");
        }
    }
}

/// A request with the secret in its query, its cookies and whatever else the headers say.
fn request(method: &Method, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Request<Body> {
    let mut request = Request::builder()
        .method(method)
        .uri(format!("{path}?code={SECRET}&state={SECRET}&{SECRET}={SECRET}"))
        .header(header::HOST, "127.0.0.1:4000")
        .header(header::COOKIE, format!("gatepass_4000={SECRET}; gatepass-browser_4000={SECRET}; {SECRET}=1"))
        .header(header::REFERER, format!("{ISSUER}/consent/{SECRET}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

/// Every kind of path that this server knows, with the secret where a path says something.
fn places() -> Vec<String> {
    let known = [
        "/",
        "/consent/S",
        "/sign-in",
        "/sign-out",
        "/oauth/authorize",
        "/oauth/consent",
        "/oauth/token",
        "/oauth/revoke",
        "/oauth/introspect",
        "/oauth/register",
        "/oauth/jwks.json",
        "/o/S",
        "/o/S/S",
        "/o/S/settings/apps",
        "/settings/oauth-apps/S",
        "/admin/oauth-clients/S",
        "/client-logos/S",
        "/pkg/S",
        "/_fn/S",
        "/_fn/consent",
        "/_fn/revoke_grant",
        "/mcp",
        "/mcp/S",
        "/api/S",
        "/api/v1/work-items",
        "/api/v1/work-items/S",
        "/.well-known/S",
        "/.well-known/oauth-authorization-server",
        "/healthz",
        "/S",
        "/S/S",
    ];
    known.map(|place| place.replace('S', SECRET)).to_vec()
}

#[tokio::test]
async fn what_is_refused_leaves_none_of_its_secrets_in_the_log() {
    let app = TestApp::start().await;
    let log = log_of(async {
        let cross_site = ("sec-fetch-site", "cross-site");
        let bearer = format!("Bearer {SECRET}");
        let two = format!("Bearer {SECRET} {SECRET}");
        let basic = "Basic enE5c2VjcmV0OnpxOXNlY3JldA==";
        let json = json!({ "handle": SECRET, "token": SECRET, SECRET: SECRET }).to_string();
        let form = format!(
            "handle={SECRET}&csrf={SECRET}&password={SECRET}&email={SECRET}%40example.com&{SECRET}={SECRET}"
        );
        let large = format!("code={}", SECRET.repeat(200_000));
        for place in places() {
            for method in
                [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::HEAD]
            {
                for headers in [
                    &[cross_site][..],
                    &[("content-type", "text/plain")],
                    &[("content-type", JSON), ("authorization", &bearer)],
                    &[("content-type", FORM), ("authorization", &two)],
                    &[("content-type", FORM), ("authorization", basic)],
                    &[("origin", "https://evil.example")],
                ] {
                    let body = if headers.contains(&("content-type", JSON)) { &json } else { &form };
                    app.send(request(&method, &place, headers, body.clone())).await;
                }
            }
            for kind in [FORM, JSON] {
                app.send(request(&Method::POST, &place, &[("content-type", kind)], large.clone())).await;
            }
        }
    })
    .await;
    assert_silent(&log, &[SECRET]);
    assert!(log.contains("cross-site request refused"), "what was refused is said");
}

#[tokio::test]
async fn what_the_protocol_refuses_leaves_none_of_its_secrets_in_the_log() {
    let app = TestApp::start().await;
    let (public, confidential) = (app.public_client().await, app.confidential_client().await);
    let unknown = ClientApp { secret: Some(SECRET.to_owned()), ..confidential.clone() };
    let log = log_of(async {
        for client in [&public, &confidential, &unknown] {
            for (path, parameters) in [
                ("/oauth/token", &[("grant_type", "authorization_code"), ("code", SECRET), ("code_verifier", SECRET)][..]),
                ("/oauth/token", &[("grant_type", "refresh_token"), ("refresh_token", SECRET), ("scope", SECRET)]),
                ("/oauth/token", &[("grant_type", "client_credentials"), ("resource", SECRET)]),
                ("/oauth/token", &[("grant_type", SECRET), ("client_secret", SECRET)]),
                ("/oauth/token", &[("client_assertion", SECRET), ("client_assertion_type", SECRET)]),
                ("/oauth/revoke", &[("token", SECRET), ("token_type_hint", SECRET)]),
                ("/oauth/introspect", &[("token", SECRET), ("token_type_hint", SECRET)]),
            ] {
                client.post(&app, path, parameters).await;
            }
            let mut browser = app.signed_in(MEMBER).await;
            for name in ["client_id", "redirect_uri", "scope", "state", "code_challenge", "resource", "request", "prompt"] {
                browser.get(&authorize_url(client, &[(name, SECRET)])).await;
            }
            let wrong = [("email", MEMBER), ("password", SECRET), ("next", SECRET)];
            browser.post("/sign-in", &wrong).await;
            browser.post("/oauth/consent", &[("handle", SECRET), ("csrf", SECRET)]).await;
            browser.call("consent", &json!({ "handle": SECRET, "product": SECRET, "problem": SECRET })).await;
            browser.call("consent", &json!({ "handle": [SECRET] })).await;
        }
        let register = json!({ "client_name": SECRET, "redirect_uris": [format!("x:{SECRET}")], "client_secret": SECRET });
        app.post_json("/oauth/register", &register, &[("authorization", &format!("Bearer {SECRET}"))]).await;
    })
    .await;
    assert_silent(&log, &[SECRET]);
}

#[tokio::test]
async fn an_authorization_and_its_calls_leave_no_secret_in_the_log() {
    let (app, client) = TestApp::with_confidential_client().await;
    let mut secrets = vec![client.secret.clone().unwrap(), pkce().0, domain::demo::PASSWORD.to_owned()];
    let log = log_of(async {
        let mut browser = app.signed_in(MEMBER).await;
        let form = browser
            .open_consent(&authorize_url(&client, &[("state", SECRET), ("scope", "api:read mcp:write")]))
            .await;
        let product = app.product_id("acme", "support").await;
        let answer = browser.decide(&form, "approve", &product, "api:read mcp:read mcp:write").await;
        let code = answer.location_param("code").unwrap();
        let tokens = Tokens::of(&client.exchange(&app, &code).await);
        let refreshed = Tokens::of(&client.refresh(&app, &tokens.refresh).await);
        for tool in ["create_work_item", "list_work_items"] {
            for arguments in
                [json!({ "title": [SECRET] }), json!({ SECRET: SECRET }), json!({ "limit": SECRET })]
            {
                app.call_tool(&refreshed, tool, arguments).await;
            }
        }
        app.call_api(&refreshed).await;
        client.post(&app, "/oauth/introspect", &[("token", &refreshed.access)]).await;
        // Once more, after its time.
        app.clock.advance(60_000);
        client.exchange(&app, &code).await;
        client.refresh(&app, &tokens.refresh).await;
        client.post(&app, "/oauth/revoke", &[("token", &refreshed.refresh)]).await;
        app.call_api(&refreshed).await;
        // The page of another browser, and the one that was answered.
        app.browser().get(&format!("/consent/{}", form.0)).await;
        browser.get(&format!("/consent/{}", form.0)).await;
        secrets.extend([
            form.0,
            form.1,
            code,
            tokens.access,
            tokens.refresh,
            refreshed.access,
            refreshed.refresh,
        ]);
        secrets.extend(browser.cookies.into_values());
    })
    .await;
    assert!(secrets.len() > 10 && secrets.iter().all(|secret| secret.len() > 8), "{secrets:?}");
    assert_silent(&log, &secrets.iter().map(String::as_str).collect::<Vec<_>>());
    // What a tool is called with is told to who looks for faults in rmcp, and to nobody else.
    let traced = |line: &&str| line.contains(" TRACE ") || line.contains(" DEBUG ");
    let told: Vec<_> = log.lines().filter(|line| !traced(line)).collect();
    assert_silent(&told.join("\n"), &[SECRET]);
}

#[tokio::test]
async fn what_is_slow_or_panics_leaves_no_secret_in_the_log() {
    let app = TestApp::start().await;
    let path = format!("/consent/{SECRET}");
    let log = log_of(async {
        let hasty = with_timeout(app.state.clone(), Duration::ZERO);
        for place in places() {
            let never = Body::new(NeverEnds);
            let headers = [("content-type", FORM), ("sec-fetch-site", "same-origin")];
            hasty.clone().oneshot(request(&Method::POST, &place, &headers, never)).await.unwrap();
        }
        let broken =
            Router::new().route("/consent/{handle}", any(async || -> StatusCode { panic!("it broke") }));
        let broken = common_layers(broken, app.state.config.clone(), Duration::from_secs(5));
        let answer = broken.oneshot(request(&Method::GET, &path, &[], "")).await.unwrap();
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    })
    .await;
    assert!(log.contains("408") && log.contains("it broke"), "{log}");
    assert_silent(&log, &[SECRET]);
}

/// A body of which nothing ever comes.
struct NeverEnds;

impl http_body::Body for NeverEnds {
    type Data = axum::body::Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Self::Data>, Self::Error>>> {
        std::task::Poll::Pending
    }
}
