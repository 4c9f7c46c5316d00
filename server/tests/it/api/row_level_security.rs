//! A product's rows are reachable only through a handle of that product; on PostgreSQL whatever the statement says.

use domain::{
    oauth::caller::{CallActor, Caller},
    procedures::{ProcedureError, call},
};
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};
use serde_json::json;
use types::{
    product::ProductRef,
    role::ProductRole,
    work_item::{DeleteWorkItem, GetWorkItem, ListWorkItems, UpdateWorkItem},
};

use crate::support::{OWNER, TestApp};

async fn caller(app: &TestApp, organization: &str, product: &str) -> Caller {
    Caller {
        user_id: app.user_id(OWNER).await,
        user_name: "Olive Owner".to_owned(),
        product: ProductRef {
            organization_id: "org_x".parse().unwrap(),
            product_id: app.product_id(organization, product).await,
        },
        role: ProductRole::Admin,
        actor: CallActor::Page,
    }
}

#[tokio::test]
async fn a_handle_reaches_its_own_product_only() {
    let app = TestApp::start().await;
    let context = app.state.context();
    let research = caller(&app, "globex", "research").await;
    let listed = call::<ListWorkItems>(&context, &research, json!({})).await.unwrap().work_items;
    let foreign = listed[0].clone();

    let support = caller(&app, "acme", "support").await;
    let own = call::<ListWorkItems>(&context, &support, json!({})).await.unwrap().work_items;
    assert!(!own.is_empty() && own.iter().all(|item| !listed.iter().any(|other| other.id == item.id)));
    let missing = |error: ProcedureError| assert!(matches!(error, ProcedureError::NotFound(_)), "{error}");
    let id = json!({ "id": foreign.id });
    missing(call::<GetWorkItem>(&context, &support, id.clone()).await.unwrap_err());
    let patch = json!({ "id": foreign.id, "title": "stolen" });
    missing(call::<UpdateWorkItem>(&context, &support, patch).await.unwrap_err());
    missing(call::<DeleteWorkItem>(&context, &support, id.clone()).await.unwrap_err());
    assert_eq!(call::<GetWorkItem>(&context, &research, id).await.unwrap(), foreign);
}

#[tokio::test]
async fn raw_sql_cannot_leave_the_product_on_postgresql() {
    let app = TestApp::start().await;
    if app.db().backend() != DatabaseBackend::Postgres {
        // SQLite has no policies; there the handle alone holds, as the test above proves.
        return;
    }
    let support = app.product_id("acme", "support").await;
    let research = app.product_id("globex", "research").await;
    let db = app.db().write();
    let count = |statement: &str| Statement::from_string(DatabaseBackend::Postgres, statement.to_owned());
    let all = "SELECT COUNT(*) AS n FROM work_items";
    let number = |row: Option<sea_orm::QueryResult>| row.unwrap().try_get::<i64>("", "n").unwrap();
    assert_eq!(number(db.query_one_raw(count(all)).await.unwrap()), 0, "without a product there are no rows");

    let transaction = app.db().begin().await.unwrap();
    let bind = format!("SELECT set_config('gatepass.product_id', '{support}', true)");
    transaction.query_one_raw(count(&bind)).await.unwrap();
    assert!(number(transaction.query_one_raw(count(all)).await.unwrap()) > 0);
    let foreign = format!("{all} WHERE product_id = '{research}'");
    assert_eq!(number(transaction.query_one_raw(count(&foreign)).await.unwrap()), 0);
    for statement in [
        format!("UPDATE work_items SET title = 'stolen' WHERE product_id = '{research}'"),
        format!("DELETE FROM work_items WHERE product_id = '{research}'"),
    ] {
        assert_eq!(transaction.execute_unprepared(&statement).await.unwrap().rows_affected(), 0);
    }
    let smuggle =
        format!("INSERT INTO work_items VALUES ('wrk_x', '{research}', 't', '', 'open', 'x', 0, 0)");
    assert!(transaction.execute_unprepared(&smuggle).await.is_err());
    drop(transaction);
    assert_eq!(
        number(db.query_one_raw(count(all)).await.unwrap()),
        0,
        "the product ends with its transaction"
    );
}

#[tokio::test]
async fn a_role_that_policies_do_not_bind_is_refused() {
    let Ok(url) = std::env::var("GATEPASS_TEST_POSTGRES") else {
        // SQLite has no roles.
        return;
    };
    let superuser = url.replacen("//gatepass@", "//admin@", 1);
    let superuser = domain::db::location::DatabaseLocation::parse(&superuser).unwrap();
    let error = domain::db::Database::connect(&superuser).await.unwrap_err().to_string();
    assert!(error.contains("NOSUPERUSER NOBYPASSRLS"), "{error}");
}
