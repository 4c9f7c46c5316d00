//! The database, whichever it is.

use std::{path::Path, time::Duration};

use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseConnection, Statement, Value};
use types::id::ProductId;

use crate::{
    clock::{Millis, SECOND},
    db::{
        connections::{
            Lists, ListsOf, Reads, ReadsOf, Recorded, Transaction, TransactionOf, Writes, WritesOf,
        },
        ledger::Ledger,
        location::DatabaseLocation,
        postgres,
        private_files::prepare_database,
        settings,
        sqlite::{LongReaders, Readers, Writer},
        sqlite_file::{SqliteFile, Unusable},
        statements::{Statements, Way},
    },
    error::{Error, Result},
};

/// Number of ids that one statement names.
pub(crate) const CHUNK: usize = 500;
/// Number of connections to a SQLite file that only read.
const READERS: usize = 3;
/// The same for what may take long.
const LONG_READERS: usize = 2;
/// Most time for a read on SQLite.
const READ_TIMEOUT: Millis = 5 * SECOND;
/// Most time that closing the database waits for those that still work with it.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// A log of writes this large, in bytes, is taken into the database, as far as nobody reads what it holds …
const CHECKPOINT_FROM: u64 = 8 * 1024 * 1024;
/// … and with one this large nobody writes until all of it is, and it begins anew.
const RESTART_FROM: u64 = 32 * 1024 * 1024;

