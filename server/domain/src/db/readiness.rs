//! Says if what is written stays.

use tokio::sync::Mutex;

use super::Database;
use crate::{
    clock::{Clock, Millis, SECOND},
    error::Result,
};

/// The time for which the outcome of a probing write is told again.
const PROBE_INTERVAL: Millis = 5 * SECOND;

/// Finds out whether the database keeps what is written.
#[derive(Default)]
pub struct Readiness {
    /// The moment of the last try.
    probed_at: Mutex<Option<Millis>>,
}

impl Readiness {
    /// Writes, unless that was done a moment ago. Of those who ask meanwhile none waits.
    ///
    /// # Errors
    /// When the database does not keep it.
    pub async fn probe(&self, db: &Database, clock: &dyn Clock) -> Result<()> {
        let Ok(mut probed_at) = self.probed_at.try_lock() else { return Ok(()) };
        let now = clock.monotonic();
        if probed_at.is_some_and(|at| (at..at + PROBE_INTERVAL).contains(&now)) {
            return Ok(());
        }
        *probed_at = Some(now);
        db.probe(clock.now()).await
    }
}
