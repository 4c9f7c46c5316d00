//! PostgreSQL: a pool, and transactions that begin whole.

use std::{pin::Pin, time::Duration};

use async_trait::async_trait;
use sea_orm::{
    ConnAcquireErr, ConnectOptions, ConnectionTrait, DatabaseBackend, DatabaseConnection, DbErr, ExecResult,
    QueryResult, RuntimeErr, Statement, Values,
    sqlx::{self, AssertSqlSafe, Connection, Executor, Postgres, query::Query},
};
use sea_query_sqlx::SqlxValues;
use tokio::sync::Mutex;
use types::id::ProductId;

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

/// A transaction. Dropped, it is rolled back before its connection is used again.
#[derive(Debug)]
pub(super) struct PostgresTransaction(Mutex<sqlx::Transaction<'static, Postgres>>);

/// The statement with which a transaction begins. In one of a product row-level security shows the rows of that: both is
/// one question, which SeaORM's transactions cannot ask.
pub(super) fn beginning(product: Option<&ProductId>) -> String {
    product.map_or_else(
        || "BEGIN".to_owned(),
        |product| {
            let product = product.as_str().replace('\'', "''");
            format!("BEGIN; SELECT set_config('gatepass.product_id', '{product}', true)")
        },
    )
}

/// Begins in a task of its own, so that it ends well when whoever asked for it hangs up: then the transaction begins and
/// is rolled back at once. Left in the middle, sqlx forgets that it sent `BEGIN`, and the next one to get the connection
/// writes into a transaction that nobody commits.
pub(super) async fn begin(
    pool: &DatabaseConnection,
    product: Option<&ProductId>,
) -> std::result::Result<PostgresTransaction, DbErr> {
    let (pool, beginning) = (pool.get_postgres_connection_pool().clone(), beginning(product));
    match tokio::spawn(async move { pool.begin_with(AssertSqlSafe(beginning)).await }).await {
        Ok(Ok(begun)) => Ok(PostgresTransaction(Mutex::new(begun))),
        Ok(Err(error)) => Err(of_begin(error)),
        Err(error) => Err(DbErr::Custom(error.to_string())),
    }
}

fn of_begin(error: sqlx::Error) -> DbErr {
    match error {
        sqlx::Error::PoolTimedOut => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        sqlx::Error::PoolClosed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
        error => DbErr::Conn(RuntimeErr::SqlxError(error.into())),
    }
}

fn of_statement(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(error.into()))
}

fn query(statement: Statement) -> Query<'static, Postgres, SqlxValues> {
    let values = statement.values.unwrap_or_else(|| Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(statement.sql), SqlxValues(values))
}

impl PostgresTransaction {
    /// Keeps what was written.
    pub(super) async fn commit(self) -> std::result::Result<(), DbErr> {
        self.0.into_inner().commit().await.map_err(of_statement)
    }

    /// Gives up what was written.
    pub(super) async fn rollback(self) -> std::result::Result<(), DbErr> {
        self.0.into_inner().rollback().await.map_err(of_statement)
    }
}

#[async_trait]
impl ConnectionTrait for PostgresTransaction {
    fn get_database_backend(&self) -> DatabaseBackend {
        DatabaseBackend::Postgres
    }

    async fn execute_raw(&self, statement: Statement) -> std::result::Result<ExecResult, DbErr> {
        let mut connection = self.0.lock().await;
        query(statement).execute(&mut **connection).await.map(ExecResult::from).map_err(of_statement)
    }

    async fn execute_unprepared(&self, text: &str) -> std::result::Result<ExecResult, DbErr> {
        let mut connection = self.0.lock().await;
        let done = (**connection).execute(AssertSqlSafe(text.to_owned())).await;
        done.map(ExecResult::from).map_err(of_statement)
    }

    async fn query_one_raw(&self, statement: Statement) -> std::result::Result<Option<QueryResult>, DbErr> {
        let mut connection = self.0.lock().await;
        let row = query(statement).fetch_optional(&mut **connection).await;
        Ok(row.map_err(of_statement)?.map(QueryResult::from))
    }

    async fn query_all_raw(&self, statement: Statement) -> std::result::Result<Vec<QueryResult>, DbErr> {
        let mut connection = self.0.lock().await;
        let rows = query(statement).fetch_all(&mut **connection).await;
        Ok(rows.map_err(of_statement)?.into_iter().map(QueryResult::from).collect())
    }
}
