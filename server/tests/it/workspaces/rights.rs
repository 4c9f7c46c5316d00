//! Rights of every form and page about a workspace: by role, and with another organization's ids.

use http::StatusCode;
use serde_json::json;
use types::{failure::Failure, form::Form, workspace::MembersPage};

use crate::support::{ADMIN, MEMBER, OUTSIDER, OWNER, TestApp, VIEWER};

/// Forms about an organization with fields that are good for its owners.
fn forms<'a>(member: &'a str, invitation: &'a str) -> Vec<(Form, Vec<(&'a str, &'a str)>)> {
    vec![
        (Form::ChangeOrganization, vec![("name", "Acme"), ("slug", "acme")]),
        (Form::DeleteOrganization, vec![]),
        (Form::CreateProduct, vec![("name", "Another")]),
        (Form::ChangeProduct, vec![("product", "support"), ("name", "Support"), ("slug", "support")]),
        (Form::DeleteProduct, vec![("product", "support")]),
        (Form::Invite, vec![("role", "member"), ("days", "7")]),
        (Form::WithdrawInvitation, vec![("invitation", invitation)]),
        (Form::ChangeMember, vec![("member", member), ("role", "member")]),
        (Form::RemoveMember, vec![("member", member)]),
    ]
}

#[tokio::test]
async fn only_who_manages_an_organization_changes_it_and_to_others_it_does_not_exist() {
    let app = TestApp::start().await;
    let member_id = app.user_id(VIEWER).await;
    let mut owner = app.signed_in(OWNER).await;
    owner.is_told(Form::Invite, &[("organization", "acme"), ("role", "member"), ("days", "7")]).await;
    let page: MembersPage = owner.ask("members", json!({ "organization": "acme", "query": {} })).await;
    let invitation = page.invitations[0].id.clone();
    for (form, fields) in forms(&member_id, &invitation) {
        let fields = [&[("organization", "acme")], &fields[..]].concat();
        let refused = app.signed_in(MEMBER).await.is_refused(form, &fields).await;
        assert!(matches!(refused, Failure::Forbidden(_)), "{form}: {refused:?}");
        let refused = app.signed_in(OUTSIDER).await.is_refused(form, &fields).await;
        assert_eq!(refused, Failure::NotFound, "{form}");
        for organization in ["unknown", "", "ACME", "acme\u{1}"] {
            let fields = [&[("organization", organization)], &fields[1..]].concat();
            assert_eq!(owner.is_refused(form, &fields).await, Failure::NotFound, "{form} {organization}");
        }
    }
    // An administrator of the instance who is no member is nobody there, but for deleting it.
    let mut outside = app.signed_in(ADMIN).await;
    for (form, fields) in forms(&member_id, &invitation) {
        let fields = [&[("organization", "globex")], &fields[..]].concat();
        if form != Form::DeleteOrganization {
            assert_eq!(outside.is_refused(form, &fields).await, Failure::NotFound, "{form}");
        }
    }
    for (form, fields) in forms(&member_id, &invitation) {
        let fields = [&[("organization", "acme")], &fields[..]].concat();
        assert_eq!(owner.send_form(form, &fields).await.status, StatusCode::OK, "{form}");
    }
}

#[tokio::test]
async fn members_see_members_and_their_own_products_and_others_see_nothing() {
    let app = TestApp::start().await;
    let mut owner = app.signed_in(OWNER).await;
    owner.is_told(Form::Invite, &[("organization", "acme"), ("role", "member"), ("days", "7")]).await;
    let mut member = app.signed_in(MEMBER).await;
    let about = json!({ "organization": "acme" });
    let with_query = json!({ "organization": "acme", "query": {} });
    let page: MembersPage = member.ask("members", with_query.clone()).await;
    assert_eq!((page.members.len(), page.invitations.len()), (4, 0), "invitations are for managers");
    let products = member.call("products", &about).await.json();
    assert_eq!(products["products"].as_array().unwrap().len(), 1);
    let mut outsider = app.signed_in(OUTSIDER).await;
    for (function, arguments) in [("members", &with_query), ("products", &about), ("general", &about)] {
        assert_eq!(outsider.call(function, arguments).await.status, StatusCode::NOT_FOUND, "{function}");
        assert_eq!(
            app.browser().call(function, arguments).await.status,
            StatusCode::UNAUTHORIZED,
            "{function}"
        );
    }
    for path in ["members", "products", "general"] {
        let path = format!("/o/acme/settings/{path}");
        assert_eq!(member.get(&path).await.status, StatusCode::OK, "{path}");
        assert!(!member.get(&path).await.body.contains("/forms/invite"), "{path}");
        assert_eq!(outsider.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(member.get("/o/acme/settings/unknown").await.status, StatusCode::NOT_FOUND);
}
