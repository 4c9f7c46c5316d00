//! Removes what has ended.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{
    clock::{Clock, DAY, HOUR, MINUTE, Millis},
    error::Result,
    storage::{
        Database, access_tokens, authorization_requests, codes, grants, keys, own_tokens, refresh_tokens,
        sessions, unused_clients, used_assertions,
    },
};

/// How long a client that registered itself may stay unused.
const UNUSED_CLIENT: Millis = 7 * DAY;

/// Removes or ends everything whose time is over at `now`.
///
/// # Errors
/// When the database refuses.
pub async fn sweep(db: &Database, refresh_replay: Millis, now: Millis) -> Result<()> {
    let write = db.write();
    sessions::remove_expired(write, now).await?;
    // Kept for an hour, so that a late person is told that the request has expired.
    authorization_requests::remove_expired(write, now - HOUR).await?;
    grants::expire_pending(write, now).await?;
    codes::remove_expired(write, now - DAY).await?;
    refresh_tokens::forget_replays(write, now - refresh_replay).await?;
    refresh_tokens::remove_expired(write, now - DAY).await?;
    access_tokens::remove_expired(write, now - MINUTE).await?;
    used_assertions::remove_expired(write, now - MINUTE).await?;
    own_tokens::remove_expired(write, now - MINUTE).await?;
    keys::remove_retired(write, now).await?;
    unused_clients::remove_tombstones(write, now - HOUR).await?;
    let transaction = db.begin().await?;
    let removed = unused_clients::remove(&transaction, now - UNUSED_CLIENT).await?;
    transaction.commit().await?;
    if removed > 0 {
        tracing::info!(removed, "clients that nobody used were removed");
    }
    Ok(())
}

/// Sweeps every minute until `stop`.
pub async fn run(db: Database, refresh_replay: Millis, clock: Arc<dyn Clock>, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(Duration::from_secs(60));
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = sweep(&db, refresh_replay, clock.now()).await {
            tracing::error!(%error, "the clean-up failed");
        }
    }
}
