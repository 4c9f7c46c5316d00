//! Turns at the connection that writes, and the commits that those who had one share.

use std::{
    collections::VecDeque,
    mem,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Sender},
    },
};

use sea_orm::DbErr;
use tokio::sync::oneshot;

use super::{Connection, failure};
use crate::db::{ledger::Ledger, remembered};

/// Most transactions that share a commit: those in front wait for those behind them.
pub(super) const MEMBERS_MAX: usize = 64;

/// The connection that writes, and those who want it.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) connection: Connection,
    pub(super) ledger: Ledger,
    pub(super) queue: Mutex<Queue>,
    /// Takes turns to the thread that commits.
    pub(super) committer: Mutex<Sender<Turn>>,
}

/// Those who wait for the turn, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// Somebody has the turn, or it is on its way.
    pub(super) taken: bool,
    pub(super) closed: bool,
    pub(super) waiting: VecDeque<oneshot::Sender<Turn>>,
}

/// The right to use the connection, which one at a time has. Dropped, it goes to the next, or to the commit of what its
/// owners wrote.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) shared: Arc<Shared>,
    /// `None` on the way to the next.
    pub(super) group: Option<Group>,
}

/// A transaction of SQLite's, and those whose savepoints are in it.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// It has begun.
    pub(super) open: bool,
    /// Something was written that may be remembered.
    pub(super) memorable: AtomicBool,
    /// Those who are done, and wait for the commit.
    pub(super) members: Vec<oneshot::Sender<Result<(), DbErr>>>,
    /// The error with which SQLite ended all of it, such as a full disk.
    pub(super) ended: OnceLock<DbErr>,
}

impl Turn {
    pub(super) fn group(&mut self) -> &mut Group {
        self.group.as_mut().expect("only a turn that was passed on has none")
    }

    pub(super) fn ended(&self) -> Option<&DbErr> {
        self.group.as_ref().and_then(|group| group.ended.get())
    }

    /// Runs a statement with this text in the transaction, unless that has ended.
    pub(super) fn statement<T>(
        &self,
        text: &str,
        run: impl FnOnce(&Connection) -> Result<T, DbErr>,
    ) -> Result<T, DbErr> {
        if let Some(group) = &self.group
            && !remembered::is_passing(text)
        {
            group.memorable.store(true, Ordering::Relaxed);
        }
        self.run(run)
    }

    /// Runs something in the transaction, unless that has ended.
    pub(super) fn run<T>(&self, run: impl FnOnce(&Connection) -> Result<T, DbErr>) -> Result<T, DbErr> {
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
    pub(super) async fn join(mut self) -> Result<(), DbErr> {
        let (done, committed) = oneshot::channel();
        self.group().members.push(done);
        drop(self);
        committed.await.unwrap_or_else(|_| Err(failure::ended("the database is closed")))
    }

    /// Commits what the members wrote, or finds that it cannot be; all of them hear which. Blocks.
    pub(super) fn commit_group(&mut self) {
        let group = mem::take(self.group());
        if !group.open {
            return;
        }
        let done = match group.ended.get() {
            Some(error) => Err(error.clone()),
            None => self.shared.commit(&group),
        };
        self.shared.repair();
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
                    committer.send(turn).err().map(|mpsc::SendError(mut turn)| {
                        // Better that somebody waits here than that nobody hears anything.
                        turn.commit_group();
                        turn
                    })
                }
            };
            // Who gave up meanwhile is passed over.
            let Some(mut refused) = refused else { return };
            group = refused.group.take().unwrap_or_default();
        }
    }

    /// Commits.
    fn commit(&self, group: &Group) -> Result<(), DbErr> {
        let nothing = group.members.is_empty();
        // Counted before anybody hears of it, even if it fails half-way.
        let counts = !nothing && group.memorable.load(Ordering::Relaxed);
        let _counted = counts.then(|| self.ledger.counting());
        let done = self.ledger.admit().and_then(|()| self.connection.step("COMMIT"));
        if !nothing {
            self.ledger.record(&done);
        }
        done
    }

    /// Makes the connection fit for the next transaction, if it is not.
    pub(super) fn repair(&self) {
        if let Err(error) = self.connection.repair() {
            tracing::error!(%error, "the database cannot be opened again");
        }
    }
}
