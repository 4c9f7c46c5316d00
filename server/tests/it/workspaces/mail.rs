//! Links by mail: a forgotten password, a new address, an account. Mail is kept in the data folder here.

use std::time::Duration;

use domain::{
    clock::{DAY, HOUR},
    demo::PASSWORD,
};
use http::StatusCode;
use tempfile::TempDir;
use types::{failure::Failure, form::Form};

use crate::support::{ISSUER, MEMBER, TestApp, VIEWER, forms::invalid};

const NEW: &str = "a quite different one";

/// A server with a data folder of its own, in which mail lies.
struct Post {
    app: TestApp,
    folder: TempDir,
}

impl Post {
    async fn start(flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = ["--data-dir", folder.path().to_str().unwrap(), "--mail-limit", "1000"];
        Self { app: TestApp::start_with(&[&data, flags].concat()).await, folder }
    }

    /// The mails so far, as they are once there are so many of them.
    async fn mails(&self, many: usize) -> Vec<String> {
        let read = || {
            let Ok(entries) = std::fs::read_dir(self.folder.path().join("mail")) else { return Vec::new() };
            let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
            paths.sort();
            let whole =
                |path| std::fs::read_to_string(path).unwrap().replace("=\r\n", "").replace("=3D", "=");
            paths.into_iter().map(whole).collect::<Vec<_>>()
        };
        let wait = async {
            loop {
                let mails = read();
                if mails.len() >= many && mails.iter().all(|mail| mail.contains("\r\n\r\n")) {
                    return mails;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), wait).await.expect("the mail comes")
    }

    /// The token of a page in the last of so many mails.
    async fn token(&self, many: usize, path: &str) -> String {
        let mail = self.mails(many).await.pop().unwrap();
        let link = mail.split(&format!("{ISSUER}{path}?token=")).nth(1).unwrap_or_else(|| panic!("{mail}"));
        link.split_whitespace().next().unwrap().to_owned()
    }
}

#[tokio::test]
async fn a_forgotten_password_is_set_by_a_link_once_and_within_an_hour() {
    let post = Post::start(&[]).await;
    let app = &post.app;
    let tokens = app.member("api:read").await;
    let mut lost = app.browser();
    assert!(lost.get("/sign-in").await.body.contains("/account/forgot-password"));
    assert!(lost.get("/account/forgot-password").await.body.contains("Send link"));
    let (to, notice) = lost.does(Form::RequestReset, &[("email", MEMBER)]).await;
    let known = (to.clone(), notice.clone());
    assert_eq!((to.as_str(), notice.contains("If this address has an account")), ("/sign-in", true));
    let first = post.token(1, "/account/reset-password").await;
    assert_eq!(
        lost.does(Form::RequestReset, &[("email", "nobody@example.com")]).await,
        known,
        "nobody learns who has one"
    );
    lost.does(Form::RequestReset, &[("email", MEMBER)]).await;
    let token = post.token(2, "/account/reset-password").await;
    let open =
        async |token: &str| app.browser().get(&format!("/account/reset-password?token={token}")).await.body;
    assert!(open(&first).await.contains("This link is not valid"), "a new link voids the old one");
    assert!(open(&token).await.contains(MEMBER));

    let mut elsewhere = app.signed_in(MEMBER).await;
    let fields = |password, token| [("token", token), ("password", password), ("revoke", "yes")];
    let refused = lost.is_refused(Form::ResetPassword, &fields("short", token.as_str())).await;
    assert_eq!(invalid(&refused).0, "password");
    let answer = lost.send_plain_form(Form::ResetPassword, &fields(NEW, &token)).await;
    assert_eq!(answer.location(), "/");
    assert_eq!(lost.get("/settings/profile").await.status, StatusCode::OK, "and they are signed in");
    assert!(elsewhere.get("/").await.location().starts_with("/sign-in"));
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED, "as they wished");
    let mut again = app.browser();
    let refused = again.is_refused(Form::ResetPassword, &fields(NEW, &token)).await;
    assert!(matches!(refused, Failure::Forbidden(_)), "{refused:?}");
    // Too late.
    lost.does(Form::RequestReset, &[("email", MEMBER)]).await;
    let token = post.token(3, "/account/reset-password").await;
    app.clock.advance(HOUR);
    assert!(open(&token).await.contains("This link is not valid"));
    assert_eq!(post.mails(3).await.len(), 3, "nobody@example.com got none");
}

#[tokio::test]
async fn mail_is_asked_for_as_often_as_it_may_be() {
    let app = TestApp::start_strict(&["--account-limit", "3/1h", "--mail-limit", "2/1h"]).await;
    let mut browser = app.browser();
    for _ in 0..2 {
        browser.does(Form::RequestReset, &[("email", "nobody@example.com")]).await;
    }
    let ask = [("email", "nobody@example.com")];
    assert_eq!(browser.is_refused(Form::RequestReset, &ask).await, Failure::TooMany, "for the address");
    let other = [("email", "other@example.com")];
    assert_eq!(browser.is_refused(Form::RequestReset, &other).await, Failure::TooMany, "from the address");
    app.clock.advance(HOUR);
    browser.does(Form::RequestReset, &ask).await;
}

