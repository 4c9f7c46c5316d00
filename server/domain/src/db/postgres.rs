//! PostgreSQL: a pool, and transactions that begin whole.

use std::{pin::Pin, time::Duration};

use sea_orm::{
    ConnectOptions, ConnectionTrait, DatabaseBackend, DatabaseConnection, DatabaseTransaction, DbErr,
    Statement, TransactionTrait,
    sqlx::{self, Connection},
};

use crate::error::{Error, Result};

/// A connection that was not used for so long is tried before it is used again: the server may have gone.
const IDLE: Duration = Duration::from_secs(1);

/// Connects to a server.
///
/// # Errors
/// When it cannot be reached, or its role would get around row-level security.
pub(super) async fn connect(url: &str) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(16).acquire_timeout(Duration::from_secs(10)).sqlx_logging(false);
    // One that was used a moment ago is asked nothing before it is used again: that would be a round trip more for each
    // statement.
    options.test_before_acquire_if_idle_for(IDLE);
    options.map_sqlx_postgres_before_acquire(|connection, _| is_clean(connection));
    let pool = sea_orm::Database::connect(options).await?;
    refuse_privileged_role(&pool).await?;
    Ok(pool)
}

/// Checks that a connection may be handed out again. One that is still in a transaction is thrown away: its COMMIT or
/// ROLLBACK failed, sqlx takes every later transaction for a part of that one, and nothing would be kept.
fn is_clean<C: Connection>(
    connection: &C,
) -> Pin<Box<dyn Future<Output = std::result::Result<bool, sqlx::Error>> + Send>> {
    let clean = !connection.is_in_transaction();
    if !clean {
        tracing::warn!("a database connection was left in a transaction and is thrown away");
    }
    Box::pin(std::future::ready(Ok(clean)))
}

async fn refuse_privileged_role(pool: &DatabaseConnection) -> Result<()> {
    let query = "SELECT rolsuper OR rolbypassrls AS privileged FROM pg_roles WHERE rolname = current_user";
    let row = pool.query_one_raw(Statement::from_string(DatabaseBackend::Postgres, query)).await?;
    match row.map(|row| row.try_get::<bool>("", "privileged")).transpose()? {
        Some(false) => Ok(()),
        _ => Err(Error::Setup(
            "the PostgreSQL role is a superuser or has BYPASSRLS, which switches row-level security off; make one \
             with: CREATE ROLE gatepass LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '…'"
                .to_owned(),
        )),
    }
}

/// Begins in a task of its own, so that it ends well when whoever asked for it hangs up: then the transaction begins and
/// is rolled back at once. Left in the middle, sqlx forgets that it sent `BEGIN`, and the next one to get the connection
/// writes into a transaction that nobody commits.
pub(super) async fn begin(pool: &DatabaseConnection) -> std::result::Result<DatabaseTransaction, DbErr> {
    let pool = pool.clone();
    match tokio::spawn(async move { pool.begin().await }).await {
        Ok(begun) => begun,
        Err(error) => Err(DbErr::Custom(error.to_string())),
    }
}
