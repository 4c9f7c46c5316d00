//! The connection that writes.

use std::{
    mem,
    path::Path,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

use async_trait::async_trait;
use sea_orm::{ConnAcquireErr, ConnectionTrait, DatabaseBackend, DbErr, ExecResult, QueryResult, Statement};
use tokio::sync::oneshot;

use super::{
    BUSY_TIMEOUT, Connection, Purpose, WriteTransaction, failure, patiently,
    turn::{Group, Shared, Turn},
};
use crate::{db::ledger::Ledger, error::Error};

/// The time for which a new log of writes waits for those who read the old one. Nobody writes meanwhile.
const RESTART_TIMEOUT: Duration = Duration::from_secs(3);

/// The one connection of a file that writes. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Writer(Arc<Shared>);

impl Writer {
    /// Opens the connection, and starts the thread that commits.
    pub(crate) fn open(file: &Path, ledger: Ledger) -> Result<Self, Error> {
        let connection = Connection::open(file, Purpose::Write)?;
        let (committer, turns) = mpsc::channel::<Turn>();
        thread::Builder::new()
            .name("commit".to_owned())
            .spawn(move || turns.into_iter().for_each(|mut turn| turn.commit_group()))
            .map_err(|error| Error::Setup(format!("cannot start a thread: {error}")))?;
        Ok(Self(Arc::new(Shared {
            connection,
            ledger,
            queue: Mutex::default(),
            committer: Mutex::new(committer),
        })))
    }

    /// Waits for the turn.
    async fn turn(&self) -> Result<Turn, DbErr> {
        let waiting = {
            let mut queue = self.0.queue.lock().unwrap_or_else(PoisonError::into_inner);
            if queue.closed {
                return Err(failure::ended("the database is closed"));
            }
            if !mem::replace(&mut queue.taken, true) {
                return Ok(Turn { shared: Arc::clone(&self.0), group: Some(Group::default()) });
            }
            let (turn, waiting) = oneshot::channel();
            queue.waiting.push_back(turn);
            waiting
        };
        match tokio::time::timeout(BUSY_TIMEOUT, waiting).await {
            Ok(Ok(turn)) => Ok(turn),
            Ok(Err(_)) => Err(failure::ended("the database is closed")),
            Err(_) => Err(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)),
        }
    }

    /// Waits for the turn, in a transaction of SQLite's.
    async fn begun(&self) -> Result<Turn, DbErr> {
        self.0.ledger.admit()?;
        let mut turn = self.turn().await.inspect_err(|error| self.0.ledger.record_failure(error))?;
        if turn.group().open {
            return Ok(turn);
        }
        let Err(error) = begin_immediate(&self.0).await else {
            turn.group().open = true;
            return Ok(turn);
        };
        self.0.ledger.record_failure(&error);
        if !self.0.connection.is_autocommit() {
            // What was open before could not be ended: nothing would begin any more.
            tokio::task::spawn_blocking(move || turn.shared.repair());
        }
        Err(error)
    }

    /// Begins a transaction that may read and then write.
    pub(crate) async fn begin(&self) -> Result<WriteTransaction, DbErr> {
        let turn = self.begun().await?;
        turn.run(|connection| connection.step("SAVEPOINT one"))?;
        Ok(WriteTransaction { turn: Some(turn) })
    }

    /// Runs a statement that is a transaction of its own. If it was refused, that is only told once the transactions
    /// that it saw are committed.
    async fn single(&self, statement: &Statement) -> Result<ExecResult, DbErr> {
        let mut turn = self.begun().await?;
        let done = turn.statement(&statement.sql, |connection| connection.execute(statement));
        if done.is_err() && turn.group().members.is_empty() {
            return done;
        }
        turn.join().await?;
        done
    }

    /// Takes a log of writes into the database, and has it begin anew if `restart` is set. Nobody writes meanwhile.
    ///
    /// # Errors
    /// When SQLite refuses.
    pub(crate) async fn checkpoint(&self, restart: bool) -> Result<bool, Error> {
        let mut turn = self.turn().await?;
        let done = tokio::task::spawn_blocking(move || {
            turn.commit_group();
            let (mode, patience) =
                if restart { ("TRUNCATE", RESTART_TIMEOUT) } else { ("PASSIVE", Duration::ZERO) };
            turn.shared.connection.checkpoint(mode, patience)
        });
        Ok(done.await??)
    }

    /// Asks this before each commit; it fails if the answer is yes.
    #[cfg(test)]
    pub(super) fn on_commit(&self, fails: impl FnMut() -> bool + Send + 'static) {
        self.0.connection.on_commit(fails);
    }

    /// Commits what is on its way, and closes the connection.
    pub(crate) async fn close(&self) -> Result<(), Error> {
        let mut turn = self.turn().await?;
        let done = tokio::task::spawn_blocking(move || {
            turn.commit_group();
            let mut queue = turn.shared.queue.lock().unwrap_or_else(PoisonError::into_inner);
            queue.closed = true;
            // They hear that it is closed.
            queue.waiting.clear();
            drop(queue);
            turn.shared.connection.close()
        });
        Ok(done.await??)
    }
}

/// Begins a transaction of SQLite's, which holds its write lock from the start. When another process has that, it is
/// tried again, and no thread waits for it.
async fn begin_immediate(shared: &Shared) -> Result<(), DbErr> {
    patiently(|| shared.connection.step("BEGIN IMMEDIATE")).await
}

#[async_trait]
impl ConnectionTrait for Writer {
    fn get_database_backend(&self) -> DatabaseBackend {
        DatabaseBackend::Sqlite
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.single(&statement).await
    }

    // What can fail after it wrote something is undone as a whole.

    async fn execute_unprepared(&self, text: &str) -> Result<ExecResult, DbErr> {
        let transaction = self.begin().await?;
        let done = transaction.execute_unprepared(text).await;
        transaction.conclude(done).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let transaction = self.begin().await?;
        let done = transaction.query_one_raw(statement).await;
        transaction.conclude(done).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let transaction = self.begin().await?;
        let done = transaction.query_all_raw(statement).await;
        transaction.conclude(done).await
    }
}
