//! Query plans.

use std::sync::atomic::{AtomicUsize, Ordering};

use sea_orm::{ConnectionTrait, DatabaseBackend, Statement};

use super::TestApp;

/// The database's plan for a query, a step a line. PostgreSQL is kept from reading tables whole and from sorting where an
/// index serves, as it would with many rows.
pub async fn plan(app: &TestApp, mut statement: Statement) -> Vec<String> {
    let db = app.db().write();
    if db.get_database_backend() == DatabaseBackend::Sqlite {
        // Not the same text twice: SQLite prepares nothing again to explain it, whatever became of the indexes.
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        statement.sql = format!("EXPLAIN QUERY PLAN {} /* {number} */", statement.sql);
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
