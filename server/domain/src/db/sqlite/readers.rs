//! Connections that only read, each for one at a time.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use sea_orm::{ConnAcquireErr, ConnectionTrait, DatabaseBackend, DbErr, ExecResult, QueryResult, Statement};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
};

use super::{BUSY_TIMEOUT, Connection, Purpose, failure, patiently};
use crate::clock::Millis;

/// Several connections. Clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Readers(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    all: Vec<Arc<Connection>>,
    free: Mutex<Vec<Arc<Connection>>>,
    /// Has a permit for each that is free.
    turns: Arc<Semaphore>,
}

/// A connection that nobody else has until this goes.
#[derive(Debug)]
pub(crate) struct Turn {
    connection: Arc<Connection>,
    readers: Readers,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Before the permit: whoever gets that finds a connection.
        self.readers.free().push(Arc::clone(&self.connection));
    }
}

impl Readers {
    /// Opens so many connections. What is read with one ends after this time.
    pub(crate) fn open(file: &Path, many: usize, timeout: Millis) -> Result<Self, DbErr> {
        let all = (0..many).map(|_| Connection::open(file, Purpose::Read(timeout)).map(Arc::new));
        let all = all.collect::<Result<Vec<_>, _>>()?;
        let free = Mutex::new(all.clone());
        Ok(Self(Arc::new(Shared { all, free, turns: Arc::new(Semaphore::new(many)) })))
    }

    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Connection>>> {
        self.0.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for one that is free.
    async fn turn(&self) -> Result<Turn, DbErr> {
        let permit = match Arc::clone(&self.0.turns).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => tokio::time::timeout(BUSY_TIMEOUT, Arc::clone(&self.0.turns).acquire_owned())
                .await
                .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?
                .map_err(|_| failure::ended("the database is closed"))?,
        };
        let connection = self.free().pop().expect("there are as many connections as permits");
        let turn = Turn { connection, readers: self.clone(), _permit: permit };
        turn.connection.repair()?;
        turn.connection.begin_work();
        Ok(turn)
    }

    /// Begins a transaction that sees the database as it is now.
    pub(crate) async fn begin(&self) -> Result<ReadTransaction, DbErr> {
        let turn = self.turn().await?;
        turn.connection.step("BEGIN")?;
        Ok(ReadTransaction(turn))
    }

    /// Closes them, once each is free.
    pub(crate) async fn close(&self) -> Result<(), DbErr> {
        let many = u32::try_from(self.0.all.len()).unwrap_or(u32::MAX);
        let all =
            self.0.turns.acquire_many(many).await.map_err(|_| failure::ended("the database is closed"))?;
        self.0.turns.close();
        drop(all);
        self.0.all.iter().try_for_each(|connection| connection.close())
    }

    async fn single<T>(
        &self,
        mut run: impl FnMut(&Connection) -> Result<T, DbErr> + Send,
    ) -> Result<T, DbErr> {
        let turn = self.turn().await?;
        patiently(|| run(&turn.connection)).await
    }
}

/// The same for what may take long: it runs on a thread that may wait, and the others go on meanwhile.
#[derive(Clone, Debug)]
pub(crate) struct LongReaders(pub(crate) Readers);

impl LongReaders {
    async fn single<T: Send + 'static>(
        &self,
        mut run: impl FnMut(&Connection) -> Result<T, DbErr> + Send + 'static,
    ) -> Result<T, DbErr> {
        let turn = self.0.turn().await?;
        let runtime = Handle::current();
        let reading = async move { patiently(|| run(&turn.connection)).await };
        let done = tokio::task::spawn_blocking(move || runtime.block_on(reading)).await;
        done.unwrap_or_else(|error| Err(failure::ended(&error.to_string())))
    }
}

/// A transaction that only reads: all its statements see the same.
#[derive(Debug)]
pub(crate) struct ReadTransaction(Turn);

impl Drop for ReadTransaction {
    fn drop(&mut self) {
        if let Err(error) = self.0.connection.step("ROLLBACK") {
            tracing::error!(%error, "a transaction that only read cannot be ended");
        }
    }
}

impl ReadTransaction {
    async fn single<T>(
        &self,
        mut run: impl FnMut(&Connection) -> Result<T, DbErr> + Send,
    ) -> Result<T, DbErr> {
        patiently(|| run(&self.0.connection)).await
    }
}

/// Lets statements through, each of its own.
macro_rules! statements {
    ($($name:ident),+) => {$(
        #[async_trait]
        impl ConnectionTrait for $name {
            fn get_database_backend(&self) -> DatabaseBackend {
                DatabaseBackend::Sqlite
            }

            async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
                self.single(move |connection| connection.execute(&statement)).await
            }

            async fn execute_unprepared(&self, text: &str) -> Result<ExecResult, DbErr> {
                self.execute_raw(Statement::from_string(DatabaseBackend::Sqlite, text)).await
            }

            async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
                Ok(self.single(move |connection| connection.query(&statement, 1)).await?.pop())
            }

            async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
                self.single(move |connection| connection.query(&statement, usize::MAX)).await
            }
        }
    )+};
}

statements!(Readers, LongReaders, ReadTransaction);
