//! The first run: a link, once, and then a workspace.

use domain::{accounts::users, clock::HOUR, flows::set_up};
use http::StatusCode;
use types::{failure::Failure, form::Form};

use crate::support::{Answer, Browser, TestApp, forms::invalid};

const PASSWORD: &str = "a long way to go home";

async fn link(app: &TestApp) -> String {
    set_up::new_link(app.db(), app.now()).await.unwrap().unwrap().expose().to_owned()
}

fn fields<'a>(token: &'a str, email: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("token", token),
        ("name", "Ada Admin"),
        ("email", email),
        ("password", PASSWORD),
        ("organization", "Söhne & Co"),
        ("product", "Support"),
    ]
}

async fn set_up(browser: &mut Browser<'_>, token: &str) -> Answer {
    browser.send_plain_form(Form::SetUp, &fields(token, "ada@example.com")).await
}

#[tokio::test]
async fn the_link_makes_admin_organization_and_product_in_one_go() {
    let app = TestApp::start_empty().await;
    let token = link(&app).await;
    let mut browser = app.browser();
    let sign_in = browser.get("/sign-in").await.body;
    assert!(sign_in.contains("Nobody has an account yet"), "{sign_in}");
    let page = browser.get(&format!("/setup?token={token}")).await;
    assert!(page.status == StatusCode::OK && page.body.contains("Create workspace"), "{}", page.body);
    assert_eq!(page.header("cache-control"), "no-store");

    let answer = set_up(&mut browser, &token).await;
    assert_eq!(answer.location(), "/o/sohne-co/support");
    let product = browser.get("/o/sohne-co/support").await;
    assert!(
        product.body.contains("Söhne &amp; Co") && product.body.contains("you are admin"),
        "{}",
        product.body
    );
    assert_eq!(browser.get("/admin/oauth-clients").await.status, StatusCode::OK);
    let mut again = app.browser();
    let pairs = [("email", "ADA@example.com"), ("password", PASSWORD), ("next", "/")];
    assert_eq!(again.post("/sign-in", &pairs).await.location(), "/");
    assert!(!again.get("/sign-in").await.body.contains("Nobody has an account yet"));
}

#[tokio::test]
async fn the_link_is_void_once_anybody_exists_after_an_hour_and_after_a_new_one() {
    let app = TestApp::start_empty().await;
    let (old, token) = (link(&app).await, link(&app).await);
    let mut browser = app.browser();
    for wrong in [old.as_str(), "", "gpf_x", &token[1..]] {
        let page = browser.get(&format!("/setup?token={wrong}")).await;
        assert!(page.body.contains("This link is not valid"), "{wrong}");
        let work = app.state.passwords.work();
        let refused = browser.is_refused(Form::SetUp, &fields(wrong, "ada@example.com")).await;
        assert!(matches!(refused, Failure::Forbidden(_)), "{refused:?}");
        assert_eq!(app.state.passwords.work(), work, "nothing is hashed without the link");
    }
    app.clock.advance(HOUR);
    assert!(browser.get(&format!("/setup?token={token}")).await.body.contains("This link is not valid"));
    let token = link(&app).await;
    assert_eq!(set_up(&mut browser, &token).await.status, StatusCode::SEE_OTHER);
    assert!(
        app.browser().get(&format!("/setup?token={token}")).await.body.contains("This link is not valid")
    );
    assert_eq!(set_up(&mut app.browser(), &token).await.status, StatusCode::FORBIDDEN);
    assert!(set_up::new_link(app.db(), app.now()).await.unwrap().is_none());
    assert_eq!(users::count(app.db().read()).await.unwrap(), 1);
}

#[tokio::test]
async fn what_cannot_be_taken_is_said_beside_its_field_and_loses_nothing() {
    let app = TestApp::start_empty().await;
    let token = link(&app).await;
    let mut browser = app.browser();
    for (field, value, said) in [
        ("name", " \u{200b} ", "name"),
        ("email", "nobody", "email"),
        ("password", "short", "password"),
        ("password", "Password2026", "password"),
        ("organization", "", "organization"),
        ("product", "\u{202e}", "product"),
    ] {
        let mut pairs = fields(&token, "ada@example.com");
        pairs.retain(|(name, _)| *name != field);
        pairs.push((field, value));
        let refused = browser.is_refused(Form::SetUp, &pairs).await;
        assert_eq!(invalid(&refused).0, said, "{value}");
    }
    // Without the application the page comes again, with what was typed, without the password.
    let mut pairs = fields(&token, "nobody");
    let from = format!("/setup?token={token}");
    pairs.push(("from", &from));
    let page = browser.send_plain_form(Form::SetUp, &pairs).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.body.contains("This is not an e-mail address.") && page.body.contains("Söhne &amp; Co"));
    assert!(!page.body.contains(PASSWORD), "{}", page.body);
    assert_eq!(set_up(&mut browser, &token).await.status, StatusCode::SEE_OTHER, "the link is still open");
}
