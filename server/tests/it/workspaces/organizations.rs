//! Organizations and products: made, changed, deleted.

use domain::clock::{DAY, Millis};
use http::StatusCode;
use serde_json::json;
use types::{
    failure::Failure,
    form::Form,
    workspace::{GeneralPage, ProductsPage},
};

use crate::support::{ADMIN, MEMBER, OUTSIDER, OWNER, TestApp, VIEWER, forms::invalid};

/// A little less than the time for which an old address leads on.
const ALMOST: Millis = 90 * DAY - 1;

#[tokio::test]
async fn instance_admins_make_organizations_and_everyone_where_the_server_lets_them() {
    let app = TestApp::start().await;
    let mut admin = app.signed_in(ADMIN).await;
    let (to, _) = admin.does(Form::CreateOrganization, &[("name", "Ärzteplaner")]).await;
    assert_eq!(to, "/o/arzteplaner/settings/products");
    let (to, _) = admin.does(Form::CreateOrganization, &[("name", "arzteplaner")]).await;
    assert_eq!(to, "/o/arzteplaner-2/settings/products", "the address is taken");
    let (to, _) = admin.does(Form::CreateOrganization, &[("name", "Привет")]).await;
    assert_eq!(to, "/o/workspace/settings/products");
    let refused = app.signed_in(OWNER).await.is_refused(Form::CreateOrganization, &[("name", "Mine")]).await;
    assert!(matches!(refused, Failure::Forbidden(_)), "{refused:?}");
    for name in ["", "\u{200b}", &"x".repeat(81)] {
        assert_eq!(invalid(&admin.is_refused(Form::CreateOrganization, &[("name", name)]).await).0, "name");
    }

    let app = TestApp::start_with(&["--organization-creation", "everyone"]).await;
    let mut viewer = app.signed_in(VIEWER).await;
    viewer.does(Form::CreateOrganization, &[("name", "Side project")]).await;
    let (to, _) =
        viewer.does(Form::CreateProduct, &[("organization", "side-project"), ("name", "Notes")]).await;
    assert_eq!(to, "/o/side-project/notes");
    assert_eq!(viewer.get(&to).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_old_address_leads_on_for_90_days() {
    let app = TestApp::start().await;
    let mut owner = app.signed_in(OWNER).await;
    let mut outsider = app.signed_in(OUTSIDER).await;
    let renamed = [("organization", "acme"), ("name", "Acme Corp"), ("slug", "acme-corp")];
    let (to, _) = owner.does(Form::ChangeOrganization, &renamed).await;
    assert_eq!(to, "/o/acme-corp/settings/general");
    let product = [("organization", "acme-corp"), ("product", "support"), ("name", "Help"), ("slug", "help")];
    owner.does(Form::ChangeProduct, &product).await;
    for (old, new) in [
        ("/o/acme/support?page=2", "/o/acme-corp/help?page=2"),
        ("/o/acme-corp/support", "/o/acme-corp/help"),
        ("/o/acme/settings/apps?q=x", "/o/acme-corp/settings/apps?q=x"),
    ] {
        assert_eq!(owner.get(old).await.location(), new);
        assert_eq!(outsider.get(old).await.status, StatusCode::NOT_FOUND, "nothing is told of it");
    }
    app.clock.advance(29 * DAY);
    owner.sign_in(OWNER).await;
    app.clock.advance(29 * DAY);
    owner.sign_in(OWNER).await;
    app.clock.advance(ALMOST - 58 * DAY);
    owner.sign_in(OWNER).await;
    assert_eq!(owner.get("/o/acme/support").await.location(), "/o/acme-corp/help");
    app.clock.advance(1);
    assert_eq!(owner.get("/o/acme/support").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_address_that_is_taken_again_is_the_new_ones() {
    let app = TestApp::start().await;
    let mut admin = app.signed_in(ADMIN).await;
    let renamed = [("organization", "acme"), ("name", "Acme"), ("slug", "acme-2")];
    admin.does(Form::ChangeOrganization, &renamed).await;
    let (to, _) = admin.does(Form::CreateOrganization, &[("name", "Acme")]).await;
    assert_eq!(to, "/o/acme/settings/products");
    let general: GeneralPage = admin.ask("general", json!({ "organization": "acme" })).await;
    assert_eq!(general.members, 1, "it is the new one");
    // Only its own members get there: those of the old one are led nowhere.
    let mut member = app.signed_in(MEMBER).await;
    assert_eq!(member.get("/o/acme/support").await.status, StatusCode::NOT_FOUND);
    assert_eq!(member.get("/o/acme-2/support").await.status, StatusCode::OK);
}

#[tokio::test]
async fn addresses_are_ascii_words_that_mean_nothing_else_and_that_nothing_else_has() {
    let app = TestApp::start().await;
    let mut owner = app.signed_in(OWNER).await;
    for slug in ["", "Acme", "a b", "ä", "a/b", "settings", "api", "globex", &"x".repeat(41), "-a"] {
        let fields = [("organization", "acme"), ("name", "Acme"), ("slug", slug)];
        assert_eq!(invalid(&owner.is_refused(Form::ChangeOrganization, &fields).await).0, "slug", "{slug}");
    }
    for slug in ["settings", "sales", "Ä", ""] {
        let fields = [("organization", "acme"), ("product", "support"), ("name", "Support"), ("slug", slug)];
        assert_eq!(invalid(&owner.is_refused(Form::ChangeProduct, &fields).await).0, "slug", "{slug}");
    }
    // In another organization the same word is free.
    owner.does(Form::CreateProduct, &[("organization", "globex"), ("name", "Support")]).await;
    let page: ProductsPage = owner.ask("products", json!({ "organization": "globex" })).await;
    assert_eq!(
        page.products.iter().map(|product| product.slug.as_str()).collect::<Vec<_>>(),
        ["research", "support"]
    );
}

#[tokio::test]
async fn a_deleted_product_is_counted_first_and_takes_its_data_and_access_with_it() {
    let app = TestApp::start().await;
    let tokens = app.member("mcp:read api:read").await;
    let mut owner = app.signed_in(OWNER).await;
    let fields = [("organization", "acme"), ("product", "support")];
    let asked = owner.is_told(Form::DeleteProduct, &fields).await;
    assert_eq!(asked.title, "Delete Support?");
    assert!(asked.detail.contains("5 records of data are deleted."), "{}", asked.detail);
    assert!(
        asked.detail.contains("1 person loses the access of their apps: 1 grant and 2 tokens end."),
        "{}",
        asked.detail
    );
    let sure = [&fields[..], &[("sure", "yes")]].concat();
    let refused = owner.is_refused(Form::DeleteProduct, &[&sure[..], &[("confirm", "Sales")]].concat()).await;
    assert_eq!(invalid(&refused).0, "confirm");
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK, "only asked");
    let (to, notice) =
        owner.does(Form::DeleteProduct, &[&sure[..], &[("confirm", " Support ")]].concat()).await;
    assert_eq!(
        (to.as_str(), notice.as_str()),
        ("/o/acme/settings/products", "The product is deleted. 1 grant and 2 tokens end.")
    );
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.call_tool(&tokens, "list_work_items", json!({})).await.status, StatusCode::UNAUTHORIZED);
    for path in ["/o/acme/support", "/o/acme/settings/products/support"] {
        assert_eq!(owner.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    // The tombstone of its access says why, and its address is free.
    let apps = owner.connected_apps("acme", json!({ "status": "revoked" })).await;
    let said = format!("{:?}", apps.rows[0].status);
    assert!(apps.rows[0].product == "Support" && said.contains("because the product was deleted"), "{said}");
    let (to, _) = owner.does(Form::CreateProduct, &[("organization", "acme"), ("name", "Support")]).await;
    assert_eq!(to, "/o/acme/support");
    let refused =
        owner.is_refused(Form::DeleteProduct, &[("organization", "acme"), ("product", "gone")]).await;
    assert_eq!(refused, Failure::NotFound);
}

#[tokio::test]
async fn a_deleted_organization_ends_everything_in_it_and_nothing_else() {
    let app = TestApp::start().await;
    let tokens = app.member("mcp:read api:read").await;
    let mut owner = app.signed_in(OWNER).await;
    let asked = owner.is_told(Form::DeleteOrganization, &[("organization", "acme")]).await;
    assert!(asked.detail.contains("7 records of data are deleted."), "{}", asked.detail);
    let sure = [("organization", "acme"), ("sure", "yes"), ("confirm", "Acme")];
    let (to, _) = owner.does(Form::DeleteOrganization, &sure).await;
    assert_eq!(to, "/");
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED);
    for person in [OWNER, MEMBER, ADMIN] {
        let mut browser = app.signed_in(person).await;
        for path in ["/o/acme/support", "/o/acme/settings/apps", "/o/acme/settings/members"] {
            assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{person} {path}");
        }
    }
    assert_eq!(owner.get("/o/globex/research").await.status, StatusCode::OK);
    assert_eq!(owner.get("/").await.location(), "/o/globex/research");
    // An administrator deletes any, without being a member.
    let mut admin = app.signed_in(ADMIN).await;
    let sure = [("organization", "globex"), ("sure", "yes"), ("confirm", "Globex")];
    let (to, _) = admin.does(Form::RemoveOrganization, &sure).await;
    assert_eq!(to, "/admin/organizations");
    assert!(owner.get("/").await.body.contains("No product yet"));
}
