//! Keeps the signing keys in memory as the database has them: they may be rotated while the server runs.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{clock::Clock, keys::StoredKeys};

/// Loads the keys again every minute until `stop`: often enough to know a new one before it signs.
pub async fn run(keys: Arc<StoredKeys>, clock: Arc<dyn Clock>, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(Duration::from_secs(60));
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = keys.refresh(clock.monotonic()).await {
            tracing::error!(%error, "the signing keys could not be loaded again");
        }
    }
}
