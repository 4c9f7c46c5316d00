//! A transaction that writes.

use async_trait::async_trait;
use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr, ExecResult, QueryResult, Statement};

use super::turn::Turn;

/// A transaction that has the turn. Dropped, it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct WriteTransaction {
    /// `None` once it is over.
    pub(super) turn: Option<Turn>,
}

impl WriteTransaction {
    fn turn(&self) -> &Turn {
        self.turn.as_ref().expect("only what is over has none")
    }

    /// Keeps what was written. Comes back once that is on the disk.
    pub(crate) async fn commit(mut self) -> Result<(), DbErr> {
        self.turn().run(|connection| connection.step("RELEASE one"))?;
        match self.turn.take() {
            Some(turn) => turn.join().await,
            None => Ok(()),
        }
    }

    /// Gives up what was written. Comes back once that which it saw of others is on the disk: what is told of it holds.
    pub(crate) async fn rollback(mut self) -> Result<(), DbErr> {
        self.undo();
        match self.turn.take() {
            Some(turn) if turn.group.as_ref().is_some_and(|group| !group.members.is_empty()) => {
                turn.join().await
            }
            _ => Ok(()),
        }
    }

    /// Ends with what was done in it.
    pub(super) async fn conclude<T>(self, done: Result<T, DbErr>) -> Result<T, DbErr> {
        match done {
            Ok(done) => self.commit().await.map(|()| done),
            Err(error) => Err(self.rollback().await.err().unwrap_or(error)),
        }
    }

    fn undo(&self) {
        let Some(turn) = &self.turn else { return };
        if turn.ended().is_some() {
            return;
        }
        let undone = turn.shared.connection.step("ROLLBACK TO one");
        if let Err(error) = undone.and_then(|()| turn.shared.connection.step("RELEASE one")) {
            tracing::error!(%error, "a transaction cannot be undone alone, so all that share its commit are");
            let _ = turn.shared.connection.step("ROLLBACK");
            turn.shared.ledger.record_failure(&error);
            if let Some(group) = &turn.group {
                let _ = group.ended.set(error);
            }
        }
    }
}

impl Drop for WriteTransaction {
    fn drop(&mut self) {
        self.undo();
    }
}

#[async_trait]
impl ConnectionTrait for WriteTransaction {
    fn get_database_backend(&self) -> DatabaseBackend {
        DatabaseBackend::Sqlite
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.turn().statement(&statement.sql, |connection| connection.execute(&statement))
    }

    async fn execute_unprepared(&self, text: &str) -> Result<ExecResult, DbErr> {
        self.turn().statement(text, |connection| connection.batch(text))
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let found = self.turn().statement(&statement.sql, |connection| connection.query(&statement, 1));
        Ok(found?.pop())
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.turn().statement(&statement.sql, |connection| connection.query(&statement, usize::MAX))
    }
}
