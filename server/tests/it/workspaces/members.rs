//! Members: what they are bites on the next call, and the last owner stays.

use http::StatusCode;
use serde_json::json;
use types::{
    failure::Failure,
    form::Form,
    role::{OrgRole, ProductRole},
    workspace::MembersPage,
};

use crate::support::{ADMIN, Browser, MEMBER, OUTSIDER, OWNER, TestApp, VIEWER};

const ACME: (&str, &str) = ("organization", "acme");

async fn members(browser: &mut Browser<'_>, query: serde_json::Value) -> MembersPage {
    browser.ask("members", json!({ "organization": "acme", "query": query })).await
}

#[tokio::test]
async fn a_role_that_changes_bites_on_the_next_call_of_apps_and_pages() {
    let app = TestApp::start().await;
    let tokens = app.member("api:read api:write").await;
    let bearer = tokens.bearer();
    let body = json!({ "title": "By an app" });
    let write = async || {
        app.post_json("/api/v1/work-items", &body, &[("authorization", &bearer)]).await.status.as_u16()
    };
    let user_id = app.user_id(MEMBER).await;
    let role_in = format!("role_in_{}", app.product_id("acme", "support").await);
    let mut owner = app.signed_in(OWNER).await;
    let mut member = app.signed_in(MEMBER).await;
    let who = ("member", user_id.as_str());
    for (fields, written, page) in [
        ([(role_in.as_str(), "viewer")], 403, 200),
        ([(role_in.as_str(), "operator")], 201, 200),
        ([(role_in.as_str(), "none")], 401, 404),
        ([("role", "admin")], 201, 200),
        ([("role", "member")], 401, 404),
        ([(role_in.as_str(), "editor")], 201, 200),
    ] {
        owner.does(Form::ChangeMember, &[&[ACME, who], &fields[..]].concat()).await;
        assert_eq!(write().await, written, "{fields:?}");
        assert_eq!(member.get("/o/acme/support").await.status.as_u16(), page, "{fields:?}");
    }
    let page = members(&mut owner, json!({ "search": "MEL" })).await;
    let row = &page.members[0];
    assert_eq!((row.email.as_str(), row.role, page.total), (MEMBER, OrgRole::Member, 1));
    assert_eq!(row.products[0].1, ProductRole::Editor);
}

#[tokio::test]
async fn whoever_is_removed_is_counted_first_and_loses_everything_in_the_organization() {
    let app = TestApp::start().await;
    let tokens = app.member("api:read mcp:read").await;
    let user_id = app.user_id(MEMBER).await;
    let mut owner = app.signed_in(OWNER).await;
    let mut member = app.signed_in(MEMBER).await;
    let fields = [ACME, ("member", user_id.as_str())];
    let asked = owner.is_told(Form::RemoveMember, &fields).await;
    assert_eq!(asked.title, "Remove Mel Member?");
    assert!(asked.detail.contains("1 grant and 2 tokens end."), "{}", asked.detail);
    assert_eq!(asked.question.unwrap().no, "Cancel");
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    let (_, notice) = owner.does_for_sure(Form::RemoveMember, &fields).await;
    assert_eq!(notice, "The member is removed. 1 grant and 2 tokens end.");
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.call_tool(&tokens, "list_work_items", json!({})).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(member.get("/o/acme/support").await.status, StatusCode::NOT_FOUND);
    assert!(member.get("/").await.body.contains("No product yet"), "the account stays");
    assert_eq!(owner.is_refused(Form::RemoveMember, &fields).await, Failure::NotFound, "they are gone");
    // Coming back brings nothing of it back: neither the roles nor the grant.
    let tokens_again = app.call_api(&tokens).await.status;
    assert_eq!(tokens_again, StatusCode::UNAUTHORIZED);
    let roles = format!("SELECT COUNT(*) FROM product_roles WHERE user_id = '{user_id}'");
    assert_eq!(app.number(&roles).await, 0);
}

