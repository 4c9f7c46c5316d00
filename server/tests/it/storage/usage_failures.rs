//! Uses that could not be written are not lost and not counted twice: they are written once the database works again.

use std::sync::Arc;

use domain::{
    clock::{Millis, SECOND},
    grants::{
        self,
        service_tokens::{ServiceToken, WAITING_MAX},
    },
};
use http::StatusCode;
use sea_orm::DatabaseBackend;
use types::{client::ClientType, id::GrantId};

use crate::support::{
    ClientApp, MEMBER, OWNER, TestApp, Tokens,
    client_credentials::{allowed, ask},
    hung_up,
};

/// The tables that a flush writes, in its order: client secrets first, entries last.
const WRITTEN: [&str; 3] = ["client_secrets", "grants", "client_entries"];

/// Makes every change of a table fail, or every new row, as a full disk or a broken rule would.
async fn break_table(app: &TestApp, table: &str, deed: &str) {
    match app.db().backend() {
        DatabaseBackend::Postgres => {
            app.execute(
                "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
                AS $$ BEGIN RAISE EXCEPTION 'broken'; END $$",
            )
            .await;
            app.execute(&format!(
                "CREATE TRIGGER broken BEFORE {deed} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()"
            ))
            .await;
        }
        _ => {
            app.execute(&format!(
                "CREATE TRIGGER broken BEFORE {deed} ON {table} BEGIN SELECT RAISE(ABORT, 'broken'); END"
            ))
            .await;
        }
    }
}

async fn mend_table(app: &TestApp, table: &str) {
    let on =
        if app.db().backend() == DatabaseBackend::Postgres { format!(" ON {table}") } else { String::new() };
    app.execute(&format!("DROP TRIGGER broken{on}")).await;
}

/// The stored use of a grant, of its client's entry and of its client's secret.
async fn stored(app: &TestApp, client: &ClientApp, tokens: &Tokens) -> (i64, Millis, Millis, Millis) {
    let grant = app.grant_of(tokens);
    let of_grant = |column: &str| format!("SELECT COALESCE({column}, 0) FROM grants WHERE id = '{grant}'");
    let entry = format!(
        "SELECT last_used_at FROM client_entries WHERE id = (SELECT entry_id FROM clients WHERE id = '{}')",
        client.id
    );
    let secret = format!(
        "SELECT COALESCE(MAX(last_used_at), 0) FROM client_secrets WHERE client_id = '{}'",
        client.id
    );
    (
        app.number(&of_grant("use_count")).await,
        app.number(&of_grant("last_used_at")).await,
        app.number(&entry).await,
        app.number(&secret).await,
    )
}

async fn calls(app: &TestApp, tokens: &Tokens, times: usize) -> Millis {
    for _ in 0..times {
        app.clock.advance(SECOND);
        assert_eq!(app.call_api(tokens).await.status, StatusCode::OK);
    }
    app.now()
}

#[tokio::test]
async fn uses_that_could_not_be_written_are_written_later_once() {
    for table in WRITTEN {
        let app = TestApp::start().await;
        let client = app.signed_in(OWNER).await.register("Reports", ClientType::Confidential).await;
        let tokens = app.tokens(MEMBER, &client, "api:read").await;
        let other = app.tokens(MEMBER, &client, "api:read").await;
        let secret = app.now();
        let at = calls(&app, &tokens, 3).await;
        app.flush().await;
        assert_eq!(stored(&app, &client, &tokens).await, (3, at, at, secret));

        break_table(&app, table, "UPDATE").await;
        // A second use of the secret, so that there is something to write of each kind.
        app.clock.advance(SECOND);
        assert_eq!(client.refresh(&app, "gpr_x").await.error(), "invalid_grant");
        let secret_later = app.now();
        let first = calls(&app, &tokens, 2).await;
        let beside = calls(&app, &other, 1).await;
        for _ in 0..3 {
            app.state.usage.flush(app.db()).await.unwrap_err();
            assert_eq!(stored(&app, &client, &tokens).await, (3, at, at, secret), "{table}: all or nothing");
        }
        app.assert_nothing_open().await;
        // Calls work meanwhile, and are counted beside those that wait.
        let last = calls(&app, &tokens, 5).await;
        app.state.usage.flush(app.db()).await.unwrap_err();
        assert!(first < beside && beside < last);
        mend_table(&app, table).await;
        for _ in 0..2 {
            app.flush().await;
            assert_eq!(stored(&app, &client, &tokens).await, (10, last, last, secret_later), "{table}");
            assert_eq!(stored(&app, &client, &other).await, (1, beside, last, secret_later), "{table}");
        }
        // And goes on from there.
        let end = calls(&app, &other, 2).await;
        app.flush().await;
        assert_eq!(stored(&app, &client, &other).await, (3, end, end, secret_later), "{table}");
        assert_eq!(stored(&app, &client, &tokens).await, (10, last, end, secret_later), "{table}");
    }
}

/// Calls that come while a flush is on its way that then fails are counted beside those that it brings back.
#[tokio::test]
async fn uses_that_come_back_are_added_to_those_that_came_meanwhile() {
    let app = Arc::new(TestApp::start().await);
    let client = app.confidential_client().await;
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    app.flush().await;
    break_table(&app, "client_entries", "UPDATE").await;
    calls(&app, &tokens, 3).await;
    let transaction = app.db().begin().await.unwrap();
    grants::lock(&transaction, &app.grant_of(&tokens)).await.unwrap();
    let flushing = Arc::clone(&app);
    let flush = tokio::spawn(async move { flushing.state.usage.flush(flushing.db()).await });
    let last = calls(&app, &tokens, 4).await;
    assert!(!flush.is_finished(), "it waits");
    transaction.commit().await.unwrap();
    flush.await.unwrap().unwrap_err();
    mend_table(&app, "client_entries").await;
    app.flush().await;
    let (uses, at, ..) = stored(&app, &client, &tokens).await;
    assert_eq!((uses, at), (7, last));
}

