//! `/healthz`: the process lives. `/readyz`: it can serve.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use tokio::sync::Mutex;

use domain::{
    clock::{Clock, Millis, SECOND},
    db::Database,
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
    async fn probe(&self, db: &Database, clock: &dyn Clock) -> Result<()> {
        let Ok(mut probed_at) = self.probed_at.try_lock() else { return Ok(()) };
        let now = clock.monotonic();
        if probed_at.is_some_and(|at| (at..at + PROBE_INTERVAL).contains(&now)) {
            return Ok(());
        }
        *probed_at = Some(now);
        db.probe(clock.now()).await
    }
}

/// The process lives.
pub async fn live() -> &'static str {
    "ok"
}

/// The database answers, and kept what was last written.
pub async fn ready(
    State(db): State<Database>,
    State(clock): State<Arc<dyn Clock>>,
    State(readiness): State<Arc<Readiness>>,
) -> (StatusCode, String) {
    let unready = |reason: String| (StatusCode::SERVICE_UNAVAILABLE, reason);
    if let Some(unusable) = db.unusable() {
        return unready(unusable.to_string());
    }
    if let Err(error) = db.ping().await {
        tracing::error!(%error, "not ready");
        return unready("the database does not answer".to_owned());
    }
    if let Err(error) = readiness.probe(&db, clock.as_ref()).await {
        tracing::error!(%error, "not ready: a write failed");
    }
    if db.last_write_failed() {
        return unready("the last write into the database failed".to_owned());
    }
    (StatusCode::OK, "ok".to_owned())
}
