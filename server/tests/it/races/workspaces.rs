//! Workspaces that several people change at the same moment.

use std::sync::Arc;

use domain::{accounts::users, flows::set_up};
use http::StatusCode;
use tokio::task::JoinHandle;
use types::{form::Form, role::OrgRole};

use crate::support::{
    ADMIN, Answer, BEGIN, Cookies, MEMBER, OUTSIDER, OWNER, TestApp, VIEWER, all, answered, at_once,
    authorize_url,
};

/// Times that each race is run: who is first differs.
const TIMES: usize = 6;

/// Sends a form at the same time as everything else.
fn sending(
    app: &Arc<TestApp>,
    cookies: &Cookies,
    csrf: &str,
    form: Form,
    fields: Vec<(&'static str, String)>,
) -> JoinHandle<Answer> {
    let (app, cookies, csrf) = (Arc::clone(app), cookies.clone(), csrf.to_owned());
    tokio::spawn(async move {
        let mut browser = app.browser();
        browser.cookies = cookies;
        let mut pairs = vec![("csrf", csrf.as_str())];
        pairs.extend(fields.iter().map(|(name, value)| (*name, value.as_str())));
        let headers = [("sec-fetch-site", "same-origin"), ("accept", "application/json")];
        browser.post_from(&form.path(), &pairs, &headers).await
    })
}

async fn person(app: &TestApp, email: &str) -> (Cookies, String) {
    let mut browser = app.signed_in(email).await;
    let csrf = browser.csrf().await;
    (browser.cookies.clone(), csrf)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_owners_who_remove_each_other_leave_one() {
    for _ in 0..TIMES {
        let app = Arc::new(TestApp::start().await);
        let [one, other] = [app.user_id(OWNER).await, app.user_id(ADMIN).await];
        let [first, second] = [person(&app, OWNER).await, person(&app, ADMIN).await];
        let remove = |who: &types::id::UserId| {
            vec![("organization", "acme".to_owned()), ("member", who.to_string()), ("sure", "yes".to_owned())]
        };
        let answers = all([
            sending(&app, &first.0, &first.1, Form::RemoveMember, remove(&other)),
            sending(&app, &second.0, &second.1, Form::RemoveMember, remove(&one)),
        ])
        .await;
        let done = answers.iter().filter(|answer| answer.status == StatusCode::OK).count();
        assert_eq!(done, 1, "{answers:?}");
        let owners = format!("SELECT COUNT(*) FROM memberships WHERE role = '{}'", OrgRole::Owner);
        assert_eq!(app.number(&owners).await, 2, "one of Acme, and that of Globex");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_owners_who_leave_or_step_down_at_once_leave_one() {
    for times in 0..TIMES {
        let app = Arc::new(TestApp::start().await);
        let second_id = app.user_id(ADMIN).await;
        let [first, second] = [person(&app, OWNER).await, person(&app, ADMIN).await];
        let leave = vec![("organization", "acme".to_owned()), ("sure", "yes".to_owned())];
        let step_down = vec![
            ("organization", "acme".to_owned()),
            ("member", second_id.to_string()),
            ("role", "member".to_owned()),
        ];
        let other = match times % 2 {
            0 => sending(&app, &second.0, &second.1, Form::LeaveOrganization, leave.clone()),
            _ => sending(&app, &second.0, &second.1, Form::ChangeMember, step_down),
        };
        let answers = all([sending(&app, &first.0, &first.1, Form::LeaveOrganization, leave), other]).await;
        let done = answers.iter().filter(|answer| answer.status == StatusCode::OK).count();
        assert_eq!(done, 1, "{answers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_that_is_taken_twice_at_once_makes_one_member() {
    for _ in 0..TIMES {
        let app = Arc::new(TestApp::start().await);
        let mut owner = app.signed_in(OWNER).await;
        let invite = [("organization", "acme"), ("role", "member"), ("days", "7")];
        let told = owner.is_told(Form::Invite, &invite).await;
        let token = told.copy[0].1.rsplit('/').next().unwrap().to_owned();
        let outsider = person(&app, OUTSIDER).await;
        let before = app.number("SELECT COUNT(*) FROM memberships").await;
        let new = |email: &str| {
            vec![
                ("token", token.clone()),
                ("name", "Guest".to_owned()),
                ("email", email.to_owned()),
                ("password", "a long way to go home".to_owned()),
            ]
        };
        let answers = all([
            sending(&app, &outsider.0, &outsider.1, Form::Join, vec![("token", token.clone())]),
            sending(&app, &Cookies::new(), "", Form::JoinAsNew, new("one@example.com")),
            sending(&app, &Cookies::new(), "", Form::JoinAsNew, new("two@example.com")),
        ])
        .await;
        let done = answers.iter().filter(|answer| answer.status == StatusCode::OK).count();
        assert_eq!(done, 1, "{answers:?}");
        assert_eq!(app.number("SELECT COUNT(*) FROM memberships").await, before + 1);
        let guests = app.number("SELECT COUNT(*) FROM users WHERE name = 'Guest'").await;
        assert!(guests <= 1, "whoever was late got no account either");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_open_the_first_link_at_once_make_one_admin() {
    for _ in 0..TIMES {
        let app = Arc::new(TestApp::start_empty().await);
        let token = set_up::new_link(app.db(), BEGIN).await.unwrap().unwrap().expose().to_owned();
        let answers = at_once(3, |number| {
            let (app, token) = (Arc::clone(&app), token.clone());
            async move {
                let email = format!("{number}@example.com");
                let fields = [
                    ("token", token.as_str()),
                    ("name", "Ada"),
                    ("email", &email),
                    ("password", "a long way to go home"),
                    ("organization", "Acme"),
                    ("product", "Support"),
                ];
                app.browser().send_form(Form::SetUp, &fields).await
            }
        })
        .await;
        let done = answers.iter().filter(|answer| answer.status == StatusCode::OK).count();
        assert_eq!(done, 1, "{answers:?}");
        assert_eq!(users::count(app.db().read()).await.unwrap(), 1);
        assert_eq!(app.number("SELECT COUNT(*) FROM organizations").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_product_that_is_deleted_during_a_consent_gives_nobody_access() {
    for _ in 0..TIMES {
        let (app, client) = TestApp::with_public_client().await;
        let app = Arc::new(app);
        let owner = person(&app, OWNER).await;
        let product = app.product_id("acme", "support").await;
        let mut member = app.signed_in(MEMBER).await;
        let form = member.open_consent(&authorize_url(&client, &[("scope", "mcp:read")])).await;
        let cookies = member.cookies.clone();
        let consenting = {
            let (app, product) = (Arc::clone(&app), product.to_string());
            tokio::spawn(async move {
                let mut browser = app.browser();
                browser.cookies = cookies;
                browser.post("/oauth/consent", &answered(&form, "approve", &product, "mcp:read")).await
            })
        };
        let fields =
            [("organization", "acme"), ("product", "support"), ("sure", "yes"), ("confirm", "Support")];
        let fields = fields.map(|(name, value)| (name, value.to_owned())).to_vec();
        let deleting = sending(&app, &owner.0, &owner.1, Form::DeleteProduct, fields);
        let (consented, deleted) = (consenting.await.unwrap(), deleting.await.unwrap());
        assert_eq!(deleted.status, StatusCode::OK, "{}", deleted.body);
        let allowed = [StatusCode::SEE_OTHER, StatusCode::FORBIDDEN];
        assert!(allowed.contains(&consented.status), "{} {}", consented.status, consented.body);
        let open = format!(
            "SELECT COUNT(*) FROM grants WHERE product_id = '{product}' AND status IN ('pending', 'active')"
        );
        assert_eq!(app.number(&open).await, 0, "{}", consented.status);
        let data =
            app.number(&format!("SELECT COUNT(*) FROM product_roles WHERE product_id = '{product}'")).await;
        assert_eq!(data, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_who_is_removed_while_their_apps_are_authorized_keeps_none_of_them() {
    for _ in 0..TIMES {
        let (app, client) = TestApp::with_public_client().await;
        let app = Arc::new(app);
        let owner = person(&app, OWNER).await;
        let (product, viewer) = (app.product_id("acme", "support").await, app.user_id(VIEWER).await);
        let mut browser = app.signed_in(VIEWER).await;
        let form = browser.open_consent(&authorize_url(&client, &[("scope", "mcp:read")])).await;
        let cookies = browser.cookies.clone();
        let consenting = {
            let (app, product) = (Arc::clone(&app), product.to_string());
            tokio::spawn(async move {
                let mut browser = app.browser();
                browser.cookies = cookies;
                browser.post("/oauth/consent", &answered(&form, "approve", &product, "mcp:read")).await
            })
        };
        let fields = [("organization", "acme"), ("member", viewer.as_str()), ("sure", "yes")];
        let fields = fields.map(|(name, value)| (name, value.to_owned())).to_vec();
        let removed = sending(&app, &owner.0, &owner.1, Form::RemoveMember, fields).await.unwrap();
        let consented = consenting.await.unwrap();
        assert_eq!(removed.status, StatusCode::OK, "{}", removed.body);
        // A grant that came later than the removal opens nothing: its person is no member.
        if consented.status == StatusCode::SEE_OTHER {
            let answer = client.exchange(&app, &consented.location_param("code").unwrap()).await;
            assert_ne!(answer.status, StatusCode::OK, "{}", answer.body);
        }
    }
}
