//! M5, F5: a role in a product is worth nothing without the membership of its organization, wherever it is asked for.

use domain::workspaces::products;
use http::StatusCode;
use serde_json::json;
use types::{
    client::ClientType,
    consent::ConsentView,
    role::{OrgRole, ProductRole},
};

use crate::support::{
    ClientApp, MEMBER, OUTSIDER, TestApp, Tokens, authorize_url, client_credentials,
    introspection::{resource_server, scopes},
    membership,
};

/// A person with a role in a product, and the membership that it hangs on.
struct Person<'a> {
    app: &'a TestApp,
    id: types::id::UserId,
    organization: types::id::OrganizationId,
}

impl<'a> Person<'a> {
    async fn of(app: &'a TestApp) -> Self {
        let organization = membership(app.db(), MEMBER, "acme", "support").await.organization_id;
        Self { app, id: app.user_id(MEMBER).await, organization }
    }

    /// Ends the membership. The role stays as it was written.
    async fn leave(&self) {
        products::remove_membership(self.app.db().write(), &self.organization, &self.id).await.unwrap();
        let roles = format!("SELECT COUNT(*) FROM product_roles WHERE user_id = '{}'", self.id);
        assert_eq!(self.app.number(&roles).await, 1, "the role outlives it");
    }

    async fn come_back(&self) {
        let now = self.app.now();
        let member = OrgRole::Member;
        products::set_membership(self.app.db().write(), &self.organization, &self.id, member, now)
            .await
            .unwrap();
    }
}

async fn statuses(app: &TestApp, tokens: &Tokens) -> [u16; 3] {
    let bearer = tokens.bearer();
    let body = json!({ "title": "x" });
    let rest = app.post_json("/api/v1/work-items", &body, &[("authorization", &bearer)]).await;
    let tool = app.call_tool(tokens, "list_work_items", json!({})).await;
    [app.call_api(tokens).await.status, rest.status, tool.status].map(|status| status.as_u16())
}

#[tokio::test]
async fn m5_tokens_of_a_person_who_left_open_nothing_anywhere() {
    let app = TestApp::start().await;
    let (client, server) = (app.confidential_client().await, resource_server(&app).await);
    for role in [ProductRole::Viewer, ProductRole::Editor, ProductRole::Operator, ProductRole::Admin] {
        app.set_role(MEMBER, "acme", "support", role).await;
        let person = Person::of(&app).await;
        let scope = if role == ProductRole::Viewer { "mcp:read api:read" } else { "mcp:write api:write" };
        let tokens = app.tokens(MEMBER, &client, scope).await;
        let code = app.code(MEMBER, &client, "api:read").await;
        let before = statuses(&app, &tokens).await;
        assert_eq!(
            before,
            if role == ProductRole::Viewer { [200, 403, 200] } else { [200, 201, 200] },
            "{role}"
        );

        person.leave().await;
        assert_eq!(statuses(&app, &tokens).await, [401; 3], "{role}");
        for asking in [&client, &server] {
            assert_eq!(scopes(&app, asking, &tokens.access).await, None, "{role}");
        }
        assert_eq!(scopes(&app, &client, &tokens.refresh).await, None, "{role}");
        for more in [&[][..], &[("scope", "api:read")]] {
            let refused = client.refresh_with(&app, &tokens.refresh, more).await;
            assert_eq!(refused.error(), "invalid_grant", "{role} {more:?}");
        }
        assert_eq!(client.exchange(&app, &code).await.error(), "invalid_grant", "{role}");

        // Nothing was used up by that.
        person.come_back().await;
        assert_eq!(statuses(&app, &tokens).await, before, "{role}");
        assert!(scopes(&app, &server, &tokens.access).await.is_some(), "{role}");
        Tokens::of(&client.exchange(&app, &code).await);
        Tokens::of(&client.refresh(&app, &tokens.refresh).await);
    }
}

#[tokio::test]
async fn u3_a_person_who_left_consents_to_nothing() {
    let (app, client) = TestApp::with_public_client().await;
    let product = app.product_id("acme", "support").await;
    let person = Person::of(&app).await;
    let mut browser = app.signed_in(MEMBER).await;
    let form = browser.open_consent(&authorize_url(&client, &[("scope", "mcp:read")])).await;
    person.leave().await;
    let answer = browser.decide(&form, "approve", &product, "mcp:read").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.body.contains("You are not a member of it."), "{}", answer.body);
    let view = json!({ "handle": form.0, "product": product, "problem": null });
    let seen: ConsentView = browser.ask("consent", view).await;
    assert!(matches!(seen, ConsentView::NoProduct { .. }), "{seen:?}");
    assert_eq!(app.number("SELECT COUNT(*) FROM grants").await, 0);
    // Refusing is still theirs.
    let denied = browser.decide(&form, "deny", &product, "").await;
    assert_eq!(denied.location_param("error").as_deref(), Some("access_denied"));
}

