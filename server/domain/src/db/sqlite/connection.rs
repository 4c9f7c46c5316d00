//! One connection to a SQLite file.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use sea_orm::{DbErr, ExecResult, ProxyExecResult, QueryResult, Statement};

use super::{
    failure::{ended, of_statement},
    values::{Columns, bind},
};
use crate::{clock::Millis, db::deadline::Deadline};

/// Statements that a connection keeps prepared.
const PREPARED: usize = 256;
/// After how many instructions of SQLite's machine a read is asked whether it takes too long.
const INSTRUCTIONS: i32 = 10_000;
/// Size of the log of writes, in pages, from which a commit takes it into the database.
const AUTOCHECKPOINT: u32 = 1000;

/// The use of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// Writing.
    Write,
    /// Reading, for as long as given.
    Read(Millis),
}

/// A connection. Its statements run on the thread that asks; who asks has it for themselves already.
#[derive(Debug)]
pub(crate) struct Connection {
    /// `None` once it is closed.
    inner: Mutex<Option<rusqlite::Connection>>,
    deadline: Deadline,
    file: PathBuf,
    purpose: Purpose,
}

impl Connection {
    /// Opens a file that is there.
    pub(crate) fn open(file: &Path, purpose: Purpose) -> Result<Self, DbErr> {
        let deadline = Deadline::new(match purpose {
            Purpose::Write => Millis::MAX,
            Purpose::Read(timeout) => timeout,
        });
        let inner = Mutex::new(Some(Self::connect(file, purpose, deadline.clone())?));
        Ok(Self { inner, deadline, file: file.to_owned(), purpose })
    }

    fn connect(file: &Path, purpose: Purpose, deadline: Deadline) -> Result<rusqlite::Connection, DbErr> {
        use rusqlite::OpenFlags as Flags;
        let flags = Flags::SQLITE_OPEN_READ_WRITE | Flags::SQLITE_OPEN_NO_MUTEX;
        let connection = rusqlite::Connection::open_with_flags(file, flags).map_err(of_statement)?;
        // Another process may be in the way here only: later nobody waits on a thread of the runtime.
        connection.busy_timeout(super::BUSY_TIMEOUT).map_err(of_statement)?;
        // In KiB. The writer has room for the pages of a large transaction, which would be written again and again.
        let (cache, query_only) = match purpose {
            Purpose::Write => (-16384, "OFF"),
            Purpose::Read(_) => (-4096, "ON"),
        };
        let pragmas = format!(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = {cache};
            PRAGMA wal_autocheckpoint = {AUTOCHECKPOINT}; PRAGMA query_only = {query_only}"
        );
        connection.execute_batch(&pragmas).map_err(of_statement)?;
        connection.busy_timeout(Duration::ZERO).map_err(of_statement)?;
        connection.set_prepared_statement_cache_capacity(PREPARED);
        // Or else each new value of a `LIMIT $1` has the statement prepared again: it might come to another plan.
        connection
            .set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
            .map_err(of_statement)?;
        if let Purpose::Read(_) = purpose {
            connection
                .progress_handler(INSTRUCTIONS, Some(move || deadline.has_passed()))
                .map_err(of_statement)?;
        }
        Ok(connection)
    }

