//! Signing in and out.

use domain::clock::{DAY, MINUTE};
use http::StatusCode;

use crate::support::{Answer, MEMBER, OWNER, TestApp, VIEWER};

#[tokio::test]
async fn a_session_is_a_new_hashed_cookie_that_scripts_and_other_sites_do_not_get() {
    let app = TestApp::start().await;
    let mut browser = app.browser();
    let pairs =
        [("email", "MEMBER@example.com "), ("password", domain::demo::PASSWORD), ("next", "/o/acme/support")];
    let answer = browser.post("/sign-in", &pairs).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/o/acme/support"));
    let cookie = answer.header("set-cookie");
    assert!(
        cookie.starts_with("gatepass_4000=")
            && cookie.contains("HttpOnly")
            && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    let old = browser.cookies["gatepass_4000"].clone();
    use sea_orm::EntityTrait;
    let stored = domain::accounts::tables::session::Entity::find().all(app.db().read()).await.unwrap();
    assert!(!format!("{stored:?}").contains(&old[4..]));
    browser.sign_in(MEMBER).await;
    assert_ne!(browser.cookies["gatepass_4000"], old);
    browser.cookies.insert("gatepass_4000".to_owned(), old);
    assert!(browser.get("/").await.location().starts_with("/sign-in"), "the session before it has ended");
}

#[tokio::test]
async fn on_https_the_cookie_is_bound_to_its_host() {
    // The demo is for loopback only, so the settings are changed behind its back.
    let mut app = TestApp::start().await;
    let mut config = (*app.state.config).clone();
    config.secure = true;
    app.state.config = std::sync::Arc::new(config);
    let app = app.restarted();
    let pairs = [("email", MEMBER), ("password", domain::demo::PASSWORD)];
    let cookie = app.post_form("/sign-in", &pairs).await.header("set-cookie").to_owned();
    assert!(
        cookie.starts_with("__Host-gatepass=") && cookie.contains("; Secure") && cookie.contains("Path=/;"),
        "{cookie}"
    );
}

#[tokio::test]
async fn a_wrong_pair_gets_one_message_and_keeps_what_was_typed() {
    let app = TestApp::start().await;
    let long = "x".repeat(5_000);
    let mut pages = Vec::new();
    for (email, password) in
        [(MEMBER, "wrong"), ("nobody@example.com", "wrong"), (MEMBER, ""), ("", ""), (MEMBER, long.as_str())]
    {
        let answer = app
            .browser()
            .post("/sign-in", &[("email", email), ("password", password), ("next", "/o/acme/support")])
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("E-mail or password is wrong."), "{}", answer.body);
        assert!(answer.body.contains("/o/acme/support"), "it still leads on");
        assert!(answer.body.contains(email) && !answer.body.contains(&long));
        pages.push(answer.body.len());
    }
}

/// The work that one more attempt to sign in costs the password hasher, and its answer.
async fn attempt(app: &TestApp, email: &str, password: &str) -> (u64, Answer) {
    let before = app.state.passwords.work();
    let pairs = [("email", email), ("password", password), ("next", "/o/acme/support")];
    let answer = app.browser().post("/sign-in", &pairs).await;
    (app.state.passwords.work() - before, answer)
}

/// An answer without what the person typed, and without what is new in every answer.
fn in_general(answer: &Answer, email: &str) -> String {
    let nonce = answer.header("content-security-policy").split("'nonce-").nth(1).unwrap();
    let nonce = nonce.split('\'').next().unwrap();
    let mut headers = answer.headers.clone();
    headers.remove("x-request-id").unwrap();
    format!("{} {headers:?} {}", answer.status, answer.body).replace(email, "EMAIL").replace(nonce, "NONCE")
}

#[tokio::test]
async fn every_sign_in_costs_one_verification_and_its_answer_does_not_tell_who_exists() {
    let app = TestApp::start().await;
    let disabled = VIEWER;
    domain::accounts::users::disable(app.db().write(), &app.user_id(disabled).await, app.now())
        .await
        .unwrap();
    // The hasher of tests takes 8 KiB and one pass.
    const ONE: u64 = 8;
    // In capitals, to be told from the demo's list of people on the page.
    let member = MEMBER.to_uppercase();
    let (work, known) = attempt(&app, &member, "wrong").await;
    assert_eq!((work, known.status), (ONE, StatusCode::UNPROCESSABLE_ENTITY));
    for (email, password) in [
        ("nobody@example.com", "wrong"),
        ("nobody@example.com", domain::demo::PASSWORD),
        (&disabled.to_uppercase(), domain::demo::PASSWORD),
    ] {
        let (work, unknown) = attempt(&app, email, password).await;
        assert_eq!(work, ONE, "{email}");
        assert_eq!(in_general(&unknown, email), in_general(&known, &member));
    }
    let (work, answer) = attempt(&app, MEMBER, &"x".repeat(5_000)).await;
    assert_eq!((work, answer.status), (ONE, StatusCode::UNPROCESSABLE_ENTITY));
    let (work, answer) = attempt(&app, MEMBER, domain::demo::PASSWORD).await;
    assert_eq!((work, answer.status), (ONE, StatusCode::SEE_OTHER));
}

