//! Query plans.

use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};

use super::TestApp;

/// The database's plan for a query, a step a line. PostgreSQL is kept from reading tables whole and from sorting where an
/// index serves, as it would with many rows.
pub async fn plan(app: &TestApp, mut statement: Statement) -> Vec<String> {
    // The connection that drops an index knows of it; on SQLite others may explain what they prepared before.
    let db = app.db().write();
    if db.get_database_backend() == DatabaseBackend::Sqlite {
        statement.sql = format!("EXPLAIN QUERY PLAN {}", statement.sql);
        let rows = db.query_all_raw(statement).await.unwrap();
        return rows.iter().map(|row| row.try_get("", "detail").unwrap()).collect();
    }
    let transaction = app.db().begin().await.unwrap();
    for way in ["seqscan", "bitmapscan", "hashjoin", "mergejoin", "sort"] {
        transaction.execute_unprepared(&format!("SET LOCAL enable_{way} = off")).await.unwrap();
    }
    statement.sql = format!("EXPLAIN {}", statement.sql);
    let rows = transaction.query_all_raw(statement).await.unwrap();
    rows.iter().map(|row| row.try_get("", "QUERY PLAN").unwrap()).collect()
}
