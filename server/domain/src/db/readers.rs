//! Connections that only read.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicI64, Ordering},
};

use async_trait::async_trait;
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseBackend, DatabaseConnection, DbErr, ExecResult, QueryResult,
    Statement,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    clock::{Clock, Millis, SystemClock},
    db::sqlite_pool::BUSY_TIMEOUT,
};

/// Several connections to a SQLite file, each in a pool of its own, or the pool of PostgreSQL.
#[derive(Clone, Debug)]
pub struct Readers {
    connections: Arc<[DatabaseConnection]>,
    /// Those that are free, by their number.
    free: Arc<Mutex<Vec<usize>>>,
    /// Has a permit for each of them.
    turns: Arc<Semaphore>,
}

/// A reader that nobody else has until this goes.
#[derive(Debug)]
pub(crate) struct Turn {
    pub(crate) connection: DatabaseConnection,
    number: usize,
    free: Arc<Mutex<Vec<usize>>>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Before the permit: whoever gets that finds a number.
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(self.number);
    }
}

impl Readers {
    /// Readers that take turns.
    pub(crate) fn new(connections: Vec<DatabaseConnection>) -> Self {
        let free = (0..connections.len()).collect();
        let turns = Arc::new(Semaphore::new(connections.len()));
        Self { connections: connections.into(), free: Arc::new(Mutex::new(free)), turns }
    }

    /// Waits for one that is free. A pool of PostgreSQL has its own order.
    pub(crate) async fn turn(&self) -> Result<Turn, DbErr> {
        let free = Arc::clone(&self.free);
        if self.get_database_backend() == DatabaseBackend::Postgres {
            let connection = self.connections[0].clone();
            return Ok(Turn { connection, number: 0, free: Arc::default(), _permit: None });
        }
        let permit = tokio::time::timeout(BUSY_TIMEOUT, Arc::clone(&self.turns).acquire_owned()).await;
        let permit = permit
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?
            .map_err(|_| DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))?;
        let number = free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let number = number.expect("there are as many numbers as permits");
        let connection = self.connections[number].clone();
        Ok(Turn { connection, number, free, _permit: Some(permit) })
    }

    pub(crate) async fn close(&self) -> Result<(), DbErr> {
        for connection in self.connections.iter() {
            connection.close_by_ref().await?;
        }
        Ok(())
    }
}

#[async_trait]
impl ConnectionTrait for Readers {
    fn get_database_backend(&self) -> DatabaseBackend {
        self.connections[0].get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.turn().await?.connection.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, text: &str) -> Result<ExecResult, DbErr> {
        self.turn().await?.connection.execute_unprepared(text).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.turn().await?.connection.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.turn().await?.connection.query_all_raw(statement).await
    }
}

/// The moment when the work that a connection does now has to be over: a read that goes on keeps SQLite from reusing
/// its log of writes, which then grows without end.
#[derive(Clone, Debug)]
pub(crate) struct Deadline {
    at: Arc<AtomicI64>,
    timeout: Millis,
}

impl Deadline {
    pub(crate) fn new(timeout: Millis) -> Self {
        Self { at: Arc::new(AtomicI64::new(Millis::MAX)), timeout }
    }

    /// The connection begins to work.
    pub(crate) fn set(&self) {
        self.at.store(SystemClock.monotonic() + self.timeout, Ordering::Relaxed);
    }

    /// Says if it works for too long.
    pub(crate) fn has_passed(&self) -> bool {
        SystemClock.monotonic() > self.at.load(Ordering::Relaxed)
    }
}