/// A later use that was written first, by another replica, is not made earlier by one that had to wait.
#[tokio::test]
async fn a_use_that_waited_makes_no_later_one_earlier() {
    let app = TestApp::start().await;
    let client = app.signed_in(OWNER).await.register("Reports", ClientType::Confidential).await;
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    app.flush().await;
    calls(&app, &tokens, 2).await;
    let later = app.now() + 60 * SECOND;
    app.execute(&format!("UPDATE grants SET last_used_at = {later}, use_count = 7")).await;
    app.execute(&format!("UPDATE client_entries SET last_used_at = {later}")).await;
    app.execute(&format!("UPDATE client_secrets SET last_used_at = {later}")).await;
    assert_eq!(client.refresh(&app, "gpr_x").await.error(), "invalid_grant");
    app.flush().await;
    assert_eq!(stored(&app, &client, &tokens).await, (9, later, later, later));
}

#[tokio::test]
async fn only_what_got_through_is_a_use() {
    let app = TestApp::start().await;
    let client = app.signed_in(OWNER).await.register("Reports", ClientType::Confidential).await;
    let tokens = app.tokens(MEMBER, &client, "mcp:read").await;
    app.flush().await;
    let (_, _, _, secret) = stored(&app, &client, &tokens).await;
    // Another resource, a wrong secret, and a token that ended.
    app.clock.advance(SECOND);
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED);
    let wrong = ClientApp { secret: Some("gpk_wrong".to_owned()), ..client.clone() };
    assert_eq!(wrong.refresh(&app, &tokens.refresh).await.error(), "invalid_client");
    app.execute(&format!("UPDATE clients SET disabled_at = 1 WHERE id = '{}'", client.id)).await;
    let tool = app.call_tool(&tokens, "list_work_items", serde_json::json!({})).await;
    assert_eq!(tool.status, StatusCode::UNAUTHORIZED);
    app.flush().await;
    assert_eq!(stored(&app, &client, &tokens).await, (0, 0, 0, secret));
}

/// Tokens of clients that act by themselves are written later. So many may wait; then no more are given.
#[tokio::test]
async fn no_more_tokens_are_given_than_can_wait_to_be_written() {
    let app = TestApp::start().await;
    let client = allowed(&app).await;
    let tokens = Tokens::of(&ask(&app, &client, &[]).await);
    let grant = app.grant_of(&tokens);
    let token = |jti: String| ServiceToken { jti, grant_id: grant.clone(), expires_at: app.now() + SECOND };
    break_table(&app, "service_tokens", "INSERT").await;
    for number in 1..WAITING_MAX {
        app.state.usage.tokens.add(app.db(), token(format!("tok_{number}"))).await.unwrap();
    }
    for _ in 0..3 {
        app.state.usage.flush(app.db()).await.unwrap_err();
        assert_eq!(ask(&app, &client, &[]).await.status, StatusCode::INTERNAL_SERVER_ERROR);
    }
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK, "the others go on working");
    assert_eq!(app.rows("service_tokens", "true").await, 0);
    app.assert_nothing_open().await;

    mend_table(&app, "service_tokens").await;
    assert_eq!(ask(&app, &client, &[]).await.status, StatusCode::OK);
    assert_eq!(app.rows("service_tokens", "true").await, WAITING_MAX as i64, "they made room");
    app.flush().await;
    assert_eq!(app.rows("service_tokens", "true").await, WAITING_MAX as i64 + 1);
}

/// A grant may go, and a commit may be kept though it seemed to fail, before tokens are written.
#[tokio::test]
async fn tokens_that_wait_are_written_once_and_not_without_their_grant() {
    let app = TestApp::start().await;
    let client = allowed(&app).await;
    let grant = app.grant_of(&Tokens::of(&ask(&app, &client, &[]).await));
    let add = async |jti: &str, grant_id: &GrantId| {
        let token =
            ServiceToken { jti: jti.to_owned(), grant_id: grant_id.clone(), expires_at: app.now() + SECOND };
        app.state.usage.tokens.add(app.db(), token).await.unwrap();
    };
    add("tok_kept", &grant).await;
    app.flush().await;
    assert_eq!(app.rows("service_tokens", "true").await, 2);
    add("tok_kept", &grant).await;
    add("tok_of_gone", &"gra_gone".parse().unwrap()).await;
    add("tok_more", &grant).await;
    app.flush().await;
    assert_eq!(app.rows("service_tokens", "true").await, 3);
    assert_eq!(app.rows("service_tokens", "jti IN ('tok_kept', 'tok_more')").await, 2);
}

/// A request that writes what waits may be given up anywhere.
#[tokio::test]
async fn tokens_whose_writing_nobody_waits_for_any_more_are_written_once() {
    let app = TestApp::start().await;
    let client = allowed(&app).await;
    let grant = app.grant_of(&Tokens::of(&ask(&app, &client, &[]).await));
    app.flush().await;
    for steps in 0..12 {
        for number in 0..600 {
            let jti = format!("waits-{steps}-{number}");
            let token = ServiceToken { jti, grant_id: grant.clone(), expires_at: app.now() + SECOND };
            app.state.usage.tokens.add(app.db(), token).await.unwrap();
        }
        hung_up(steps, app.state.usage.tokens.write(app.db())).await;
        app.flush().await;
        assert_eq!(app.rows("service_tokens", &format!("jti LIKE 'waits-{steps}-%'")).await, 600, "{steps}");
    }
    app.assert_nothing_open().await;
}
