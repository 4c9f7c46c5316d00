//! Policies that browsers hold pages to: where forms may lead, and https.

use axum::body::Body;
use domain::clients::status;
use http::{Request, StatusCode};
use serde_json::json;

use crate::support::{ADMIN, Answer, ClientApp, MEMBER, Reply, TestApp, Web, authorize_url};

/// The value of `form-action` in the policy of a page.
fn form_action(answer: &Answer) -> Option<&str> {
    assert!(answer.header("content-type").starts_with("text/html"), "{}", answer.body);
    let policy = answer.header("content-security-policy");
    policy.split(';').find_map(|part| part.trim().strip_prefix("form-action "))
}

#[tokio::test]
async fn a8_forms_lead_nowhere_else_except_the_answer_of_a_person() {
    let (app, client) = TestApp::with_public_client().await;
    let mut admin = app.signed_in(ADMIN).await;
    let (handle, _) = admin.open_consent(&authorize_url(&client, &[])).await;
    for path in [
        "/consent/unknown".to_owned(),
        format!("/consent/{handle}"),
        format!("/consent/{handle}?problem=none"),
    ] {
        assert_eq!(form_action(&admin.get(&path).await), None, "{path}: its form ends at the client");
    }
    for path in [
        "/o/acme/support",
        "/o/acme/settings/apps",
        "/settings/oauth-apps",
        "/settings/oauth-apps/new",
        "/settings/oauth-apps/none",
        "/admin/oauth-clients",
        "/admin/oauth-clients/new",
        &format!("/admin/oauth-clients/{}", client.id),
        "/oauth/authorize",
        "/nowhere",
        "/consent",
        "/consent/",
        "/consent/x/y",
    ] {
        let answer = admin.get(path).await;
        let own = path == "/consent/" || path == "/consent/x/y";
        assert_eq!(form_action(&answer), (!own).then_some("'self'"), "{path}");
    }
    for path in ["/sign-in", "/sign-in?next=/consent/x"] {
        assert_eq!(form_action(&app.browser().get(path).await), Some("'self'"), "{path}");
    }
    let wrong = admin.post("/sign-in", &[("email", "x"), ("password", "x"), ("next", "/consent/x")]).await;
    assert_eq!((wrong.status, form_action(&wrong)), (StatusCode::UNPROCESSABLE_ENTITY, Some("'self'")));
    let forged = admin.post("/oauth/consent", &[("handle", &handle), ("csrf", "x")]).await;
    assert_eq!((forged.status, form_action(&forged)), (StatusCode::FORBIDDEN, Some("'self'")));
}

#[tokio::test]
async fn a8_signing_in_never_ends_at_a_client_because_browsers_would_stop_there() {
    let web = Web::start().await;
    let app = TestApp::start_in(&web, &["--outbound-loopback"]).await;
    let id = web.url("/client.json");
    let uri = "https://app.example/cb";
    let document = json!({ "client_id": id, "client_name": "Example", "redirect_uris": [uri] });
    web.put("/client.json", Reply::json(&document));
    let client = ClientApp::new(id, None, uri);
    let mut browser = app.signed_in(MEMBER).await;
    assert!(browser.get(&authorize_url(&client, &[])).await.location().starts_with("/consent/"));
    status::set_verified(app.db().write(), &client.id, true).await.unwrap();
    app.clock.advance(10 * 60_000);

    // Its document is fetched after sign-in only, so that the form leads back to the request. This one has an error.
    let wrong = authorize_url(&client, &[("response_type", "token")]);
    let mut browser = app.browser();
    let first = browser.get(&wrong).await;
    let next = first.next_param("next").unwrap();
    let pair = [("email", MEMBER), ("password", domain::demo::PASSWORD), ("next", next.as_str())];
    assert_eq!(browser.post("/sign-in", &pair).await.location(), next);
    let mut from = async |site: &str| {
        let request = Request::get(&next).header("sec-fetch-site", site).header("sec-fetch-mode", "navigate");
        browser.send_whole(request.body(Body::empty()).unwrap()).await
    };
    let page = from("same-origin").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST, "{}", page.body);
    assert!(page.body.contains("Return to Example") && page.body.contains("https://app.example/cb?error="));
    // From the app itself, the answer goes to the app.
    for site in ["cross-site", "none"] {
        assert!(from(site).await.location().starts_with("https://app.example/cb?error="), "{site}");
    }
    // Without a fault, both lead to the consent page.
    let mut browser = app.browser();
    let good = authorize_url(&client, &[]);
    let pair = [("email", MEMBER), ("password", domain::demo::PASSWORD), ("next", good.as_str())];
    browser.post("/sign-in", &pair).await;
    let request = Request::get(&good).header("sec-fetch-site", "same-origin").body(Body::empty()).unwrap();
    assert!(browser.send_whole(request).await.location().starts_with("/consent/"));
}

#[tokio::test]
async fn an_https_server_is_asked_over_https_only_and_says_so_in_every_answer() {
    let paths = [
        "/",
        "/nowhere",
        "/healthz",
        "/readyz",
        "/mcp",
        "/api/v1/work-items",
        "/api/none",
        "/oauth/token",
        "/oauth/authorize",
        "/.well-known/oauth-authorization-server",
        "/.well-known/none",
        "/oauth/jwks.json",
        "/favicon.svg",
        "/robots.txt",
        "/pkg/none.js",
        "/_fn/frame",
        "/_fn/none",
        "/client-logos/none",
    ];
    let secure = TestApp::start_with(&["--public-url", "https://localhost:4000"]).await;
    for path in paths {
        let answer = secure.get(path).await;
        let told = answer.header("strict-transport-security");
        assert_eq!(told, "max-age=31536000", "{path}: a year, and nothing about subdomains of others");
        let refused = secure.post_form_with(path, &[], &[("sec-fetch-site", "cross-site")]).await;
        assert_eq!(refused.header("strict-transport-security"), told, "POST {path}");
    }
    let plain = TestApp::start().await;
    for path in paths {
        assert_eq!(plain.get(path).await.header("strict-transport-security"), "", "{path}");
    }
}
