//! The connection that writes: turns, and commits that many share.

use std::{
    collections::VecDeque,
    mem,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        mpsc::{self, Sender},
    },
    thread,
    time::Duration,
};

use async_trait::async_trait;
use sea_orm::{ConnAcquireErr, ConnectionTrait, DatabaseBackend, DbErr, ExecResult, QueryResult, Statement};
use tokio::sync::oneshot;

use super::{BUSY_TIMEOUT, Connection, Purpose, failure, patiently};
use crate::{db::ledger::Ledger, error::Error};

/// Most transactions that share a commit: those in front wait for those behind them.
pub(super) const MEMBERS_MAX: usize = 64;

/// The one connection of a file that writes. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Writer(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    connection: Connection,
    file: PathBuf,
    ledger: Ledger,
    queue: Mutex<Queue>,
    /// Takes turns to the thread that commits.
    committer: Mutex<Sender<Turn>>,
}

/// Those who wait for the turn, in the order in which they came.
#[derive(Debug, Default)]
struct Queue {
    /// Somebody has the turn, or it is on its way.
    taken: bool,
    closed: bool,
    waiting: VecDeque<oneshot::Sender<Turn>>,
}

/// The right to use the connection, which one at a time has. Dropped, it goes to the next, or to the commit of what its
/// owners wrote.
#[derive(Debug)]
struct Turn {
    shared: Arc<Shared>,
    /// `None` on the way to the next.
    group: Option<Group>,
}

/// A transaction of SQLite's, and those whose savepoints are in it.
#[derive(Debug, Default)]
struct Group {
    /// It has begun.
    open: bool,
    /// Those who are done, and wait for the commit.
    members: Vec<oneshot::Sender<Result<(), DbErr>>>,
    /// The error with which SQLite ended all of it, such as a full disk.
    ended: OnceLock<DbErr>,
}

