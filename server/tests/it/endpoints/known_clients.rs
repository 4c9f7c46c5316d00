//! Changes of what decides about a client bite on its next request, however often it asked just before.

use domain::{
    crypto::secret::HashedSecret,
    db::{
        Database,
        remembered::PASSING,
        statements::{Noted, Way},
    },
};
use http::StatusCode;
use sea_orm::{ConnectionTrait, DatabaseBackend};

use crate::support::{
    ClientApp, MEMBER, TestApp, Tokens,
    client_credentials::{allowed, ask},
};

async fn status(app: &TestApp, client: &ClientApp) -> StatusCode {
    ask(app, client, &[]).await.status
}

#[tokio::test]
async fn every_change_of_a_client_bites_on_its_very_next_request() {
    let app = TestApp::start().await;
    let client = allowed(&app).await;
    let of_client = format!("client_id = '{}'", client.id);
    let client_itself = format!("id = '{}'", client.id);
    for (table, change, back, which) in [
        ("clients", "disabled_at = 1", "disabled_at = NULL", &client_itself),
        ("clients", "deleted_at = 1", "deleted_at = NULL", &client_itself),
        ("client_secrets", "retired_at = 1", "retired_at = NULL", &of_client),
        ("grants", "status = 'expired'", "status = 'active'", &of_client),
        ("grants", "scopes = ''", "scopes = 'api:read'", &of_client),
    ] {
        for _ in 0..3 {
            assert_eq!(status(&app, &client).await, StatusCode::OK, "before {change}");
        }
        app.execute(&format!("UPDATE {table} SET {change} WHERE {which}")).await;
        assert_ne!(status(&app, &client).await, StatusCode::OK, "after {change}");
        // Within a transaction, too, and not before it is kept.
        let transaction = app.db().begin().await.unwrap();
        let back = format!("UPDATE {table} SET {back} WHERE {which}");
        transaction.execute_unprepared(&back).await.unwrap();
        assert_ne!(status(&app, &client).await, StatusCode::OK, "before {back} is kept");
        transaction.commit().await.unwrap();
        assert_eq!(status(&app, &client).await, StatusCode::OK, "after {back}");
    }
}

#[tokio::test]
async fn a_public_client_that_ends_refreshes_no_more() {
    let app = TestApp::start().await;
    let client = app.public_client().await;
    let mut tokens = app.tokens(MEMBER, &client, "api:read").await;
    for _ in 0..3 {
        tokens = Tokens::of(&client.refresh(&app, &tokens.refresh).await);
    }
    for (change, refusal) in [("blocked_at = 1", "invalid_grant"), ("deleted_at = 1", "invalid_client")] {
        app.execute(&format!("UPDATE clients SET {change} WHERE id = '{}'", client.id)).await;
        assert_eq!(client.refresh(&app, &tokens.refresh).await.error(), refusal, "{change}");
    }
}

#[tokio::test]
async fn what_another_program_writes_bites_within_a_second() {
    let app = TestApp::start().await;
    let client = allowed(&app).await;
    assert_eq!(status(&app, &client).await, StatusCode::OK);
    let beside: Database = app.database.connect_unmigrated().await;
    let retire = format!("UPDATE client_secrets SET retired_at = 1 WHERE client_id = '{}'", client.id);
    beside.write().execute_unprepared(&retire).await.unwrap();
    if app.db().backend() == DatabaseBackend::Sqlite {
        app.clock.advance(1_000);
    }
    assert_eq!(
        status(&app, &client).await,
        StatusCode::UNAUTHORIZED,
        "replicas of PostgreSQL see it at once"
    );
}

#[tokio::test]
async fn a_wrong_secret_is_wrong_beside_a_right_one_and_is_not_remembered() {
    let app = TestApp::start().await;
    let client = allowed(&app).await;
    let wrong = ClientApp { secret: Some("gps_wrong".to_owned()), ..client.clone() };
    for _ in 0..3 {
        assert_eq!(status(&app, &client).await, StatusCode::OK);
        assert_eq!(status(&app, &wrong).await, StatusCode::UNAUTHORIZED);
    }
    // From the moment when it is right, whoever wrote that.
    let beside: Database = app.database.connect_unmigrated().await;
    let hash = HashedSecret::of("gps_wrong");
    let renew =
        format!("UPDATE client_secrets SET hash = '{}' WHERE client_id = '{}'", hash.as_str(), client.id);
    beside.write().execute_unprepared(&renew).await.unwrap();
    assert_eq!(status(&app, &wrong).await, StatusCode::OK);
}

/// The memory is filled only from tables whose changes count.
#[tokio::test]
async fn nothing_is_remembered_of_tables_that_change_all_the_time() {
    let app = TestApp::start().await;
    let client = allowed(&app).await;
    let tokens = Tokens::of(&ask(&app, &client, &[]).await);
    app.execute("UPDATE clients SET name = name").await;
    app.db().statements().take();
    assert_eq!(status(&app, &client).await, StatusCode::OK);
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    assert_eq!(client.refresh(&app, "gpr_x").await.error(), "invalid_grant");
    let noted: Noted = app.db().statements().take();
    let read: Vec<_> = noted.iter().filter(|(way, _)| *way == Way::Read).map(|(_, it)| &it.sql).collect();
    assert!(read.len() >= 3, "{read:?}");
    for table in PASSING {
        assert!(!read.iter().any(|text| text.contains(table)), "{table} in {read:?}");
    }
}
