//! Knowledge about the writes of this process: how many there were, whether the last one succeeded, and whether
//! there is still a file to write to.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use sea_orm::{DbErr, RuntimeErr, sqlx};

use crate::db::sqlite_file::SqliteFile;

/// The ledger of a database. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger(Arc<Entries>);

#[derive(Debug, Default)]
struct Entries {
    changes: AtomicU64,
    last_failed: AtomicBool,
    /// On SQLite, where this process alone writes.
    file: Option<SqliteFile>,
}

impl Ledger {
    /// The ledger of a SQLite file.
    pub(crate) fn of_file(file: SqliteFile) -> Self {
        Self(Arc::new(Entries { file: Some(file), ..Entries::default() }))
    }

    /// The file, on SQLite.
    pub(crate) fn file(&self) -> Option<&SqliteFile> {
        self.0.file.as_ref()
    }

    /// Number of writes of this process, where no other writes. What is read after this call, and found with the same
    /// count later, had not been changed by a write that was acknowledged in between.
    pub(crate) fn changes(&self) -> Option<u64> {
        self.0.file.as_ref().map(|_| self.0.changes.load(Ordering::SeqCst))
    }

    /// Says whether the last write that went wrong was followed by none that went well.
    pub(crate) fn last_failed(&self) -> bool {
        self.0.last_failed.load(Ordering::SeqCst)
    }

    /// Lets nothing write into a file that is not served from.
    pub(crate) fn admit(&self) -> Result<(), DbErr> {
        match self.0.file.as_ref().and_then(SqliteFile::unusable) {
            Some(unusable) => Err(DbErr::Custom(unusable.to_string())),
            None => Ok(()),
        }
    }

    /// Counts one more change when what is given goes: after the statement or the commit beside it, even if nobody waits
    /// for that any more.
    pub(crate) fn counting(&self) -> Counting<'_> {
        Counting(&self.0.changes)
    }

    /// Notes whether a write succeeded. One that a rule of the schema forbids says nothing about the database.
    pub(crate) fn record<T>(&self, done: &Result<T, DbErr>) {
        match done {
            Ok(_) => self.0.last_failed.store(false, Ordering::SeqCst),
            Err(error) => self.record_failure(error),
        }
    }

    /// The same for a write that did not even begin.
    pub(crate) fn record_failure(&self, error: &DbErr) {
        if is_trouble(error) {
            self.0.last_failed.store(true, Ordering::SeqCst);
        }
    }
}

pub(crate) struct Counting<'a>(&'a AtomicU64);

impl Drop for Counting<'_> {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// Primary result codes of SQLite: permission, busy, locked, out of memory, read-only, input or output, corrupt, full,
/// cannot open, no database (<https://www.sqlite.org/rescode.html>).
const SQLITE_TROUBLE: [u32; 10] = [3, 5, 6, 7, 8, 10, 11, 13, 14, 26];
/// Classes of SQLSTATE: connection, transaction state, rollback, resources, limits, operator, system, internal.
const POSTGRES_TROUBLE: [&str; 8] = ["08", "25", "40", "53", "54", "57", "58", "XX"];

/// Says whether an error is about the database rather than about what was to be written.
fn is_trouble(error: &DbErr) -> bool {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) = error
    else {
        return true;
    };
    let Some(code) = error.as_database_error().and_then(sqlx::error::DatabaseError::code) else {
        return true;
    };
    match code.parse::<u32>() {
        // Extended codes of SQLite have the primary one in their lowest byte. SQLSTATEs have five characters.
        Ok(number) if code.len() < 5 => SQLITE_TROUBLE.contains(&(number & 0xFF)),
        _ => POSTGRES_TROUBLE.iter().any(|class| code.starts_with(class)),
    }
}