impl Writer {
    /// Opens the connection, and starts the thread that commits.
    pub(crate) fn open(file: &Path, ledger: Ledger) -> Result<Self, Error> {
        let connection = Connection::open(file, Purpose::Write)?;
        let (committer, turns) = mpsc::channel::<Turn>();
        thread::Builder::new()
            .name("commit".to_owned())
            .spawn(move || turns.into_iter().for_each(|mut turn| turn.commit()))
            .map_err(|error| Error::Setup(format!("cannot start a thread: {error}")))?;
        Ok(Self(Arc::new(Shared {
            connection,
            file: file.to_owned(),
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
        let mut turn = self.turn().await?;
        if !turn.group().open {
            begin_immediate(&self.0).await.inspect_err(|error| self.0.ledger.record_failure(error))?;
            turn.group().open = true;
        }
        Ok(turn)
    }

    /// Begins a transaction that may read and then write.
    pub(crate) async fn begin(&self) -> Result<WriteTransaction, DbErr> {
        let turn = self.begun().await?;
        turn.run(|connection| connection.step("SAVEPOINT one"))?;
        Ok(WriteTransaction { turn: Some(turn) })
    }

    /// Runs a statement that is a transaction of its own. If it was refused, that is only told once the transactions
    /// that it saw are committed.
    async fn single<T>(&self, run: impl FnOnce(&Connection) -> Result<T, DbErr> + Send) -> Result<T, DbErr> {
        let mut turn = self.begun().await?;
        let done = turn.run(run);
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
                if restart { ("TRUNCATE", BUSY_TIMEOUT) } else { ("PASSIVE", Duration::ZERO) };
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

impl Turn {
    fn group(&mut self) -> &mut Group {
        self.group.as_mut().expect("only a turn that was passed on has none")
    }

    fn ended(&self) -> Option<&DbErr> {
        self.group.as_ref().and_then(|group| group.ended.get())
    }

    /// Runs something in the transaction, unless that has ended.
    fn run<T>(&self, run: impl FnOnce(&Connection) -> Result<T, DbErr>) -> Result<T, DbErr> {
        self.shared.ledger.admit()?;
        if let Some(error) = self.ended() {
            return Err(error.clone());
        }
        let done = run(&self.shared.connection);
        if let Err(error) = &done {
            self.shared.ledger.record_failure(error);
            if self.shared.connection.is_autocommit()
                && let Some(group) = &self.group
            {
                // Full disks and the like: SQLite has rolled everything back, and what came now would be kept by itself.
                let _ = group.ended.set(error.clone());
            }
        }
        done
    }

    /// Waits until everything that was written in this transaction of SQLite's so far is committed, or is not.
    async fn join(mut self) -> Result<(), DbErr> {
        let (done, committed) = oneshot::channel();
        self.group().members.push(done);
        drop(self);
        committed.await.unwrap_or_else(|_| Err(failure::ended("the database is closed")))
    }

    /// Commits, and passes the turn on. For the thread that does nothing else.
    fn commit(&mut self) {
        self.commit_group();
    }

    /// Commits what the members wrote, or finds that it cannot be; all of them hear which. Blocks.
    fn commit_group(&mut self) {
        let group = mem::take(self.group());
        if !group.open {
            return;
        }
        let done = match group.ended.get() {
            Some(error) => Err(error.clone()),
            None => self.shared.commit(group.members.is_empty()),
        };
        for member in group.members {
            // Who does not wait any more does not hear it.
            let _ = member.send(done.clone());
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(group) = self.group.take() else { return };
        self.shared.pass_on(group);
    }
}

impl Shared {
    /// Gives the turn to whoever waits longest, or has the group committed when it is full or nobody waits.
    fn pass_on(self: &Arc<Self>, mut group: Group) {
        loop {
            let over = group.members.len() >= MEMBERS_MAX || group.ended.get().is_some();
            let waiter = {
                let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
                let waiter = if over { None } else { queue.waiting.pop_front() };
                if waiter.is_none() && !group.open {
                    queue.taken = false;
                    return;
                }
                waiter
            };
            let turn = Turn { shared: Arc::clone(self), group: Some(group) };
            let refused = match waiter {
                Some(waiter) => waiter.send(turn).err(),
                None => {
                    let committer = self.committer.lock().unwrap_or_else(PoisonError::into_inner);
                    committer.send(turn).err().map(|mpsc::SendError(turn)| turn)
                }
            };
            // Who gave up meanwhile is passed over.
            let Some(mut refused) = refused else { return };
            group = refused.group.take().unwrap_or_default();
        }
    }

    /// Commits. A connection that is still in the transaction afterwards cannot be relied on, and another one takes its
    /// place.
    fn commit(&self, nothing: bool) -> Result<(), DbErr> {
        // Counted before anybody hears of it, even if it fails half-way.
        let _counted = (!nothing).then(|| self.ledger.counting());
        let done = self.ledger.admit().and_then(|()| self.connection.step("COMMIT"));
        if !nothing {
            self.ledger.record(&done);
        }
        if done.is_err() && !self.connection.is_autocommit() {
            let _ = self.connection.step("ROLLBACK");
        }
        if !self.connection.is_autocommit() {
            tracing::warn!("a database connection was left in a transaction and is thrown away");
            match Connection::open(&self.file, Purpose::Write) {
                Ok(other) => self.connection.replace(other),
                Err(error) => tracing::error!(%error, "the database cannot be opened again"),
            }
        }
        done
    }
}

/// A transaction that has the turn. Dropped, it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct WriteTransaction {
    /// `None` once it is over.
    turn: Option<Turn>,
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

    fn undo(&self) {
        let Some(turn) = &self.turn else { return };
        if turn.ended().is_some() {
            return;
        }
        let undone = turn.shared.connection.step("ROLLBACK TO one");
        if let Err(error) = undone.and_then(|()| turn.shared.connection.step("RELEASE one")) {
            tracing::error!(%error, "a transaction cannot be undone alone, so all that share its commit are");
            let _ = turn.shared.connection.step("ROLLBACK");
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
        self.turn().run(|connection| connection.execute(&statement))
    }

    async fn execute_unprepared(&self, text: &str) -> Result<ExecResult, DbErr> {
        self.turn().run(|connection| connection.batch(text))
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Ok(self.turn().run(|connection| connection.query(&statement, 1))?.pop())
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.turn().run(|connection| connection.query(&statement, usize::MAX))
    }
}

#[async_trait]
impl ConnectionTrait for Writer {
    fn get_database_backend(&self) -> DatabaseBackend {
        DatabaseBackend::Sqlite
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.single(|connection| connection.execute(&statement)).await
    }

    async fn execute_unprepared(&self, text: &str) -> Result<ExecResult, DbErr> {
        self.single(|connection| connection.batch(text)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        Ok(self.single(|connection| connection.query(&statement, 1)).await?.pop())
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.single(|connection| connection.query(&statement, usize::MAX)).await
    }
}
