//! Rights of a page's server functions: the role of the person decides, whatever the page shows.

use domain::{accounts::users, workspaces::products};
use http::StatusCode;
use serde_json::{Value, json};
use types::{
    id::WorkItemId,
    role::{OrgRole, ProductRole},
    work_item::{Status, WorkItemsPage},
};

use crate::support::{Browser, MEMBER, OUTSIDER, OWNER, TestApp, VIEWER};

/// Arguments of a function that is about a product of Acme.
fn about(product: &str, more: Value) -> Value {
    let mut arguments = json!({ "organization": "acme", "product": product });
    arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    arguments
}

fn creation() -> Value {
    json!({ "title": "By a page", "description": "" })
}

/// The work items of Acme / Support, as its owner sees them.
async fn items(app: &TestApp) -> Vec<(WorkItemId, Status)> {
    let mut owner = app.signed_in(OWNER).await;
    let page: WorkItemsPage = owner.ask("list_work_items", about("support", json!({}))).await;
    page.items.into_iter().map(|item| (item.id, item.status)).collect()
}

/// The statuses of every function of the page of Acme / Support, in the order list, create, change, delete.
async fn tried(browser: &mut Browser<'_>, id: &WorkItemId) -> [u16; 4] {
    let listed = browser.call("list_work_items", &about("support", json!({}))).await.status.as_u16();
    let mut statuses = [listed, 0, 0, 0];
    for (status, (name, arguments)) in statuses[1..].iter_mut().zip([
        ("create_work_item", creation()),
        ("update_work_item", json!({ "id": id, "status": "done" })),
        ("delete_work_item", json!({ "id": id })),
    ]) {
        *status = browser.call_procedure("acme/support", name, &arguments).await.status.as_u16();
    }
    statuses
}

#[tokio::test]
async fn a_person_does_on_the_page_what_their_role_allows() {
    let app = TestApp::start().await;
    let before = items(&app).await;
    let (open, _) = before.iter().find(|(_, status)| *status == Status::Open).unwrap().clone();
    // A viewer, by the seed and by a change; nobody who is not there, and nobody at all.
    let mut viewer = app.signed_in(VIEWER).await;
    assert_eq!(tried(&mut viewer, &open).await, [200, 403, 403, 403]);
    app.set_role(MEMBER, "acme", "support", ProductRole::Viewer).await;
    let mut member = app.signed_in(MEMBER).await;
    assert_eq!(tried(&mut member, &open).await, [200, 403, 403, 403]);
    assert_eq!(tried(&mut app.signed_in(OUTSIDER).await, &open).await, [404; 4]);
    assert_eq!(tried(&mut app.browser(), &open).await, [401; 4]);
    assert_eq!(items(&app).await, before, "nothing of this changed anything");

    for role in [ProductRole::Editor, ProductRole::Operator] {
        app.set_role(MEMBER, "acme", "support", role).await;
        assert_eq!(tried(&mut member, &open).await, [200, 200, 200, 403], "{role}");
    }
    assert_eq!(items(&app).await.len(), before.len() + 2);
    app.set_role(MEMBER, "acme", "support", ProductRole::Admin).await;
    assert_eq!(tried(&mut member, &open).await, [200; 4]);
    assert_eq!(tried(&mut member, &open).await, [200, 200, 404, 404], "it is gone");
}

#[tokio::test]
async fn a_viewer_is_told_why_and_a_role_in_one_product_is_none_in_another() {
    let app = TestApp::start().await;
    let mut viewer = app.signed_in(VIEWER).await;
    let refused = viewer.call_procedure("acme/support", "create_work_item", &creation()).await;
    assert!(refused.body.contains("Your role in this product does not allow this."), "{}", refused.body);
    let mut member = app.signed_in(MEMBER).await;
    for product in ["acme/sales", "globex/research", "globex/support"] {
        let answer = member.call_procedure(product, "create_work_item", &creation()).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{product}");
    }
    // An item of one product is none of another, whoever names it.
    let mut owner = app.signed_in(OWNER).await;
    let made = owner.call_procedure("acme/sales", "create_work_item", &creation()).await.json();
    let made: Value = serde_json::from_str(made.as_str().unwrap()).unwrap();
    for (name, arguments) in [
        ("update_work_item", json!({ "id": made["id"], "status": "done" })),
        ("delete_work_item", json!({ "id": made["id"] })),
    ] {
        let answer = owner.call_procedure("acme/support", name, &arguments).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{name}");
        let answer = owner.call_procedure("acme/sales", name, &arguments).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}: {}", answer.body);
    }
}

#[tokio::test]
async fn owners_and_admins_of_an_organization_are_admins_of_its_products_whatever_else_they_are() {
    let app = TestApp::start().await;
    let user = app.user_id(MEMBER).await;
    let acme = products::organization_by_slug(app.db().read(), &user, "acme").await.unwrap().unwrap().id;
    let mut member = app.signed_in(MEMBER).await;
    for (role, expected) in [
        (OrgRole::Admin, StatusCode::OK),
        (OrgRole::Member, StatusCode::FORBIDDEN),
        (OrgRole::Owner, StatusCode::OK),
    ] {
        products::set_membership(app.db().write(), &acme, &user, role, app.now()).await.unwrap();
        app.set_role(MEMBER, "acme", "support", ProductRole::Editor).await;
        let (open, _) = items(&app).await.remove(0);
        let arguments = json!({ "id": open });
        let answer = member.call_procedure("acme/support", "delete_work_item", &arguments).await;
        assert_eq!(answer.status, expected, "{role}: {}", answer.body);
        // Whoever manages the organization sees what others let in.
        let list = json!({ "organization": "acme", "query": {} });
        let seen = member.call("connected_apps", &list).await.json()["sees_all"].clone();
        assert_eq!(seen, json!(role.manages()), "{role}");
    }
}

#[tokio::test]
async fn a_disabled_person_is_nobody_on_the_page_too() {
    let app = TestApp::start().await;
    let (open, _) = items(&app).await.remove(0);
    let mut member = app.signed_in(MEMBER).await;
    users::disable(app.db().write(), &app.user_id(MEMBER).await, app.now()).await.unwrap();
    assert_eq!(tried(&mut member, &open).await, [401; 4]);
}

#[tokio::test]
async fn people_read_the_status_of_a_work_item_in_words() {
    let app = TestApp::start().await;
    for person in [OWNER, VIEWER] {
        let page = app.signed_in(person).await.get("/o/acme/support").await.body;
        for status in Status::ALL {
            assert!(page.contains(&format!(">{}<", status.label())), "{person} {status}: {page}");
            assert!(!page.contains(&format!(">{status}<")), "{person} {status}: {page}");
        }
    }
}
