//! Connections, and how transactions begin.

use std::{path::Path, time::Duration};

use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, DatabaseBackend, DatabaseConnection, SqliteTransactionMode,
    Statement, TransactionOptions, TransactionTrait, Value,
    sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous},
};

use super::tracked::{Changes, Tracked, Transaction};
use crate::error::{Error, Result};

/// The database. SQLite has one writer and several readers; PostgreSQL one pool for both.
#[derive(Clone, Debug)]
pub struct Database {
    write: Tracked<DatabaseConnection>,
    read: DatabaseConnection,
}

impl Database {
    /// Connects. A SQLite file is made when it is missing.
    ///
    /// # Errors
    /// When the database cannot be reached or opened, or its role would get around row-level security.
    pub async fn connect(url: &str) -> Result<Self> {
        let db = if url.starts_with("sqlite:") {
            let write = sea_orm::Database::connect(sqlite(url, 1, false)).await?;
            let read = sea_orm::Database::connect(sqlite(url, 4, true)).await?;
            Self { write: Tracked { inner: write, changes: Some(Changes::default()) }, read }
        } else {
            let mut options = ConnectOptions::new(url);
            options.max_connections(16).acquire_timeout(Duration::from_secs(10)).sqlx_logging(false);
            let pool = sea_orm::Database::connect(options).await?;
            Self { write: Tracked { inner: pool.clone(), changes: None }, read: pool }
        };
        db.refuse_privileged_role().await?;
        Ok(db)
    }

    /// Connects like [`Self::connect`], but makes no file.
    ///
    /// # Errors
    /// As there, and when there is no database.
    pub async fn connect_existing(url: &str) -> Result<Self> {
        let file = url.strip_prefix("sqlite://").map(|path| path.split('?').next().unwrap_or_default());
        match file.filter(|file| !Path::new(file).exists()) {
            Some(missing) => Err(Error::Setup(format!("there is no database at {missing}"))),
            None => Self::connect(url).await,
        }
    }

    /// For reading outside a transaction.
    pub const fn read(&self) -> &DatabaseConnection {
        &self.read
    }

    /// For single statements that write.
    pub const fn write(&self) -> &Tracked<DatabaseConnection> {
        &self.write
    }

    /// How often the database was written to, where only this process writes to it: on SQLite. Counted before a write is
    /// acknowledged.
    pub(super) fn changes(&self) -> Option<u64> {
        self.write.changes.as_ref().map(Changes::count)
    }

    /// Which database it is.
    pub fn backend(&self) -> DatabaseBackend {
        self.write.get_database_backend()
    }

    /// Begins a transaction that may read and then write: on SQLite it holds the write lock from the start, so that it
    /// cannot deadlock when it goes on to write. Await nothing but the database while it is open.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn begin(&self) -> Result<Transaction> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        begin_whole(&self.write.inner, options, self.write.changes.clone()).await
    }

    /// Begins a transaction that only reads.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn begin_read(&self) -> Result<Transaction> {
        let access_mode = (self.backend() == DatabaseBackend::Postgres).then_some(AccessMode::ReadOnly);
        begin_whole(&self.read, TransactionOptions { access_mode, ..TransactionOptions::default() }, None)
            .await
    }

    /// Asks the database for an answer, for `/readyz`.
    ///
    /// # Errors
    /// When it gives none.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.read.ping().await?)
    }

    /// Closes every connection, once each is free.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn close(self) -> Result<()> {
        self.read.close().await?;
        Ok(self.write.inner.close().await?)
    }

    async fn refuse_privileged_role(&self) -> Result<()> {
        if self.backend() != DatabaseBackend::Postgres {
            return Ok(());
        }
        let query =
            "SELECT rolsuper OR rolbypassrls AS privileged FROM pg_roles WHERE rolname = current_user";
        let row = self.read.query_one_raw(sql(&self.read, query, [])).await?;
        match row.map(|row| row.try_get::<bool>("", "privileged")).transpose()? {
            Some(false) => Ok(()),
            _ => Err(Error::Setup(
                "the PostgreSQL role is a superuser or has BYPASSRLS, which switches row-level security off; make one \
                 with: CREATE ROLE gatepass LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '…'"
                    .to_owned(),
            )),
        }
    }
}

/// Begins in a task of its own, so that it ends well when whoever asked for it hangs up: then the transaction begins and
/// is rolled back at once. Left in the middle, sqlx forgets on PostgreSQL that it sent `BEGIN`, and the next one to get
/// the connection writes into a transaction that nobody commits.
async fn begin_whole(
    connection: &DatabaseConnection,
    options: TransactionOptions,
    changes: Option<Changes>,
) -> Result<Transaction> {
    let connection = connection.clone();
    let inner = tokio::spawn(async move { connection.begin_with_options(options).await }).await??;
    Ok(Tracked { inner, changes })
}

fn sqlite(url: &str, connections: u32, read_only: bool) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options.max_connections(connections).sqlx_logging(false).acquire_timeout(Duration::from_secs(10));
    options.map_sqlx_sqlite_opts(move |sqlite| {
        sqlite
            .create_if_missing(!read_only)
            .journal_mode(SqliteJournalMode::Wal)
            .foreign_keys(true)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            // In KiB: room for the pages that one large transaction changes, which would be written again and again.
            .pragma("cache_size", if read_only { "-16384" } else { "-131072" })
            .pragma("query_only", if read_only { "on" } else { "off" })
    });
    options
}

/// Whether a text may be looked for: PostgreSQL takes no NUL, and nothing stored has one.
pub(super) fn storable(text: &str) -> bool {
    !text.contains('\0')
}

/// A statement with numbered parameters (`$1`), which both databases read.
pub(super) fn sql<I: IntoIterator<Item = Value>>(
    db: &impl ConnectionTrait,
    text: &str,
    values: I,
) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), text, values)
}
