//! N13, A4: whoever has to sign in comes back to exactly where they were going.

use http::StatusCode;
use serde_json::json;
use types::client::ClientType;

use crate::support::{
    ADMIN, Answer, Browser, ClientApp, MEMBER, OWNER, Reply, SESSION, TestApp, Web, authorize_url, hidden,
};

const CALLBACK: &str = "http://127.0.0.1/callback";

/// States that programs send, and some that nobody should.
const STATES: [&str; 9] = [
    "wXy+abc/==",
    "a b",
    "a%20b",
    "%26&x=1",
    "%2B+%252B",
    "grüße 😀",
    "line\r\nbreak",
    "{\"a\":\"b\\c\"}#?",
    "%zz%",
];

/// Text of a page's source as a browser reads it.
fn read(source: &str) -> String {
    let pairs =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#39;", "'"), ("&amp;", "&")];
    pairs.iter().fold(source.to_owned(), |text, (escaped, letter)| text.replace(escaped, letter))
}

/// Signs in on the page that a browser was sent to, with what its form holds. Gives where that leads.
async fn sign_in_there(browser: &mut Browser<'_>, sent: &Answer, email: &str) -> String {
    assert!(sent.location().starts_with("/sign-in?next="), "{}", sent.location());
    let page = browser.get(sent.location()).await;
    let next = read(&hidden(&page.body, "next"));
    let pairs = [("email", email), ("password", domain::demo::PASSWORD), ("next", &next)];
    let answer = browser.post("/sign-in", &pairs).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    answer.location().to_owned()
}

/// A document client that nobody has asked for yet.
async fn with_document() -> (Web, TestApp, ClientApp) {
    let web = Web::start().await;
    let url = web.url("/client.json?v=1%202+3");
    let document = json!({
        "client_id": url,
        "client_name": "Example Desktop",
        "redirect_uris": [CALLBACK],
        "token_endpoint_auth_method": "none",
    });
    web.put("/client.json?v=1%202+3", Reply::json(&document));
    let app = TestApp::start_in(&web, &["--outbound-loopback"]).await;
    (web, app, ClientApp::new(url, None, CALLBACK))
}

#[tokio::test]
async fn n13_a_request_comes_back_from_sign_in_byte_for_byte() {
    let (app, client) = TestApp::with_public_client().await;
    for state in STATES {
        let mut browser = app.browser();
        let sent = browser.get(&authorize_url(&client, &[("state", state)])).await;
        let consent = sign_in_there(&mut browser, &sent, MEMBER).await;
        let page = browser.get(&consent).await.body;
        let form = (hidden(&page, "handle"), hidden(&page, "csrf"));
        let answer = browser.approve(&form, "mcp:read").await;
        assert_eq!(answer.location_param("state").as_deref(), Some(state));
    }
}

#[tokio::test]
async fn n13_so_does_one_of_a_document_that_is_fetched_after_sign_in() {
    for state in STATES {
        let (_web, app, client) = with_document().await;
        let product = app.product_id("acme", "support").await;
        let mut browser = app.browser();
        let sent = browser.get(&authorize_url(&client, &[("state", state)])).await;
        let request = sign_in_there(&mut browser, &sent, MEMBER).await;
        assert!(request.starts_with("/oauth/authorize?"), "{request}");
        let consent = browser.get(&request).await;
        let page = browser.get(consent.location()).await.body;
        let form = (hidden(&page, "handle"), hidden(&page, "csrf"));
        let answer = browser.decide(&form, "approve", &product, "mcp:read").await;
        assert_eq!(answer.location_param("state").as_deref(), Some(state));
    }
}

#[tokio::test]
async fn n13_so_does_the_state_of_an_error() {
    let (app, client) = TestApp::with_public_client().await;
    for state in STATES {
        let mut browser = app.browser();
        let wrong = authorize_url(&client, &[("state", state), ("response_type", "token")]);
        let sent = browser.get(&wrong).await;
        let request = sign_in_there(&mut browser, &sent, MEMBER).await;
        let page = browser.get(&request).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        let link = page.body.split("href=\"").find(|link| link.starts_with(CALLBACK)).unwrap_or_default();
        let link = url::Url::parse(&read(link.split('"').next().unwrap())).unwrap();
        let returned =
            link.query_pairs().find(|(name, _)| name == "state").map(|(_, value)| value.into_owned());
        assert_eq!(returned.as_deref(), Some(state), "{link}");
    }
}

