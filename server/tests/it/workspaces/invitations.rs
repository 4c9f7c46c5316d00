//! Invitations: links that make a member, once.

use domain::clock::DAY;
use http::StatusCode;
use serde_json::json;
use types::{failure::Failure, form::Form, workspace::MembersPage};

use crate::support::{Browser, ISSUER, MEMBER, OUTSIDER, OWNER, TestApp, VIEWER, forms::invalid};

const ACME: (&str, &str) = ("organization", "acme");
const PASSWORD: &str = "another long password";

/// Makes an invitation and gives its token.
async fn invite(browser: &mut Browser<'_>, fields: &[(&str, &str)]) -> String {
    let told = browser.is_told(Form::Invite, &[&[ACME, ("days", "7")], fields].concat()).await;
    let link = &told.copy[0].1;
    link.strip_prefix(&format!("{ISSUER}/invite/")).unwrap().to_owned()
}

#[tokio::test]
async fn somebody_without_an_account_joins_with_the_roles_of_the_invitation() {
    let app = TestApp::start().await;
    let mut owner = app.signed_in(OWNER).await;
    let role_in = format!("role_in_{}", app.product_id("acme", "support").await);
    let token = invite(&mut owner, &[("role", "member"), (&role_in, "editor")]).await;
    let mut guest = app.browser();
    let page = guest.get(&format!("/invite/{token}")).await;
    assert_eq!(page.status, StatusCode::OK);
    for said in ["Join Acme", "Olive Owner", "editor", "Create account and join", "/sign-in?next=/invite/"] {
        assert!(page.body.contains(said), "{said}: {}", page.body);
    }
    let fields =
        [("token", token.as_str()), ("name", "Bob"), ("email", "bob@example.com"), ("password", PASSWORD)];
    let answer = guest.send_plain_form(Form::JoinAsNew, &fields).await;
    assert_eq!(answer.location(), "/o/acme/support");
    assert!(guest.get("/o/acme/support").await.body.contains("you are editor"));
    assert_eq!(guest.get("/o/acme/sales").await.status, StatusCode::NOT_FOUND);
    // It works once.
    let mut second = app.browser();
    assert!(second.get(&format!("/invite/{token}")).await.body.contains("This link is not valid"));
    let refused = second
        .is_refused(
            Form::JoinAsNew,
            &[&fields[..1], &[("name", "Eve"), ("email", "eve@example.com"), ("password", PASSWORD)]]
                .concat(),
        )
        .await;
    assert!(matches!(refused, Failure::Forbidden(_)), "{refused:?}");
}

#[tokio::test]
async fn somebody_with_an_account_joins_and_keeps_what_is_more() {
    let app = TestApp::start().await;
    let mut owner = app.signed_in(OWNER).await;
    let role_in = format!("role_in_{}", app.product_id("acme", "support").await);
    let token = invite(&mut owner, &[("role", "member"), (&role_in, "viewer")]).await;
    let mut outsider = app.signed_in(OUTSIDER).await;
    assert!(outsider.get(&format!("/invite/{token}")).await.body.contains("You are signed in as"));
    let (to, _) = outsider.does(Form::Join, &[("token", &token)]).await;
    assert_eq!(to, "/o/acme/support");
    let refused = outsider.is_refused(Form::Join, &[("token", &token)]).await;
    assert!(matches!(refused, Failure::Forbidden(_)));
    // An editor who takes an invitation for viewers stays an editor.
    let token = invite(&mut owner, &[("role", "member"), (&role_in, "viewer")]).await;
    let mut member = app.signed_in(MEMBER).await;
    assert!(member.get(&format!("/invite/{token}")).await.body.contains("You are a member already."));
    member.does(Form::Join, &[("token", &token)]).await;
    assert!(member.get("/o/acme/support").await.body.contains("you are editor"));
}