#[tokio::test]
async fn m5_pages_of_an_organization_that_a_person_left_do_not_exist() {
    let (app, client) = TestApp::with_public_client().await;
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    let person = Person::of(&app).await;
    let mut browser = app.signed_in(MEMBER).await;
    let (list, apps) = (
        json!({ "organization": "acme", "product": "support" }),
        json!({ "organization": "acme", "query": {} }),
    );
    for (function, arguments) in [("list_work_items", &list), ("connected_apps", &apps)] {
        assert_eq!(browser.call(function, arguments).await.status, StatusCode::OK, "{function}");
    }
    person.leave().await;
    for (function, arguments) in [("list_work_items", &list), ("connected_apps", &apps)] {
        assert_eq!(browser.call(function, arguments).await.status, StatusCode::NOT_FOUND, "{function}");
    }
    let create = browser.call_procedure("acme/support", "create_work_item", &json!({ "title": "x" })).await;
    assert_eq!(create.status, StatusCode::NOT_FOUND);
    let frame = browser.call("frame", &json!({})).await.body;
    assert!(!frame.contains("Acme") && !frame.contains("Support"), "{frame}");
    // What they let in is still theirs to end.
    let grant = json!({ "grant_id": app.grant_of(&tokens) });
    assert_eq!(browser.call("revoke_grant", &grant).await.status, StatusCode::OK);
    person.come_back().await;
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_person_who_left_lets_no_app_act_by_itself_and_theirs_stop() {
    let app = TestApp::start().await;
    app.set_role(MEMBER, "acme", "support", ProductRole::Admin).await;
    let product = app.product_id("acme", "support").await;
    let person = Person::of(&app).await;
    let mut member = app.signed_in(MEMBER).await;
    let client = member.register("Own", ClientType::Confidential).await;
    let server = resource_server(&app).await;
    let let_in = json!({ "client_id": client.id, "product_id": product, "scopes": "mcp:read api:write" });
    assert_eq!(member.call("authorize_service_access", &let_in).await.status, StatusCode::OK);
    let tokens = Tokens::of(&client_credentials::ask(&app, &client, &[]).await);
    assert_eq!(statuses(&app, &tokens).await, [200, 201, 200]);

    person.leave().await;
    assert_eq!(statuses(&app, &tokens).await, [401; 3]);
    for asking in [&client, &server] {
        assert_eq!(scopes(&app, asking, &tokens.access).await, None);
    }
    assert_eq!(client_credentials::ask(&app, &client, &[]).await.error(), "unauthorized_client");
    let refused = member.call("authorize_service_access", &let_in).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
    let seen = member.call("oauth_app", &json!({ "client_id": client.id, "activity_page": 1 })).await.json();
    assert_eq!(seen["own"]["products"], json!([]), "{seen}");
}

#[tokio::test]
async fn m5_a_role_in_another_product_or_organization_is_none_here() {
    let app = TestApp::start().await;
    let client: ClientApp = app.public_client().await;
    let tokens = app.tokens(MEMBER, &client, "mcp:write api:write").await;
    let person = Person::of(&app).await;
    // Admin of everything else.
    app.set_role(MEMBER, "acme", "sales", ProductRole::Admin).await;
    app.set_role(MEMBER, "globex", "research", ProductRole::Admin).await;
    let globex = "(SELECT id FROM organizations WHERE slug = 'globex')";
    app.execute(&format!(
        "INSERT INTO memberships (organization_id, user_id, role, created_at) VALUES ({globex}, '{}', 'owner', 1)",
        person.id
    ))
    .await;
    let product = app.product_id("acme", "support").await;
    app.execute(&format!(
        "DELETE FROM product_roles WHERE product_id = '{product}' AND user_id = '{}'",
        person.id
    ))
    .await;
    assert_eq!(statuses(&app, &tokens).await, [401; 3]);
    assert_eq!(client.refresh(&app, &tokens.refresh).await.error(), "invalid_grant");
    // Nor does the membership of another organization stand for the one that ended, with the role as it was.
    app.set_role(MEMBER, "acme", "support", ProductRole::Editor).await;
    assert_eq!(statuses(&app, &tokens).await, [200, 201, 200]);
    products::remove_membership(app.db().write(), &person.organization, &person.id).await.unwrap();
    assert_eq!(statuses(&app, &tokens).await, [401; 3]);
    assert_eq!(client.refresh(&app, &tokens.refresh).await.error(), "invalid_grant");
    let mut browser = app.signed_in(MEMBER).await;
    let form = browser.open_consent(&authorize_url(&client, &[])).await;
    let answer = browser.decide(&form, "approve", &product, "mcp:read").await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

/// A manager of one organization has nothing to say in another.
#[tokio::test]
async fn m8_a_manager_of_another_organization_neither_sees_nor_ends_a_grant() {
    let (app, client) = TestApp::with_public_client().await;
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    let grant = app.grant_of(&tokens);
    let outsider = OUTSIDER;
    let id = app.user_id(outsider).await;
    let globex = products::organization_by_slug(app.db().read(), &id, "globex").await.unwrap().unwrap().id;
    let mut browser = app.signed_in(outsider).await;
    for role in [OrgRole::Member, OrgRole::Admin, OrgRole::Owner] {
        products::set_membership(app.db().write(), &globex, &id, role, app.now()).await.unwrap();
        for (function, arguments) in [
            ("connected_app", json!({ "grant_id": grant, "activity_page": 1 })),
            ("revoke_grant", json!({ "grant_id": grant })),
            ("connected_apps", json!({ "organization": "acme", "query": {} })),
        ] {
            let answer = browser.call(function, &arguments).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{role} {function}: {}", answer.body);
        }
    }
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    // In Acme, a manager does both, and a member neither.
    let person = Person::of(&app).await;
    for (role, expected) in [(OrgRole::Member, StatusCode::NOT_FOUND), (OrgRole::Admin, StatusCode::OK)] {
        products::set_membership(app.db().write(), &person.organization, &id, role, app.now()).await.unwrap();
        let details = json!({ "grant_id": grant, "activity_page": 1 });
        assert_eq!(browser.call("connected_app", &details).await.status, expected, "{role}");
        let answer = browser.call("revoke_grant", &json!({ "grant_id": grant })).await;
        assert_eq!(answer.status, expected, "{role}: {}", answer.body);
    }
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED);
}
