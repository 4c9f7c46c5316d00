//! Cookies that are read, and cookies that are nobody's.

use std::sync::Arc;

use axum::body::Body;
use domain::config::Config;
use http::{Request, StatusCode, header};
use serde_json::json;

use crate::support::{Answer, BROWSER, MEMBER, OWNER, SESSION, TestApp, authorize_url};

/// Opens a page with exactly these `Cookie` headers.
async fn page_with(app: &TestApp, path: &str, cookies: &[&str]) -> Answer {
    let mut request = Request::get(path).header(header::HOST, "127.0.0.1:4000").header("accept", "text/html");
    for cookie in cookies {
        request = request.header(header::COOKIE, *cookie);
    }
    app.send(request.body(Body::empty()).unwrap()).await
}

/// Two cookies of one name are nobody's: one of them came from elsewhere, and nothing says which.
#[tokio::test]
async fn a_cookie_that_is_sent_twice_is_none() {
    let (app, client) = TestApp::with_public_client().await;
    let product = app.product_id("acme", "support").await;
    let mut browser = app.signed_in(MEMBER).await;
    let form = browser.open_consent(&authorize_url(&client, &[])).await;
    let of = |name: &str| format!("{name}={}", browser.cookies[name]);
    let (session, own) = (of(SESSION), of(BROWSER));
    let consent = format!("/consent/{}", form.0);
    let once = page_with(&app, &consent, &[&format!("{session}; {own}; other=1; other=2")]).await;
    assert!(once.body.contains("name=\"csrf\""), "{}", once.body);
    let stranger = format!("{SESSION}=gps_x");
    for twice in [
        [format!("{session}; {stranger}; {own}"), String::new()],
        [format!("{stranger}; {session}; {own}"), String::new()],
        [format!("{session}; {session}; {own}"), String::new()],
        [format!("{session}; {SESSION}=; {own}"), String::new()],
        [format!("{session}; {own}"), stranger.clone()],
        [stranger.clone(), format!("{session}; {own}")],
    ] {
        let cookies: Vec<&str> =
            twice.iter().map(String::as_str).filter(|cookie| !cookie.is_empty()).collect();
        let answer = page_with(&app, &consent, &cookies).await;
        assert!(answer.location().starts_with("/sign-in?next="), "{cookies:?}");
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("handle", form.0.as_str()), ("csrf", &form.1), ("decision", "approve")])
            .extend_pairs([("product", product.as_str()), ("scope", "mcp:read")])
            .finish();
        let post = |path: &str, kind: &str| {
            let mut request = Request::post(path)
                .header(header::HOST, "127.0.0.1:4000")
                .header(header::CONTENT_TYPE, kind)
                .header(header::ACCEPT, "application/json")
                .header("sec-fetch-site", "same-origin");
            for cookie in &cookies {
                request = request.header(header::COOKIE, *cookie);
            }
            request
        };
        let request = post("/oauth/consent", "application/x-www-form-urlencoded").body(Body::from(body));
        assert!(
            app.send(request.unwrap()).await.location().starts_with("/sign-in?next=/consent/"),
            "{cookies:?}"
        );
        let arguments = json!({ "organization": "acme", "product": "support" }).to_string();
        let request = post("/_fn/list_work_items", "application/json").body(Body::from(arguments));
        assert_eq!(app.send(request.unwrap()).await.status, StatusCode::UNAUTHORIZED, "{cookies:?}");
    }
    // Nor does a request belong to a browser that says two things about itself.
    for doubt in [format!("{session}; {own}; {BROWSER}=gpb_x"), format!("{session}; {BROWSER}=gpb_x; {own}")]
    {
        let page = page_with(&app, &consent, &[&doubt]).await.body;
        assert!(!page.contains("name=\"csrf\""), "{page}");
    }
    assert_eq!(app.number("SELECT COUNT(*) FROM grants").await, 0);
}

#[tokio::test]
async fn a_cookie_under_the_name_of_the_other_scheme_is_none() {
    let app = TestApp::start().await;
    let mut browser = app.signed_in(MEMBER).await;
    let value = browser.cookies.remove(SESSION).unwrap();
    for name in ["__Host-gatepass", "gatepass", "gatepass_4001", "Gatepass_4000", BROWSER] {
        let answer = page_with(&app, "/o/acme/support", &[&format!("{name}={value}")]).await;
        assert!(answer.location().starts_with("/sign-in"), "{name}");
    }
    // On https, the cookie that another port of the host could set is not read.
    let secure = TestApp::start().await.secure();
    let mut owner = secure.signed_in(OWNER).await;
    owner.cookies.retain(|name, _| name == "__Host-gatepass");
    let value = owner.cookies["__Host-gatepass"].clone();
    assert_eq!(owner.get("/o/acme/support").await.status, StatusCode::OK);
    for name in [SESSION, "gatepass"] {
        let answer = page_with(&secure, "/o/acme/support", &[&format!("{name}={value}")]).await;
        assert!(answer.location().starts_with("/sign-in"), "{name}");
    }
}

impl TestApp {
    /// The same server as if it were reached through https: the demo is for loopback only, so the setting is changed
    /// behind its back.
    fn secure(mut self) -> Self {
        let config = Config { secure: true, ..(*self.state.config).clone() };
        self.state.config = Arc::new(config);
        self.restarted()
    }
}
