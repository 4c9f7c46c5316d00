//! Connections, and how transactions begin.

use std::{path::Path, sync::Arc, time::Duration};

use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, DatabaseBackend, DatabaseConnection, SqliteTransactionMode,
    Statement, TransactionOptions, TransactionTrait, Value,
};

use crate::{
    clock::{Millis, SECOND},
    db::{
        ledger::Ledger,
        location::DatabaseLocation,
        private_files::prepare_database,
        readers::{Readers, Turn},
        settings,
        sqlite_file::{SqliteFile, Unusable},
        sqlite_pool::{self, PoolKind},
        tracked::{Tracked, Transaction},
    },
    error::{Error, Result},
};

/// Number of ids that one statement names.
pub(crate) const CHUNK: usize = 500;
/// Number of connections to a SQLite file that only read.
const READERS: usize = 4;
/// Most time for a read on SQLite.
const READ_TIMEOUT: Millis = 5 * SECOND;
/// Most time that closing the database waits for those that still work with it.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// The database. SQLite has one writer and several readers; PostgreSQL one pool for both.
#[derive(Clone, Debug)]
pub struct Database {
    write: Tracked<DatabaseConnection>,
    read: Readers,
    ledger: Ledger,
}

impl Database {
    /// Connects. A SQLite file is made when it is missing, for its owner alone.
    ///
    /// # Errors
    /// When the database cannot be reached, opened or written to, others can read its file and that cannot be changed,
    /// or its role would get around row-level security.
    pub async fn connect(location: &DatabaseLocation) -> Result<Self> {
        Self::connect_with(location, READ_TIMEOUT).await
    }

    /// Connects; on SQLite a read that takes longer than `read_timeout` is ended.
    ///
    /// # Errors
    /// As [`Self::connect`].
    pub async fn connect_with(location: &DatabaseLocation, read_timeout: Millis) -> Result<Self> {
        match location {
            DatabaseLocation::Sqlite(file) => Self::open(file, read_timeout).await,
            DatabaseLocation::Postgres(url) => Self::connect_to_server(url).await,
        }
    }

    async fn open(file: &Path, read_timeout: Millis) -> Result<Self> {
        prepare_database(file)?;
        let ledger = Ledger::of_file(SqliteFile::opened(file)?);
        let write = sqlite_pool::open(file, PoolKind::Writer).await?;
        let mut readers = Vec::new();
        for _ in 0..READERS {
            readers.push(sqlite_pool::open(file, PoolKind::Reader(read_timeout)).await?);
        }
        Ok(Self::assemble(write, readers, ledger))
    }

    async fn connect_to_server(url: &str) -> Result<Self> {
        let mut options = ConnectOptions::new(url);
        options.max_connections(16).acquire_timeout(Duration::from_secs(10)).sqlx_logging(false);
        options.map_sqlx_postgres_before_acquire(|connection, _| sqlite_pool::is_clean(connection));
        let pool = sea_orm::Database::connect(options).await?;
        let db = Self::assemble(pool.clone(), vec![pool], Ledger::default());
        db.refuse_privileged_role().await?;
        Ok(db)
    }

    fn assemble(write: DatabaseConnection, readers: Vec<DatabaseConnection>, ledger: Ledger) -> Self {
        let write = Tracked { inner: write, ledger: Some(ledger.clone()), autocommit: true, turn: None };
        Self { write, read: Readers::new(readers), ledger }
    }

    /// Connects like [`Self::connect`], but makes no file.
    ///
    /// # Errors
    /// As there, and when there is no database.
    pub async fn connect_existing(location: &DatabaseLocation) -> Result<Self> {
        match location.file().filter(|file| !file.exists()) {
            Some(missing) => Err(Error::Setup(format!("there is no database at {}", missing.display()))),
            None => Self::connect(location).await,
        }
    }

    /// For reading outside a transaction.
    pub const fn read(&self) -> &Readers {
        &self.read
    }

