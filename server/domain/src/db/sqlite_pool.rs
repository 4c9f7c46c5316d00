//! Pools of SQLite: connections are opened, handed out, and kept from leaving a long log of writes.

use std::{path::Path, pin::Pin, time::Duration};

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbErr, RuntimeErr, SqlxSqliteConnector,
    sqlx::{
        self, ConnectOptions, Connection,
        sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
    },
};

use crate::{
    clock::Millis,
    db::{database::sql, readers::Deadline},
    error::Result,
};

/// The time that a statement waits for another process to finish its write, and whoever wants a connection for one.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// A log of writes this large, in bytes, is taken into the database, as far as nobody reads what it holds …
const CHECKPOINT_FROM: u64 = 4 * 1024 * 1024;
/// … and with one this large nobody writes until all of it is, and it begins anew.
const RESTART_FROM: u64 = 32 * 1024 * 1024;
/// After how many instructions of SQLite's machine a read is asked whether it takes too long.
const INSTRUCTIONS: i32 = 10_000;

/// The use of a pool.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PoolKind {
    /// Writing.
    Writer,
    /// Reading, for as long as given.
    Reader(Millis),
}

/// Opens a pool with one connection, which stays open: what is opened later might be another file.
pub(crate) async fn open(file: &Path, kind: PoolKind) -> Result<DatabaseConnection> {
    // In KiB. The writer has room for the pages of a large transaction, which would be written again and again.
    let (cache, query_only) = match kind {
        PoolKind::Writer => ("-32768", "off"),
        PoolKind::Reader(_) => ("-8192", "on"),
    };
    let options = SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        .foreign_keys(true)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("cache_size", cache)
        .pragma("query_only", query_only)
        .disable_statement_logging();
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(BUSY_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false);
    let pool = match kind {
        PoolKind::Writer => pool.before_acquire(|connection, _| is_clean(connection)),
        PoolKind::Reader(timeout) => with_deadline(pool, Deadline::new(timeout)),
    };
    let failed = |error: sqlx::Error| DbErr::Conn(RuntimeErr::SqlxError(error.into()));
    let pool = pool.connect_with(options).await.map_err(failed)?;
    Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
}

fn with_deadline(pool: SqlitePoolOptions, deadline: Deadline) -> SqlitePoolOptions {
    let (starting, running) = (deadline.clone(), deadline);
    pool.before_acquire(move |connection, _| {
        starting.set();
        is_clean(connection)
    })
    .after_connect(move |connection, _| {
        let deadline = running.clone();
        Box::pin(async move {
            let mut handle = connection.lock_handle().await?;
            handle.set_progress_handler(INSTRUCTIONS, move || !deadline.has_passed());
            Ok(())
        })
    })
}

/// Checks that a connection may be handed out again. One that is still in a transaction is thrown away: its COMMIT or
/// ROLLBACK failed, sqlx takes every later transaction for a part of that one, and nothing would be kept.
pub(crate) fn is_clean<C: Connection>(
    connection: &C,
) -> Pin<Box<dyn Future<Output = Result<bool, sqlx::Error>> + Send>> {
    let clean = !connection.is_in_transaction();
    if !clean {
        tracing::warn!("a database connection was left in a transaction and is thrown away");
    }
    Box::pin(std::future::ready(Ok(clean)))
}

/// Takes a log of writes of this many bytes into the database, if it is large. SQLite would do that by itself after a
/// commit, but not after single statements that answer a row: sqlx resets those before they end.
pub(crate) async fn checkpoint(writer: &DatabaseConnection, wal_bytes: u64) -> Result<()> {
    let pragma = match wal_bytes {
        RESTART_FROM.. => "PRAGMA wal_checkpoint(TRUNCATE)",
        CHECKPOINT_FROM.. => "PRAGMA wal_checkpoint(PASSIVE)",
        _ => return Ok(()),
    };
    let row = writer.query_one_raw(sql(writer, pragma, [])).await?;
    if let Some(row) = row
        && row.try_get_by_index::<i32>(0)? != 0
    {
        tracing::warn!(
            wal_bytes,
            "another program reads the database and keeps its log of writes from ending"
        );
    }
    Ok(())
}
