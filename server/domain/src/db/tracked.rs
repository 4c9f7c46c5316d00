//! Connections that know what became of the writes through them.

use std::sync::Arc;

use async_trait::async_trait;
use sea_orm::{
    ConnectionTrait, DatabaseBackend, DatabaseTransaction, DbErr, ExecResult, QueryResult, Statement,
};

use crate::{
    db::{ledger::Ledger, readers::Turn},
    error::Result,
};

/// A connection or transaction whose writes are entered in a ledger.
#[derive(Clone, Debug)]
pub struct Tracked<C> {
    pub(crate) inner: C,
    /// `None` for what only reads.
    pub(crate) ledger: Option<Ledger>,
    /// Says if a statement is kept once it has succeeded, and not with the transaction only.
    pub(crate) autocommit: bool,
    /// The reader, for what only reads. It goes last: whoever has the next turn finds the connection free.
    pub(crate) turn: Option<Arc<Turn>>,
}

/// A transaction. Nothing is kept without [`Tracked::commit`].
pub type Transaction = Tracked<DatabaseTransaction>;

impl<C> Tracked<C> {
    async fn enter<T>(&self, statement: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        let Some(ledger) = &self.ledger else { return statement.await };
        ledger.admit()?;
        let _counted = ledger.counting();
        let done = statement.await;
        if self.autocommit || done.is_err() {
            ledger.record(&done);
        }
        done
    }
}

impl Transaction {
    /// Keeps what was written.
    ///
    /// # Errors
    /// When the database refuses: then nothing is kept.
    pub async fn commit(self) -> Result<()> {
        let Self { inner, ledger, turn: _turn, .. } = self;
        let Some(ledger) = ledger else { return Ok(inner.commit().await?) };
        ledger.admit()?;
        let _counted = ledger.counting();
        let done = inner.commit().await;
        ledger.record(&done);
        Ok(done?)
    }
}

#[async_trait]
impl<C: ConnectionTrait> ConnectionTrait for Tracked<C> {
    fn get_database_backend(&self) -> DatabaseBackend {
        self.inner.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.enter(self.inner.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, text: &str) -> Result<ExecResult, DbErr> {
        self.enter(self.inner.execute_unprepared(text)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.enter(self.inner.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.enter(self.inner.query_all_raw(statement)).await
    }
}