#[tokio::test]
async fn what_is_searched_is_what_was_typed() {
    let app = TestApp::start().await;
    let mut browser = app.signed_in(ADMIN).await;
    let reports = browser.register("Reports", ClientType::Public).await;
    app.tokens(ADMIN, &reports, "mcp:read").await;
    for typed in ["x%41y", "100%", "a+b c", "%2541"] {
        let query: String = form_urlencoded::byte_serialize(typed.as_bytes()).collect();
        for path in ["/admin/oauth-clients", "/settings/oauth-apps", "/o/acme/settings/apps"] {
            let page = browser.get(&format!("{path}?q={query}")).await.body;
            assert!(read(&page).contains(&format!("value=\"{typed}\"")), "{path} {typed}: {page}");
        }
    }
}

#[tokio::test]
async fn a4_whoever_is_signed_in_goes_on_at_once() {
    let app = TestApp::start().await;
    let mut browser = app.signed_in(MEMBER).await;
    for (asked, target) in [
        ("/sign-in", "/"),
        ("/sign-in?next=/o/acme/support%3Fq%3Da%2520b", "/o/acme/support?q=a%20b"),
        ("/sign-in?next=//evil.example", "/"),
        ("/sign-in?next=https://evil.example/", "/"),
        ("/sign-in?next=/%5Cevil.example", "/"),
    ] {
        let answer = browser.get(asked).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, target), "{asked}");
    }
}

#[tokio::test]
async fn u2_a_session_that_ended_leads_back_to_the_open_request() {
    let (app, client) = TestApp::with_public_client().await;
    let mut browser = app.signed_in(MEMBER).await;
    let form = browser.open_consent(&authorize_url(&client, &[])).await;
    browser.cookies.remove(SESSION);
    let sent = browser.approve(&form, "mcp:read").await;
    assert_eq!(sign_in_there(&mut browser, &sent, MEMBER).await, format!("/consent/{}", form.0));
    // The form that is still open elsewhere counts as well.
    let answer = browser.approve(&form, "mcp:read").await;
    assert!(answer.location_param("code").is_some(), "{}", answer.body);
}

#[tokio::test]
async fn u2_signing_in_again_in_another_tab_leaves_the_form_as_it_is_for_the_same_person_only() {
    let (app, client) = TestApp::with_public_client().await;
    let product = app.product_id("acme", "support").await;
    let mut browser = app.signed_in(MEMBER).await;
    let form = browser.open_consent(&authorize_url(&client, &[])).await;
    browser.sign_in(OWNER).await;
    for decision in ["approve", "deny"] {
        let answer = browser.decide(&form, decision, &product, "mcp:read").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.body.contains(&format!("href=\"/consent/{}\"", form.0)), "{}", answer.body);
    }
    browser.sign_in(MEMBER).await;
    let answer = browser.decide(&form, "approve", &product, "mcp:read").await;
    assert!(answer.location_param("code").is_some(), "{}", answer.body);
}

/// A page of its own that needs no database, with nothing of what failed.
fn is_error_page(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.header("content-type").starts_with("text/html"), "{:?}", answer.headers);
    assert!(answer.body.contains("Something went wrong on our side"), "{}", answer.body);
    assert!(
        !answer.body.contains("no such table") && !answer.body.contains("does not exist"),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn what_fails_inside_shows_the_error_page() {
    let (app, client) = TestApp::with_public_client().await;
    let mut browser = app.signed_in(MEMBER).await;
    let form = browser.open_consent(&authorize_url(&client, &[])).await;
    app.execute("ALTER TABLE authorization_requests RENAME TO hidden_requests").await;
    is_error_page(&browser.get(&authorize_url(&client, &[])).await);
    is_error_page(&browser.approve(&form, "mcp:read").await);
    app.execute("ALTER TABLE sessions RENAME TO hidden_sessions").await;
    for path in ["/oauth/authorize?client_id=x", "/o/acme/support", "/sign-in"] {
        is_error_page(&browser.get(path).await);
    }
    let pairs = [("email", MEMBER), ("password", domain::demo::PASSWORD), ("next", "/o/acme/support")];
    let answer = app.browser().post("/sign-in", &pairs).await;
    is_error_page(&answer);
    assert_eq!(
        (hidden(&answer.body, "next"), hidden_email(&answer.body)),
        ("/o/acme/support".to_owned(), true)
    );
    let refused = browser.call("CurrentFrame", &json!({})).await;
    assert_eq!(refused.status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(refused.header("content-type").starts_with("application/json"), "{:?}", refused.headers);
}

/// The form still has what was typed.
fn hidden_email(page: &str) -> bool {
    page.contains(&format!("value=\"{MEMBER}\""))
}
