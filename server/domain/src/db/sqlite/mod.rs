//! SQLite on the thread that asks: statements take microseconds there, and waking another thread for each costs more.
//!
//! One connection writes. Its transactions take turns and share a commit: each is a savepoint in one transaction of
//! SQLite's, which a thread of its own commits once nobody waits for a turn. Nobody hears that something is kept before
//! that commit has succeeded, so many writes at the same time share one way to the disk. Other connections read what is
//! committed.

mod connection;
mod failure;
mod readers;
#[cfg(test)]
mod tests;
mod turn;
mod values;
mod write_transaction;
mod writer;

use std::time::Duration;

use sea_orm::DbErr;

use crate::clock::{Clock, SystemClock};

pub(crate) use self::{
    connection::{Connection, Purpose},
    readers::{LongReaders, ReadTransaction, Readers},
    write_transaction::WriteTransaction,
    writer::Writer,
};

/// The time that a statement waits for another process to finish its write, and whoever wants a turn for one.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// The time after which a statement that another process was in the way of is tried again.
const BUSY_PAUSE: Duration = Duration::from_millis(10);

/// Runs something again as long as another process is in its way; no thread waits for that one.
async fn patiently<T>(mut run: impl FnMut() -> Result<T, DbErr>) -> Result<T, DbErr> {
    let mut until = None;
    loop {
        match run() {
            Err(error) if failure::is_busy(&error) => {
                let now = SystemClock.monotonic();
                if now > *until.get_or_insert(now + BUSY_TIMEOUT.as_millis() as i64) {
                    return Err(error);
                }
            }
            done => return done,
        }
        tokio::time::sleep(BUSY_PAUSE).await;
    }
}
