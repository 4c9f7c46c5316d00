//! The moment when the work of a connection has to be over.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use crate::clock::{Clock, Millis, SystemClock};

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
        self.at.store(SystemClock.monotonic().saturating_add(self.timeout), Ordering::Relaxed);
    }

    /// Says if it works for too long.
    pub(crate) fn has_passed(&self) -> bool {
        SystemClock.monotonic() > self.at.load(Ordering::Relaxed)
    }
}
