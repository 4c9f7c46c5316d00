//! Connections that count what is written through them, so that what was read before can be told to be old.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseTransaction, DbErr, ExecResult, QueryResult, Statement,
};

use crate::error::Result;

/// How often this process has written.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes(Arc<AtomicU64>);

impl Changes {
    /// The count now. What is read after this call, and found with the same count later, had not been changed by a
    /// write that was acknowledged in between.
    pub(super) fn count(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Counts one more when it goes: after the statement or the commit beside it, even if nobody waits for that any more.
struct Counting<'a>(&'a Changes);

impl Drop for Counting<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// A connection or transaction whose writes are counted, if anybody counts.
#[derive(Clone, Debug)]
pub struct Tracked<C> {
    pub(super) inner: C,
    pub(super) changes: Option<Changes>,
}

/// A transaction. Nothing is kept without [`Tracked::commit`].
pub type Transaction = Tracked<DatabaseTransaction>;

impl<C> Tracked<C> {
    fn counting(&self) -> Option<Counting<'_>> {
        self.changes.as_ref().map(Counting)
    }
}

impl Transaction {
    /// Keeps what was written.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn commit(self) -> Result<()> {
        let _counted = self.changes.as_ref().map(Counting);
        Ok(self.inner.commit().await?)
    }
}

#[async_trait]
impl<C: ConnectionTrait> ConnectionTrait for Tracked<C> {
    fn get_database_backend(&self) -> DatabaseBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let _counted = self.counting();
        self.inner.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, text: &str) -> Result<ExecResult, DbErr> {
        let _counted = self.counting();
        self.inner.execute_unprepared(text).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let _counted = self.counting();
        self.inner.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let _counted = self.counting();
        self.inner.query_all_raw(statement).await
    }
}