/// The database. SQLite has one writer and several readers; PostgreSQL one pool for both.
#[derive(Clone, Debug)]
pub struct Database {
    write: Writes,
    read: Reads,
    lists: Lists,
    statements: Statements,
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
        let write = WritesOf::Sqlite(Writer::open(file, ledger.clone())?);
        let read = ReadsOf::Sqlite(Readers::open(file, READERS, read_timeout)?);
        let lists = ListsOf::Sqlite(LongReaders(Readers::open(file, LONG_READERS, read_timeout)?));
        Ok(Self::assemble(write, read, lists, ledger))
    }

    async fn connect_to_server(url: &str) -> Result<Self> {
        let pool = postgres::connect(url).await?;
        let ledger = Ledger::default();
        let write = WritesOf::Postgres(Recorded {
            inner: pool.clone(),
            ledger: Some(ledger.clone()),
            autocommit: true,
        });
        let lists = ListsOf::Postgres(pool.clone());
        Ok(Self::assemble(write, ReadsOf::Postgres(pool), lists, ledger))
    }

    fn assemble(write: WritesOf, read: ReadsOf, lists: ListsOf, ledger: Ledger) -> Self {
        let statements = Statements::default();
        Self {
            write: Writes { of: write, statements: statements.clone() },
            read: Reads { of: read, statements: statements.clone() },
            lists: Lists { of: lists, statements: statements.clone() },
            statements,
            ledger,
        }
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

    /// For reading a few rows that an index names, outside a transaction.
    pub const fn read(&self) -> &Reads {
        &self.read
    }

    /// For reading lists, for searching and counting, outside a transaction.
    pub const fn lists(&self) -> &Lists {
        &self.lists
    }

    /// For single statements that write.
    pub const fn write(&self) -> &Writes {
        &self.write
    }

    /// Number of writes to the database, where only this process writes to it: on SQLite. Counted before a write is
    /// acknowledged.
    pub(crate) fn changes(&self) -> Option<u64> {
        self.ledger.changes()
    }

    /// The statements that run, for tests that count them.
    #[cfg(feature = "tables")]
    pub const fn statements(&self) -> &Statements {
        &self.statements
    }

    /// The kind of database.
    pub fn backend(&self) -> DatabaseBackend {
        self.write.get_database_backend()
    }

    /// Begins a transaction that may read and then write: on SQLite it holds the write lock from the start, so that it
    /// cannot deadlock when it goes on to write. Await nothing but the database while it is open.
    pub async fn begin(&self) -> Result<Transaction> {
        self.begin_in(None).await
    }

    /// The same among the data of a product, if one is given: on PostgreSQL row-level security holds it to that.
    pub(crate) async fn begin_in(&self, product: Option<&ProductId>) -> Result<Transaction> {
        self.note_begin(product);
        let begun = match &self.write.of {
            WritesOf::Sqlite(writer) => TransactionOf::SqliteWrite(writer.begin().await?),
            WritesOf::Postgres(pool) => {
                self.begin_on(&pool.inner, product, Some(self.ledger.clone())).await?
            }
        };
        Ok(Transaction { of: begun, statements: self.statements.clone() })
    }

    /// Begins a transaction that only reads: on SQLite it cannot write; PostgreSQL would have to be told so each time.
    pub async fn begin_read(&self) -> Result<Transaction> {
        self.begin_read_in(None).await
    }

    /// The same among the data of a product, as [`Self::begin_in`] has it.
    pub(crate) async fn begin_read_in(&self, product: Option<&ProductId>) -> Result<Transaction> {
        self.note_begin(product);
        let begun = match &self.read.of {
            ReadsOf::Sqlite(readers) => TransactionOf::SqliteRead(readers.begin().await?),
            ReadsOf::Postgres(pool) => self.begin_on(pool, product, None).await?,
        };
        Ok(Transaction { of: begun, statements: self.statements.clone() })
    }

    fn note_begin(&self, product: Option<&ProductId>) {
        self.statements.note(Way::Begin, || {
            let product = product.filter(|_| self.backend() == DatabaseBackend::Postgres);
            Statement::from_string(self.backend(), postgres::beginning(product))
        });
    }

    /// Begins on PostgreSQL; `ledger` is for a transaction that writes.
    async fn begin_on(
        &self,
        pool: &DatabaseConnection,
        product: Option<&ProductId>,
        ledger: Option<Ledger>,
    ) -> Result<TransactionOf> {
        let begun = postgres::begin(pool, product).await;
        if let (Err(error), Some(ledger)) = (&begun, &ledger) {
            ledger.record_failure(error);
        }
        Ok(TransactionOf::Postgres(Recorded { inner: begun?, ledger, autocommit: false }))
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
        let (Some(file), WritesOf::Sqlite(writer)) = (self.ledger.file(), &self.write.of) else {
            return Ok(());
        };
        file.look();
        let wal_bytes = file.wal_bytes();
        if file.unusable().is_some() || wal_bytes < CHECKPOINT_FROM {
            return Ok(());
        }
        if !writer.checkpoint(wal_bytes >= RESTART_FROM).await? {
            tracing::warn!(
                wal_bytes,
                "another program reads the database and keeps its log of writes from ending"
            );
        }
        Ok(())
    }

    /// Asks the database for an answer, for `/readyz`.
    ///
    /// # Errors
    /// When it gives none.
    pub async fn ping(&self) -> Result<()> {
        self.read.query_one_raw(sql(&self.read, "SELECT 1", [])).await?;
        Ok(())
    }

    /// Closes every connection, once each is free. The last one of a SQLite file takes the log of writes into it.
    ///
    /// # Errors
    /// When the database refuses, or a connection does not become free in time.
    pub async fn close(self) -> Result<()> {
        let closing = async {
            match (&self.read.of, &self.write.of) {
                (ReadsOf::Sqlite(readers), WritesOf::Sqlite(writer)) => {
                    readers.close().await?;
                    if let ListsOf::Sqlite(lists) = &self.lists.of {
                        lists.0.close().await?;
                    }
                    writer.close().await
                }
                (ReadsOf::Postgres(pool), _) => Ok(pool.close_by_ref().await?),
                (ReadsOf::Sqlite(_), WritesOf::Postgres(_)) => Ok(()),
            }
        };
        match tokio::time::timeout(CLOSE_TIMEOUT, closing).await {
            Ok(closed) => closed,
            Err(_) => Err(Error::Setup("the database was still in use when it had to be closed".to_owned())),
        }
    }
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
