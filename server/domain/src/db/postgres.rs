//! PostgreSQL: a pool, and transactions that begin whole.

use std::{pin::Pin, time::Duration};

use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, DatabaseBackend, DatabaseConnection, DatabaseTransaction,
    DbErr, Statement, TransactionOptions, TransactionTrait,
    sqlx::{self, Connection},
};

use crate::error::{Error, Result};

/// Connects to a server.
///
/// # Errors
/// When it cannot be reached, or its role would get around row-level security.
pub(super) async fn connect(url: &str) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(16).acquire_timeout(Duration::from_secs(10)).sqlx_logging(false);
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
pub(super) async fn begin(
    pool: &DatabaseConnection,
    access_mode: Option<AccessMode>,
) -> std::result::Result<DatabaseTransaction, DbErr> {
    let pool = pool.clone();
    let options = TransactionOptions { access_mode, ..TransactionOptions::default() };
    match tokio::spawn(async move { pool.begin_with_options(options).await }).await {
        Ok(begun) => begun,
        Err(error) => Err(DbErr::Custom(error.to_string())),
    }
}