#[tokio::test]
async fn a_new_address_counts_once_its_owner_confirms_it() {
    let post = Post::start(&[]).await;
    let app = &post.app;
    let mut member = app.signed_in(MEMBER).await;
    let fields = |email, password| [("email", email), ("password", password)];
    for (email, password, field) in
        [("nobody", PASSWORD, "email"), (MEMBER, PASSWORD, "email"), ("mel@new.example", "wrong", "password")]
    {
        let refused = member.is_refused(Form::ChangeEmail, &fields(email, password)).await;
        assert_eq!(invalid(&refused).0, field, "{email}");
    }
    member.does(Form::ChangeEmail, &fields("Mel@New.example", PASSWORD)).await;
    let token = post.token(1, "/account/confirm-email").await;
    let page = member.get("/settings/profile").await.body;
    assert!(page.contains("mel@new.example") && page.contains(MEMBER), "{page}");
    let mut anywhere = app.browser();
    assert!(
        anywhere.get(&format!("/account/confirm-email?token={token}")).await.body.contains("mel@new.example")
    );
    assert!(
        app.browser()
            .post("/sign-in", &[("email", MEMBER), ("password", PASSWORD)])
            .await
            .status
            .is_redirection()
    );
    anywhere.does(Form::ConfirmEmail, &[("token", &token)]).await;
    assert!(matches!(
        anywhere.is_refused(Form::ConfirmEmail, &[("token", &token)]).await,
        Failure::Forbidden(_)
    ));
    let signed_in =
        app.browser().post("/sign-in", &[("email", "mel@new.example"), ("password", PASSWORD)]).await;
    assert!(signed_in.status.is_redirection());
    // An address that somebody has: the page says the same, its owner is told.
    member.does(Form::ChangeEmail, &fields(VIEWER, PASSWORD)).await;
    let mail = post.mails(2).await.pop().unwrap();
    assert!(mail.contains(VIEWER) && !mail.contains("token="), "{mail}");
    // One that somebody took meanwhile.
    member.does(Form::ChangeEmail, &fields("taken@new.example", PASSWORD)).await;
    let token = post.token(3, "/account/confirm-email").await;
    let mut viewer = app.signed_in(VIEWER).await;
    viewer.does(Form::ChangeEmail, &fields("taken@new.example", PASSWORD)).await;
    let other = post.token(4, "/account/confirm-email").await;
    anywhere.does(Form::ConfirmEmail, &[("token", &other)]).await;
    assert_eq!(invalid(&anywhere.is_refused(Form::ConfirmEmail, &[("token", &token)]).await).0, "email");
}

#[tokio::test]
async fn anybody_who_can_read_mail_signs_up_where_the_server_lets_them() {
    let app = TestApp::start().await;
    let refused = app.browser().is_refused(Form::SignUp, &[("email", "bob@example.com")]).await;
    assert!(matches!(refused, Failure::Forbidden(_)));
    assert!(!app.browser().get("/sign-in").await.body.contains("/account/sign-up"));

    let post = Post::start(&["--sign-up", "true"]).await;
    let app = &post.app;
    let mut guest = app.browser();
    assert!(guest.get("/sign-in").await.body.contains("/account/sign-up"));
    let answer = guest.does(Form::SignUp, &[("email", "Bob@example.com")]).await;
    let token = post.token(1, "/account/sign-up").await;
    assert_eq!(guest.does(Form::SignUp, &[("email", MEMBER)]).await, answer, "nobody learns who has one");
    assert!(post.mails(2).await.pop().unwrap().contains("has one already"));
    assert!(guest.get(&format!("/account/sign-up?token={token}")).await.body.contains("bob@example.com"));
    // The address is the link's, whatever the form says.
    let fields =
        [("token", token.as_str()), ("name", "Bob"), ("email", "eve@example.com"), ("password", NEW)];
    assert_eq!(guest.send_plain_form(Form::CompleteSignUp, &fields).await.location(), "/");
    assert!(guest.get("/").await.body.contains("No product yet"));
    assert!(guest.get("/settings/profile").await.body.contains("bob@example.com"));
    let refused = app.browser().is_refused(Form::CompleteSignUp, &fields).await;
    assert!(matches!(refused, Failure::Forbidden(_)));
    guest.does(Form::SignUp, &[("email", "late@example.com")]).await;
    let token = post.token(3, "/account/sign-up").await;
    app.clock.advance(DAY);
    let page = app.browser().get(&format!("/account/sign-up?token={token}")).await.body;
    assert!(page.contains("This link is not valid"), "{page}");
}