#[tokio::test]
async fn an_address_that_has_an_account_is_told_to_sign_in_and_the_link_stays_open() {
    let app = TestApp::start().await;
    let mut owner = app.signed_in(OWNER).await;
    let token = invite(&mut owner, &[("role", "member")]).await;
    let mut guest = app.browser();
    let fields = |email, password| {
        [("token", token.as_str()), ("name", "Bob"), ("email", email), ("password", password)]
    };
    let refused = guest.is_refused(Form::JoinAsNew, &fields(MEMBER, PASSWORD)).await;
    assert_eq!(invalid(&refused).0, "email");
    let refused = guest.is_refused(Form::JoinAsNew, &fields("bob@example.com", "password12")).await;
    assert_eq!(invalid(&refused).0, "password");
    assert_eq!(
        guest.send_plain_form(Form::JoinAsNew, &fields("bob@example.com", PASSWORD)).await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn an_invitation_for_an_address_makes_an_account_of_no_other() {
    let app = TestApp::start().await;
    let mut owner = app.signed_in(OWNER).await;
    let token = invite(&mut owner, &[("role", "member"), ("email", "bob@example.com")]).await;
    let mut guest = app.browser();
    let page = guest.get(&format!("/invite/{token}")).await.body;
    assert!(page.contains("bob@example.com"), "{page}");
    let fields =
        |email| [("token", token.as_str()), ("name", "Bob"), ("email", email), ("password", PASSWORD)];
    let refused = guest.is_refused(Form::JoinAsNew, &fields("mallory@example.com")).await;
    let (field, message) = invalid(&refused);
    assert_eq!(field, "email");
    assert!(message.contains("bob@example.com"), "{message}");
    assert_eq!(
        guest.send_plain_form(Form::JoinAsNew, &fields("Bob@Example.com")).await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn invitations_end_by_time_by_withdrawal_and_with_the_right_of_whoever_made_them() {
    let app = TestApp::start().await;
    let mut owner = app.signed_in(OWNER).await;
    let void = async |token: &str| {
        let page = app.browser().get(&format!("/invite/{token}")).await.body;
        let refused = app.signed_in(OUTSIDER).await.is_refused(Form::Join, &[("token", token)]).await;
        assert!(matches!(refused, Failure::Forbidden(_)), "{refused:?}");
        page.contains("This link is not valid")
    };
    // Withdrawn.
    let token = invite(&mut owner, &[("role", "member")]).await;
    let list = json!({ "organization": "acme", "query": {} });
    let page: MembersPage = owner.ask("members", list.clone()).await;
    owner.does(Form::WithdrawInvitation, &[ACME, ("invitation", &page.invitations[0].id)]).await;
    owner.does(Form::WithdrawInvitation, &[ACME, ("invitation", &page.invitations[0].id)]).await;
    assert!(void(&token).await);
    // An admin makes one, and is an admin no more: with it they would come back.
    let member = app.user_id(MEMBER).await;
    owner.does(Form::ChangeMember, &[ACME, ("member", &member), ("role", "admin")]).await;
    let mut admin = app.signed_in(MEMBER).await;
    let token = invite(&mut admin, &[("role", "admin")]).await;
    owner.does(Form::ChangeMember, &[ACME, ("member", &member), ("role", "member")]).await;
    assert!(void(&token).await);
    owner.does(Form::ChangeMember, &[ACME, ("member", &member), ("role", "admin")]).await;
    assert!(app.browser().get(&format!("/invite/{token}")).await.body.contains("Join Acme"));
    owner.does_for_sure(Form::RemoveMember, &[ACME, ("member", &member)]).await;
    assert!(void(&token).await, "whoever is removed does not come back by their own link");
    // Too old.
    let token = invite(&mut owner, &[("role", "member"), ("days", "1")]).await;
    app.clock.advance(7 * DAY);
    assert!(void(&token).await);
    for days in ["", "0", "2", "999999999999999999", "-1", "x"] {
        let answer = owner.send_form(Form::Invite, &[ACME, ("role", "member"), ("days", days)]).await;
        assert!(answer.status.is_client_error(), "{days}: {}", answer.body);
    }
    for token in ["", "x", "gpi_x", "%00"] {
        assert!(app.browser().get(&format!("/invite/{token}")).await.status.as_u16() < 500, "{token}");
    }
    assert_eq!(
        app.signed_in(VIEWER).await.is_refused(Form::Invite, &[ACME, ("days", "7")]).await.status(),
        403
    );
}