#[tokio::test]
async fn people_leave_by_themselves_and_the_last_owner_stays() {
    let app = TestApp::start().await;
    let mut viewer = app.signed_in(VIEWER).await;
    let asked = viewer.is_told(Form::LeaveOrganization, &[ACME]).await;
    assert_eq!(asked.question.unwrap().yes, "Leave");
    let (to, _) = viewer.does_for_sure(Form::LeaveOrganization, &[ACME]).await;
    assert_eq!(to, "/");
    assert_eq!(viewer.get("/o/acme/support").await.status, StatusCode::NOT_FOUND);

    // Acme has two owners.
    let mut owner = app.signed_in(OWNER).await;
    let mut admin = app.signed_in(ADMIN).await;
    owner.does_for_sure(Form::LeaveOrganization, &[ACME]).await;
    let refused = admin.is_refused(Form::LeaveOrganization, &[ACME, ("sure", "yes")]).await;
    assert!(matches!(&refused, Failure::Forbidden(why) if why.contains("last owner")), "{refused:?}");
    let me = app.user_id(ADMIN).await;
    let fields = [ACME, ("member", me.as_str()), ("role", "member")];
    let refused = admin.is_refused(Form::ChangeMember, &fields).await;
    assert!(matches!(&refused, Failure::Forbidden(why) if why.contains("last owner")), "{refused:?}");
    let other = app.user_id(MEMBER).await;
    admin.does(Form::ChangeMember, &[ACME, ("member", &other), ("role", "owner")]).await;
    admin.does(Form::ChangeMember, &fields).await;
    assert_eq!(app.signed_in(MEMBER).await.get("/o/acme/settings/general").await.status, StatusCode::OK);
}

#[tokio::test]
async fn admins_manage_members_and_only_owners_manage_owners() {
    let app = TestApp::start().await;
    let [owner_id, admin_id, viewer_id] =
        [app.user_id(OWNER).await, app.user_id(MEMBER).await, app.user_id(VIEWER).await];
    let mut owner = app.signed_in(OWNER).await;
    owner.does(Form::ChangeMember, &[ACME, ("member", &admin_id), ("role", "admin")]).await;
    let mut admin = app.signed_in(MEMBER).await;
    admin.does(Form::ChangeMember, &[ACME, ("member", &viewer_id), ("role", "admin")]).await;
    admin.does(Form::ChangeMember, &[ACME, ("member", &viewer_id), ("role", "member")]).await;
    for fields in [
        [("member", viewer_id.as_str()), ("role", "owner")],
        [("member", admin_id.as_str()), ("role", "owner")],
        [("member", owner_id.as_str()), ("role", "member")],
    ] {
        let refused = admin.is_refused(Form::ChangeMember, &[&[ACME], &fields[..]].concat()).await;
        assert!(matches!(refused, Failure::Forbidden(_)), "{fields:?}: {refused:?}");
    }
    let remove = [ACME, ("member", owner_id.as_str()), ("sure", "yes")];
    assert!(matches!(admin.is_refused(Form::RemoveMember, &remove).await, Failure::Forbidden(_)));
    let invite = [ACME, ("role", "owner"), ("days", "7")];
    assert!(matches!(admin.is_refused(Form::Invite, &invite).await, Failure::Forbidden(_)));
    assert!(matches!(
        admin.is_refused(Form::DeleteOrganization, &[ACME, ("sure", "yes"), ("confirm", "Acme")]).await,
        Failure::Forbidden(_)
    ));
}

#[tokio::test]
async fn products_and_people_of_another_organization_are_not_here() {
    let app = TestApp::start().await;
    let mut owner = app.signed_in(OWNER).await;
    let foreign = format!("role_in_{}", app.product_id("globex", "research").await);
    let [member, outsider] = [app.user_id(MEMBER).await, app.user_id(OUTSIDER).await];
    let before = app.number("SELECT COUNT(*) FROM product_roles").await;
    for fields in [
        [("member", member.as_str()), (foreign.as_str(), "admin")],
        [("member", outsider.as_str()), ("role", "admin")],
        [("member", "usr_unknown"), ("role", "admin")],
        [("member", ""), ("role", "admin")],
    ] {
        let refused = owner.is_refused(Form::ChangeMember, &[&[ACME], &fields[..]].concat()).await;
        assert_eq!(refused, Failure::NotFound, "{fields:?}");
    }
    let refused = owner.is_refused(Form::ChangeMember, &[ACME, ("member", &member), ("role", "king")]).await;
    assert_eq!(refused, Failure::Malformed);
    assert_eq!(app.number("SELECT COUNT(*) FROM product_roles").await, before);
    let page = members(&mut owner, json!({ "page": 99 })).await;
    assert_eq!((page.page, page.members.len()), (1, 4), "a page past the end is the last one");
}
