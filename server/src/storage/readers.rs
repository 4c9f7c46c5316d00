//! Connections that only read.

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicUsize, Ordering},
};

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseConnection, DbErr, ExecResult, QueryResult, Statement,
    sqlx::sqlite::SqlitePool,
};

use crate::clock::{Clock, Millis, SystemClock};

/// Several connections to a SQLite file, or the pool of PostgreSQL.
#[derive(Clone, Debug)]
pub struct Readers {
    readers: Arc<[Reader]>,
    next: Arc<AtomicUsize>,
}

/// One of them.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    pub(super) connection: DatabaseConnection,
    /// The pool with this one connection, on SQLite.
    pub(super) pool: Option<SqlitePool>,
}

impl Readers {
    pub(super) fn new(readers: Vec<Reader>) -> Self {
        Self { readers: readers.into(), next: Arc::default() }
    }

    /// One that is free, or the one whose turn it is.
    pub(super) fn pick(&self) -> &DatabaseConnection {
        let count = self.readers.len();
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let is_free = |reader: &&Reader| reader.pool.as_ref().is_none_or(|pool| pool.num_idle() > 0);
        let mut from_first = (0..count).map(|step| &self.readers[(first + step) % count]);
        let reader = from_first.find(is_free).unwrap_or(&self.readers[first % count]);
        &reader.connection
    }

    pub(super) async fn close(&self) -> Result<(), DbErr> {
        for reader in self.readers.iter() {
            reader.connection.close_by_ref().await?;
        }
        Ok(())
    }
}

#[async_trait]
impl ConnectionTrait for Readers {
    fn get_database_backend(&self) -> DatabaseBackend {
        self.readers[0].connection.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.pick().execute_raw(statement).await
    }

    async fn execute_unprepared(&self, text: &str) -> Result<ExecResult, DbErr> {
        self.pick().execute_unprepared(text).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.pick().query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.pick().query_all_raw(statement).await
    }
}

/// When the work that a connection does now has to be over: a read that goes on keeps SQLite from reusing its log of
/// writes, which then grows without end.
#[derive(Clone, Debug)]
pub(super) struct Deadline {
    at: Arc<AtomicI64>,
    timeout: Millis,
}

impl Deadline {
    pub(super) fn new(timeout: Millis) -> Self {
        Self { at: Arc::new(AtomicI64::new(Millis::MAX)), timeout }
    }

    /// The connection begins to work.
    pub(super) fn set(&self) {
        self.at.store(SystemClock.monotonic() + self.timeout, Ordering::Relaxed);
    }

    /// Whether it works for too long.
    pub(super) fn has_passed(&self) -> bool {
        SystemClock.monotonic() > self.at.load(Ordering::Relaxed)
    }
}