    /// For single statements that write.
    pub const fn write(&self) -> &Tracked<DatabaseConnection> {
        &self.write
    }

    /// Number of writes to the database, where only this process writes to it: on SQLite. Counted before a write is
    /// acknowledged.
    pub(crate) fn changes(&self) -> Option<u64> {
        self.ledger.changes()
    }

    /// The kind of database.
    pub fn backend(&self) -> DatabaseBackend {
        self.write.get_database_backend()
    }

    /// Begins a transaction that may read and then write: on SQLite it holds the write lock from the start, so that it
    /// cannot deadlock when it goes on to write. Await nothing but the database while it is open.
    pub async fn begin(&self) -> Result<Transaction> {
        self.ledger.admit()?;
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        let begun = begin_whole(&self.write.inner, options, Some(self.ledger.clone()), None).await;
        if let Err(Error::Database(error)) = &begun {
            self.ledger.record_failure(error);
        }
        begun
    }

    /// Begins a transaction that only reads.
    pub async fn begin_read(&self) -> Result<Transaction> {
        let access_mode = (self.backend() == DatabaseBackend::Postgres).then_some(AccessMode::ReadOnly);
        let options = TransactionOptions { access_mode, ..TransactionOptions::default() };
        let turn = self.read.turn().await?;
        begin_whole(&turn.connection.clone(), options, None, Some(turn)).await
    }

    /// Reason that the database cannot be served from, as far as [`Self::watch`] noticed: its file is gone, or
    /// another, or read-only.
    pub fn unusable(&self) -> Option<Unusable> {
        self.ledger.file().and_then(SqliteFile::unusable)
    }

    /// Says whether the last write failed.
    pub fn last_write_failed(&self) -> bool {
        self.ledger.last_failed()
    }

    /// Writes something that nobody needs, to find out whether that can be done.
    pub async fn probe(&self, now: Millis) -> Result<()> {
        settings::set(&self.write, "write_probe", &now.to_string()).await
    }

    /// Looks after the file of a SQLite database: notices when it is no longer the one that is served, and keeps its log
    /// of writes short. To be called every second; there is nothing to do on PostgreSQL.
    pub async fn watch(&self) -> Result<()> {
        let Some(file) = self.ledger.file() else { return Ok(()) };
        file.look();
        if file.unusable().is_some() {
            return Ok(());
        }
        sqlite_pool::checkpoint(&self.write.inner, file.wal_bytes()).await
    }

    /// Asks the database for an answer, for `/readyz`.
    ///
    /// # Errors
    /// When it gives none.
    pub async fn ping(&self) -> Result<()> {
        Ok(self.read.turn().await?.connection.ping().await?)
    }

    /// Closes every connection, once each is free. The last one of a SQLite file takes the log of writes into it.
    ///
    /// # Errors
    /// When the database refuses, or a connection does not become free in time.
    pub async fn close(self) -> Result<()> {
        let closing = async {
            self.read.close().await?;
            self.write.inner.close_by_ref().await
        };
        match tokio::time::timeout(CLOSE_TIMEOUT, closing).await {
            Ok(closed) => Ok(closed?),
            Err(_) => Err(Error::Setup("the database was still in use when it had to be closed".to_owned())),
        }
    }

    async fn refuse_privileged_role(&self) -> Result<()> {
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
    ledger: Option<Ledger>,
    turn: Option<Turn>,
) -> Result<Transaction> {
    let connection = connection.clone();
    let inner = tokio::spawn(async move { connection.begin_with_options(options).await }).await??;
    Ok(Tracked { inner, ledger, autocommit: false, turn: turn.map(Arc::new) })
}

/// Says if a text may be looked for: PostgreSQL takes no NUL, and nothing stored has one.
pub(crate) fn storable(text: &str) -> bool {
    !text.contains('\0')
}

/// A statement with numbered parameters (`$1`), which both databases read.
pub(crate) fn sql<I: IntoIterator<Item = Value>>(
    db: &impl ConnectionTrait,
    text: &str,
    values: I,
) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), text, values)
}
