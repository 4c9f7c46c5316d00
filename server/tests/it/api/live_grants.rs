//! Changes of what decides about a call bite on the next one, however often the token was used just before.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use domain::{db::Database, grants::revoked_tokens};
use http::StatusCode;
use sea_orm::{ConnectionTrait, DatabaseBackend};

use crate::support::{ClientApp, ISSUER, MEMBER, TestApp, Tokens, hung_up};

async fn connected(app: &TestApp) -> (ClientApp, Tokens) {
    let client = app.public_client().await;
    let tokens = app.tokens(MEMBER, &client, "api:read api:write").await;
    (client, tokens)
}

async fn status(app: &TestApp, tokens: &Tokens) -> StatusCode {
    app.call_api(tokens).await.status
}

/// Statements after which a token opens nothing, and the ones that take them back.
fn changes(client: &ClientApp, grant: &str, member: &str) -> Vec<[String; 2]> {
    let sets = |table: &str, set: &str, back: &str, is: &str| {
        [format!("UPDATE {table} SET {set} WHERE {is}"), format!("UPDATE {table} SET {back} WHERE {is}")]
    };
    let by_client = format!("id = '{}'", client.id);
    let by_grant = format!("id = '{grant}'");
    vec![
        sets("grants", "status = 'expired'", "status = 'active'", &by_grant),
        sets("grants", "scopes = 'mcp:read'", "scopes = 'api:read api:write'", &by_grant),
        sets("grants", "resources = 'mcp'", "resources = 'api'", &by_grant),
        sets("clients", "disabled_at = 1", "disabled_at = NULL", &by_client),
        sets("clients", "ceiling = 'mcp:read'", "ceiling = NULL", &by_client),
        sets("users", "disabled_at = 1", "disabled_at = NULL", &format!("id = '{member}'")),
        sets(
            "product_roles",
            "user_id = (SELECT id FROM users WHERE email = 'outsider@example.com')",
            &format!("user_id = '{member}'"),
            &format!(
                "user_id IN ('{member}', (SELECT id FROM users WHERE email = 'outsider@example.com'))
                AND product_id = (SELECT product_id FROM grants WHERE id = '{grant}')"
            ),
        ),
    ]
}

#[tokio::test]
async fn m5_every_change_of_what_decides_bites_on_the_very_next_call() {
    let app = TestApp::start().await;
    let (client, tokens) = connected(&app).await;
    let grant = app.grant_of(&tokens);
    for [change, back] in changes(&client, &grant, &app.user_id(MEMBER).await) {
        for _ in 0..3 {
            assert_eq!(status(&app, &tokens).await, StatusCode::OK, "before {change}");
        }
        app.execute(&change).await;
        assert_ne!(status(&app, &tokens).await, StatusCode::OK, "after {change}");
        // Within a transaction, too, and not before it is kept.
        let transaction = app.db().begin().await.unwrap();
        transaction.execute_unprepared(&back).await.unwrap();
        assert_ne!(status(&app, &tokens).await, StatusCode::OK, "before {back} is kept");
        transaction.commit().await.unwrap();
        assert_eq!(status(&app, &tokens).await, StatusCode::OK, "after {back}");
    }
    let jti = app.state.keys.verify(&tokens.access, ISSUER).unwrap().jti;
    revoked_tokens::revoke(app.db().write(), &jti, app.now() + 1).await.unwrap();
    assert_eq!(status(&app, &tokens).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn m8_what_another_program_writes_bites_within_a_second() {
    let app = TestApp::start().await;
    let (_, tokens) = connected(&app).await;
    assert_eq!(status(&app, &tokens).await, StatusCode::OK);
    let beside: Database = app.database.connect_unmigrated().await;
    beside.write().execute_unprepared("UPDATE grants SET status = 'expired'").await.unwrap();
    if app.db().backend() == DatabaseBackend::Sqlite {
        app.clock.advance(1_000);
    }
    assert_ne!(status(&app, &tokens).await, StatusCode::OK, "replicas of PostgreSQL see it at once");
}

#[tokio::test]
async fn m8_a_clock_that_is_set_back_makes_the_second_no_longer() {
    let app = TestApp::start().await;
    let (_, tokens) = connected(&app).await;
    assert_eq!(status(&app, &tokens).await, StatusCode::OK);
    let beside: Database = app.database.connect_unmigrated().await;
    beside.write().execute_unprepared("UPDATE grants SET status = 'expired'").await.unwrap();
    app.clock.advance(900);
    app.clock.turn(-900);
    app.clock.advance(100);
    assert_ne!(status(&app, &tokens).await, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn m8_no_call_gets_through_that_began_after_the_end_was_acknowledged() {
    let app = Arc::new(TestApp::start().await);
    for _ in 0..5 {
        let (_, tokens) = connected(&app).await;
        let ended = Arc::new(AtomicBool::new(false));
        let callers: Vec<_> = (0..8)
            .map(|_| {
                let (app, tokens, ended) = (Arc::clone(&app), tokens.clone(), Arc::clone(&ended));
                tokio::spawn(async move {
                    for calls in 0.. {
                        let over = ended.load(Ordering::SeqCst);
                        let status = status(&app, &tokens).await;
                        if over {
                            assert_eq!(status, StatusCode::UNAUTHORIZED, "after {calls} calls");
                            return;
                        }
                    }
                })
            })
            .collect();
        for _ in 0..20 {
            status(&app, &tokens).await;
        }
        let grant = app.grant_of(&tokens);
        let mut browser = app.signed_in(MEMBER).await;
        let answer = browser.call("revoke_grant", &serde_json::json!({ "grant_id": grant })).await;
        ended.store(true, Ordering::SeqCst);
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        for caller in callers {
            caller.await.unwrap();
        }
    }
}

/// Its commit goes on, and counts.
#[tokio::test]
async fn m5_a_change_that_nobody_waits_for_any_more_bites_too() {
    let app = TestApp::start().await;
    if app.db().backend() != DatabaseBackend::Sqlite {
        return;
    }
    for steps in 0..6 {
        let (_, tokens) = connected(&app).await;
        let expired = format!("UPDATE grants SET status = 'expired' WHERE id = '{}'", app.grant_of(&tokens));
        let transaction = app.db().begin().await.unwrap();
        transaction.execute_unprepared(&expired).await.unwrap();
        assert_eq!(status(&app, &tokens).await, StatusCode::OK, "not committed yet");
        hung_up(steps, transaction.commit()).await;
        // Whoever writes next waits until the commit is over.
        drop(app.db().begin().await.unwrap());
        let ended = "SELECT COUNT(*) FROM grants WHERE status = 'expired' AND id = ";
        let ended = app.number(&format!("{ended}'{}'", app.grant_of(&tokens))).await == 1;
        let expected = if ended { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
        assert_eq!(status(&app, &tokens).await, expected, "{steps}");
    }
}
