//! A person's own account.

use domain::{clock::MINUTE, demo::PASSWORD};
use http::StatusCode;
use serde_json::json;
use types::{account::SessionsPage, failure::Failure, form::Form};

use crate::support::{ADMIN, Answer, MEMBER, OWNER, TestApp, VIEWER, forms::invalid};

const NEW: &str = "a quite different one";

async fn sign_in(app: &TestApp, email: &str, password: &str) -> Answer {
    app.browser().post("/sign-in", &[("email", email), ("password", password), ("next", "/")]).await
}

#[tokio::test]
async fn a_password_is_changed_with_the_old_one_and_other_sessions_end() {
    let app = TestApp::start().await;
    let tokens = app.member("api:read").await;
    let mut here = app.signed_in(MEMBER).await;
    let mut there = app.signed_in(MEMBER).await;
    let refused =
        here.is_refused(Form::ChangePassword, &[("password", "wrong"), ("new_password", NEW)]).await;
    assert_eq!(invalid(&refused).0, "password");
    for weak in ["short", "password123", "Mel Member 26", MEMBER] {
        let fields = [("password", PASSWORD), ("new_password", weak)];
        let refused = here.is_refused(Form::ChangePassword, &fields).await;
        assert_eq!(invalid(&refused).0, "new_password", "{weak}");
    }
    here.does(Form::ChangePassword, &[("password", PASSWORD), ("new_password", NEW)]).await;
    assert_eq!(here.get("/settings/profile").await.status, StatusCode::OK);
    assert!(there.get("/settings/profile").await.location().starts_with("/sign-in"));
    assert_eq!(sign_in(&app, MEMBER, PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(sign_in(&app, MEMBER, NEW).await.location(), "/");
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK, "apps keep their access");
}

#[tokio::test]
async fn f6_a_changed_password_ends_the_access_of_apps_where_the_person_wants_that() {
    let app = TestApp::start().await;
    let tokens = app.member("api:read").await;
    let mut here = app.signed_in(MEMBER).await;
    let fields = [("password", PASSWORD), ("new_password", NEW), ("revoke", "yes")];
    here.does(Form::ChangePassword, &fields).await;
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn the_same_characters_are_the_same_password_however_they_were_typed() {
    let app = TestApp::start().await;
    let mut here = app.signed_in(MEMBER).await;
    let fields = [("password", PASSWORD), ("new_password", "cafe\u{301} au lait")];
    here.does(Form::ChangePassword, &fields).await;
    assert_eq!(sign_in(&app, MEMBER, "caf\u{e9} au lait").await.location(), "/");
}

#[tokio::test]
async fn guessing_the_password_of_whoever_is_signed_in_has_an_end() {
    let app = TestApp::start().await;
    let mut here = app.signed_in(MEMBER).await;
    let fields = [("password", "wrong"), ("new_password", NEW)];
    for _ in 0..10 {
        assert_eq!(invalid(&here.is_refused(Form::ChangePassword, &fields).await).0, "password");
    }
    let work = app.state.passwords.work();
    assert_eq!(here.is_refused(Form::ChangePassword, &fields).await, Failure::TooMany);
    assert_eq!(app.state.passwords.work(), work);
}

#[tokio::test]
async fn sessions_are_listed_and_ended_one_by_one_or_all_others() {
    let app = TestApp::start().await;
    let mut here = app.signed_in(MEMBER).await;
    let mut there = app.signed_in(MEMBER).await;
    let mut third = app.signed_in(MEMBER).await;
    let mut viewer = app.signed_in(VIEWER).await;
    app.clock.advance(5 * MINUTE);
    there.get("/settings/profile").await;
    let page: SessionsPage = here.ask("sessions", json!({})).await;
    assert_eq!(page.sessions.len(), 3);
    assert!(page.sessions[0].current && !page.sessions[1].current);
    assert_eq!(page.sessions[1].last_seen_at - page.sessions[1].created_at, 5 * MINUTE, "it was just seen");
    assert_eq!(page.sessions[2].last_seen_at, page.sessions[2].created_at);
    let name = page.sessions[1].id.clone();
    viewer.does(Form::EndSession, &[("session", &name)]).await;
    assert_eq!(there.get("/settings/profile").await.status, StatusCode::OK, "it is not the viewer's");
    here.does(Form::EndSession, &[("session", &name)]).await;
    assert!(there.get("/settings/profile").await.location().starts_with("/sign-in"));
    // The name of a session opens none.
    there.cookies.insert("gatepass_4000".to_owned(), page.sessions[0].id.clone());
    assert!(there.get("/settings/profile").await.location().starts_with("/sign-in"));
    let (_, notice) = here.does(Form::EndOtherSessions, &[]).await;
    assert_eq!(notice, "1 session ended.");
    assert!(third.get("/settings/profile").await.location().starts_with("/sign-in"));
    assert_eq!(here.get("/settings/sessions").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_account_is_deleted_with_what_is_the_persons_and_nothing_else() {
    let app = TestApp::start().await;
    let tokens = app.member("api:read").await;
    let mut member = app.signed_in(MEMBER).await;
    let form = json!({ "form": { "name": "Mine", "redirect_uris": ["https://mine.example/cb"], "description": "", "website": "" }, "kind": "confidential" });
    assert_eq!(member.call("create_oauth_app", &form).await.status, StatusCode::OK);
    let asked = member.is_told(Form::DeleteAccount, &[]).await;
    assert!(
        asked.detail.contains("1 app that you registered and 1 grant with 2 tokens end"),
        "{}",
        asked.detail
    );
    let refused = member.is_refused(Form::DeleteAccount, &[("sure", "yes"), ("confirm", "wrong")]).await;
    assert_eq!(invalid(&refused).0, "confirm");
    let (to, _) = member.does(Form::DeleteAccount, &[("sure", "yes"), ("confirm", PASSWORD)]).await;
    assert_eq!(to, "/sign-in");
    assert!(member.get("/").await.location().starts_with("/sign-in"));
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in(&app, MEMBER, PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut owner = app.signed_in(OWNER).await;
    let page = owner.get("/o/acme/settings/apps?status=all").await.body;
    assert!(
        page.contains("A former user") && !page.contains(MEMBER) && !page.contains("Mel Member"),
        "{page}"
    );
    assert_eq!(
        app.number("SELECT COUNT(*) FROM clients WHERE name = 'Mine' AND deleted_at IS NULL").await,
        0
    );
    let left = format!("SELECT COUNT(*) FROM users WHERE email LIKE '%{MEMBER}%' OR name LIKE '%Mel%'");
    assert_eq!(app.number(&left).await, 0, "nothing personal is left");
    let items = json!({ "organization": "acme", "product": "support" });
    let items = owner.call("list_work_items", &items).await.json();
    assert_eq!(items["total"], 5, "what was made in products stays");
}

#[tokio::test]
async fn whoever_would_leave_an_organization_or_the_instance_without_anybody_stays() {
    let app = TestApp::start().await;
    // The owner owns Globex alone.
    let mut owner = app.signed_in(OWNER).await;
    let refused = owner.is_refused(Form::DeleteAccount, &[]).await;
    assert!(
        matches!(&refused, Failure::Forbidden(why) if why.contains("Globex") && !why.contains("Acme")),
        "{refused:?}"
    );
    let refused = owner.is_refused(Form::DeleteAccount, &[("sure", "yes"), ("confirm", PASSWORD)]).await;
    assert!(matches!(refused, Failure::Forbidden(_)));
    let mut admin = app.signed_in(ADMIN).await;
    let refused = admin.is_refused(Form::DeleteAccount, &[("sure", "yes"), ("confirm", PASSWORD)]).await;
    assert!(
        matches!(&refused, Failure::Forbidden(why) if why.contains("last instance administrator")),
        "{refused:?}"
    );
    assert_eq!(admin.get("/admin/users").await.status, StatusCode::OK);
}