#[tokio::test]
async fn an_attempt_over_the_limit_verifies_nothing() {
    let app = TestApp::start_with(&["--sign-in-account-limit", "1"]).await;
    for email in [MEMBER, "nobody@example.com"] {
        assert_eq!(attempt(&app, email, "wrong").await.1.status, StatusCode::UNPROCESSABLE_ENTITY);
        for password in ["wrong", domain::demo::PASSWORD] {
            let (work, answer) = attempt(&app, email, password).await;
            assert_eq!((work, answer.status), (0, StatusCode::TOO_MANY_REQUESTS), "{email}");
        }
    }
}

#[tokio::test]
async fn sign_in_leads_only_to_this_server() {
    let app = TestApp::start().await;
    for next in ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", ""] {
        let mut browser = app.browser();
        let answer = browser
            .post("/sign-in", &[("email", MEMBER), ("password", domain::demo::PASSWORD), ("next", next)])
            .await;
        assert_eq!(answer.location(), "/", "{next}");
        let page = browser
            .get(&format!(
                "/sign-in?next={}",
                form_urlencoded::byte_serialize(next.as_bytes()).collect::<String>()
            ))
            .await;
        assert!(!page.body.contains("value=\"//evil") && !page.body.contains("value=\"https://evil"));
    }
}

#[tokio::test]
async fn guessing_is_limited_per_account_and_address_and_success_costs_nothing() {
    let app = TestApp::start().await;
    for _ in 0..60 {
        app.browser().sign_in(MEMBER).await;
    }
    let wrong = [("email", MEMBER), ("password", "wrong")];
    for _ in 0..10 {
        assert_eq!(app.browser().post("/sign-in", &wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let answer = app.browser().post("/sign-in", &wrong).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.header("retry-after").parse::<u32>().unwrap() <= 901);
    app.browser().sign_in(OWNER).await;
    for number in 0..40 {
        let email = format!("nobody{number}@example.com");
        app.browser().post("/sign-in", &[("email", email.as_str()), ("password", "wrong")]).await;
    }
    let answer =
        app.browser().post("/sign-in", &[("email", "another@example.com"), ("password", "wrong")]).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    app.clock.advance(15 * MINUTE);
    app.browser().sign_in(MEMBER).await;
}

#[tokio::test]
async fn sign_out_ends_the_session_for_good() {
    let app = TestApp::start().await;
    let mut browser = app.signed_in(MEMBER).await;
    let cookies = browser.cookies.clone();
    assert_eq!(browser.post("/sign-out", &[]).await.location(), "/sign-in");
    assert!(!browser.cookies.contains_key("gatepass_4000"));
    browser.cookies = cookies;
    assert!(browser.get("/").await.location().starts_with("/sign-in"));
}

#[tokio::test]
async fn another_site_can_neither_sign_in_nor_out() {
    let app = TestApp::start().await;
    let mut browser = app.signed_in(MEMBER).await;
    for path in ["/sign-in", "/sign-out", "/_fn/revoke_grant"] {
        let pairs = [("email", OWNER), ("password", domain::demo::PASSWORD)];
        let answer = browser.post_from(path, &pairs, &[("sec-fetch-site", "cross-site")]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        let answer = browser.post_from(path, &pairs, &[("origin", "https://evil.example")]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(browser.get("/o/acme/support").await.status, StatusCode::OK);
}

#[tokio::test]
async fn sessions_end_by_themselves_and_with_their_user() {
    let app = TestApp::start().await;
    let mut browser = app.signed_in(MEMBER).await;
    let mut late = app.signed_in(VIEWER).await;
    domain::accounts::users::disable(app.db().write(), &app.user_id(MEMBER).await, app.now()).await.unwrap();
    assert!(browser.get("/").await.location().starts_with("/sign-in"));
    app.clock.advance(30 * DAY);
    assert!(late.get("/").await.location().starts_with("/sign-in"));
    let answer =
        app.browser().post("/sign-in", &[("email", MEMBER), ("password", domain::demo::PASSWORD)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn pages_ask_who_it_is_and_lead_back() {
    let app = TestApp::start().await;
    let answer = app.get("/o/acme/settings/apps?q=x&page=2").await;
    assert_eq!(answer.location(), "/sign-in?next=/o/acme/settings/apps%3Fq%3Dx%26page%3D2");
    assert_eq!(app.get("/").await.location(), "/sign-in?next=/");
}