    fn lock(&self) -> MutexGuard<'_, Option<rusqlite::Connection>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, run: impl FnOnce(&rusqlite::Connection) -> Result<T, DbErr>) -> Result<T, DbErr> {
        let inner = self.lock();
        run(inner.as_ref().ok_or_else(|| ended("the database is closed"))?)
    }

    /// Whoever has the connection begins something that may take its time from now.
    pub(super) fn begin_work(&self) {
        self.deadline.set();
    }

    /// Runs a statement that answers no rows.
    pub(super) fn execute(&self, statement: &Statement) -> Result<ExecResult, DbErr> {
        self.with(|connection| {
            let mut prepared = connection.prepare_cached(&statement.sql).map_err(of_statement)?;
            bind(&mut prepared, statement)?;
            // A statement that answers rows all the same has to be gone through to have done all.
            if prepared.column_count() > 0 {
                let mut rows = prepared.raw_query();
                while rows.next().map_err(of_statement)?.is_some() {}
                drop(rows);
            } else {
                prepared.raw_execute().map_err(of_statement)?;
            }
            Ok(ProxyExecResult::new(0, connection.changes()).into())
        })
    }

    /// Runs a statement, and gives at most so many of the rows that it answers.
    pub(super) fn query(&self, statement: &Statement, most: usize) -> Result<Vec<QueryResult>, DbErr> {
        self.with(|connection| {
            let mut prepared = connection.prepare_cached(&statement.sql).map_err(of_statement)?;
            bind(&mut prepared, statement)?;
            let whole = !prepared.readonly();
            let mut rows = prepared.raw_query();
            let (mut columns, mut found) = (None, Vec::new());
            while let Some(row) = rows.next().map_err(of_statement)? {
                if found.len() < most {
                    // Of the row: the first step prepares anew what was prepared before the schema changed.
                    let columns = columns.get_or_insert_with(|| Columns::of(row.as_ref()));
                    found.push(columns.read(row)?);
                } else if !whole {
                    break;
                }
            }
            Ok(found)
        })
    }

    /// Runs statements that take no values, one after the other. Gives what the last one did.
    pub(super) fn batch(&self, text: &str) -> Result<ExecResult, DbErr> {
        self.with(|connection| {
            connection.execute_batch(text).map_err(of_statement)?;
            Ok(ProxyExecResult::new(0, connection.changes()).into())
        })
    }

    /// Runs one statement that takes no values, and keeps it prepared.
    pub(super) fn step(&self, text: &str) -> Result<(), DbErr> {
        self.with(|connection| {
            connection
                .prepare_cached(text)
                .and_then(|mut prepared| prepared.raw_execute())
                .map_err(of_statement)?;
            Ok(())
        })
    }

    /// Asks this before each commit; it fails if the answer is yes.
    #[cfg(test)]
    pub(super) fn on_commit(&self, fails: impl FnMut() -> bool + Send + 'static) {
        self.with(|connection| connection.commit_hook(Some(fails)).map_err(of_statement))
            .expect("it is open");
    }

    /// Number of times that a statement which is kept prepared was prepared again.
    #[cfg(test)]
    pub(super) fn prepared_again(&self, text: &str) -> i32 {
        let counted = self.with(|connection| {
            let prepared = connection.prepare_cached(text).map_err(of_statement)?;
            Ok(prepared.get_status(rusqlite::StatementStatus::RePrepare))
        });
        counted.expect("it is a statement")
    }

    /// Says if no transaction is open. After an error that is how to find out that SQLite ended it.
    pub(super) fn is_autocommit(&self) -> bool {
        self.lock().as_ref().is_none_or(rusqlite::Connection::is_autocommit)
    }

    /// Takes the log of writes into the database; waits for readers for so long. Says if all of it was taken.
    pub(super) fn checkpoint(&self, mode: &str, patience: Duration) -> Result<bool, DbErr> {
        self.with(|connection| {
            connection.busy_timeout(patience).map_err(of_statement)?;
            let pragma = format!("PRAGMA wal_checkpoint({mode})");
            let busy = connection.query_row(&pragma, [], |row| row.get::<_, i64>(0));
            connection.busy_timeout(Duration::ZERO).map_err(of_statement)?;
            Ok(busy.map_err(of_statement)? == 0)
        })
    }

    /// Closes it. The last one of a file takes the log of writes into it.
    pub(super) fn close(&self) -> Result<(), DbErr> {
        match self.lock().take().map(rusqlite::Connection::close) {
            Some(Err((_, error))) => Err(of_statement(error)),
            _ => Ok(()),
        }
    }

    /// Ends a transaction that is still open after it was to end: what came now would be a part of it, and what is read
    /// as old as it. A connection that cannot do that cannot be relied on, and another one takes its place.
    ///
    /// # Errors
    /// When there is no other.
    pub(super) fn repair(&self) -> Result<(), DbErr> {
        if self.is_autocommit() {
            return Ok(());
        }
        let _ = self.step("ROLLBACK");
        if self.is_autocommit() {
            return Ok(());
        }
        tracing::warn!("a database connection was left in a transaction and is thrown away");
        let other = Self::connect(&self.file, self.purpose, self.deadline.clone())?;
        *self.lock() = Some(other);
        Ok(())
    }
}
