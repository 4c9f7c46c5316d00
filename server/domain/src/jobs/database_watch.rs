//! Looks after the database's file: notices when it is gone, and keeps its log of writes short.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::db::Database;

/// Looks every half second until `stop`.
pub async fn run(db: Database, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(Duration::from_millis(500));
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = db.watch().await {
            tracing::error!(%error, "the database's log of writes could not be taken into it");
        }
    }
}
