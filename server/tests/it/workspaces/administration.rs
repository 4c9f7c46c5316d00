//! People and organizations for instance admins.

use domain::demo::PASSWORD;
use http::StatusCode;
use serde_json::json;
use types::{
    failure::Failure,
    form::Form,
    people::{OrganizationRow, PeoplePage, UserPage, UserRow},
};

use crate::support::{ADMIN, MEMBER, OWNER, TestApp, VIEWER, forms::invalid};

const FORMS: [Form; 7] = [
    Form::DisableUser,
    Form::EnableUser,
    Form::MakeAdmin,
    Form::UnmakeAdmin,
    Form::ResetUser,
    Form::DeleteUser,
    Form::RemoveOrganization,
];

#[tokio::test]
async fn everything_is_for_instance_admins_alone() {
    let app = TestApp::start().await;
    let id = app.user_id(MEMBER).await;
    let mut owner = app.signed_in(OWNER).await;
    for form in FORMS {
        let fields =
            [("user", id.as_str()), ("organization", "acme"), ("sure", "yes"), ("confirm", PASSWORD)];
        let refused = owner.is_refused(form, &fields).await;
        assert!(matches!(refused, Failure::Forbidden(_)), "{form}: {refused:?}");
    }
    for (function, arguments) in [
        ("admin_users", json!({ "query": {} })),
        ("admin_user", json!({ "user_id": id })),
        ("admin_organizations", json!({ "query": {} })),
    ] {
        assert_eq!(owner.call(function, &arguments).await.status, StatusCode::FORBIDDEN, "{function}");
        assert_eq!(app.browser().call(function, &arguments).await.status, StatusCode::UNAUTHORIZED);
    }
    for path in ["/admin/users", &format!("/admin/users/{id}"), "/admin/organizations"] {
        let page = owner.get(path).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
        assert!(!page.body.contains(VIEWER), "{path}");
    }
}

#[tokio::test]
async fn people_are_searched_disabled_and_enabled() {
    let app = TestApp::start().await;
    let tokens = app.member("api:read").await;
    let id = app.user_id(MEMBER).await;
    let mut admin = app.signed_in(ADMIN).await;
    let mut member = app.signed_in(MEMBER).await;
    let found: PeoplePage<UserRow> =
        admin.ask("admin_users", json!({ "query": { "search": "MEMBER@" } })).await;
    assert_eq!((found.total, found.total_unfiltered, found.rows[0].email.as_str()), (1, 5, MEMBER));
    let last: PeoplePage<UserRow> = admin.ask("admin_users", json!({ "query": { "page": 1_000_000 } })).await;
    assert_eq!((last.page, last.rows.len()), (1, 5), "a page past the end is the last one");
    let page: UserPage = admin.ask("admin_user", json!({ "user_id": id })).await;
    assert_eq!((page.grants, page.organizations.len()), (1, 1));

    let who = [("user", id.as_str())];
    let asked = admin.is_told(Form::DisableUser, &who).await;
    assert!(asked.detail.contains("1 grant is affected."), "{}", asked.detail);
    admin.does_for_sure(Form::DisableUser, &who).await;
    assert!(member.get("/").await.location().starts_with("/sign-in"));
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED);
    admin.does(Form::EnableUser, &who).await;
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK, "access that is active works again");
    assert!(member.get("/").await.location().starts_with("/sign-in"), "the old session does not");
    let me = app.user_id(ADMIN).await;
    for form in [Form::DisableUser, Form::DeleteUser] {
        let refused = admin.is_refused(form, &[("user", &me), ("sure", "yes")]).await;
        assert!(matches!(refused, Failure::Forbidden(_)), "{form}");
    }
    assert_eq!(
        admin.is_refused(Form::DisableUser, &[("user", "usr_unknown"), ("sure", "yes")]).await,
        Failure::NotFound
    );
}

#[tokio::test]
async fn administrators_are_made_with_the_password_typed_once_more_and_the_last_one_stays() {
    let app = TestApp::start().await;
    let [admin_id, id] = [app.user_id(ADMIN).await, app.user_id(MEMBER).await];
    let mut admin = app.signed_in(ADMIN).await;
    let with = |id: &'static str| id;
    let sure = |id, password| [("user", id), ("sure", with("yes")), ("confirm", password)];
    let refused = admin.is_refused(Form::MakeAdmin, &sure(id.as_str(), "wrong")).await;
    assert_eq!(invalid(&refused).0, "confirm");
    let refused = admin.is_refused(Form::UnmakeAdmin, &sure(admin_id.as_str(), PASSWORD)).await;
    assert!(matches!(&refused, Failure::Forbidden(why) if why.contains("last instance administrator")));
    admin.does(Form::MakeAdmin, &sure(id.as_str(), PASSWORD)).await;
    let mut member = app.signed_in(MEMBER).await;
    assert_eq!(member.get("/admin/users").await.status, StatusCode::OK);
    member.does(Form::UnmakeAdmin, &sure(admin_id.as_str(), PASSWORD)).await;
    assert_eq!(admin.get("/admin/users").await.status, StatusCode::FORBIDDEN, "at once");
}

#[tokio::test]
async fn a_link_for_a_new_password_is_shown_once_and_an_account_is_deleted() {
    let app = TestApp::start().await;
    let id = app.user_id(MEMBER).await;
    let mut admin = app.signed_in(ADMIN).await;
    let told = admin.is_told(Form::ResetUser, &[("user", &id)]).await;
    let (name, link) = &told.copy[0];
    assert_eq!(name, "Password link");
    let token = link.split("token=").nth(1).unwrap();
    let mut member = app.browser();
    let fields = [("token", token), ("password", "set by a link of hers")];
    assert_eq!(member.send_plain_form(Form::ResetPassword, &fields).await.location(), "/");
    admin.does_for_sure(Form::DeleteUser, &[("user", &id)]).await;
    assert!(member.get("/").await.location().starts_with("/sign-in"));
    assert_eq!(admin.get(&format!("/admin/users/{id}")).await.status, StatusCode::NOT_FOUND);
    let everybody: PeoplePage<UserRow> = admin.ask("admin_users", json!({ "query": {} })).await;
    assert_eq!(everybody.total, 4);
    let all: PeoplePage<OrganizationRow> =
        admin.ask("admin_organizations", json!({ "query": { "search": "ACM" } })).await;
    assert_eq!((all.total, all.rows[0].members, all.rows[0].products), (1, 3, 2));
}
