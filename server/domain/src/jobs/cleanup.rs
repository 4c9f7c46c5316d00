//! Removes what has ended.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{
    accounts::sessions,
    authorization_requests,
    clients::{unused, used_assertions},
    clock::{Clock, DAY, HOUR, MINUTE, Millis},
    config::{CODE_LIFETIME_MAX, Config},
    db::Database,
    error::Result,
    grants::{codes, life, refresh_tokens, revoked_tokens, service_tokens, surplus},
    keys,
};

/// The time for which a client that registered itself may stay unused.
const UNUSED_CLIENT: Millis = 7 * DAY;
/// The time for which people are looked for who may have left too much behind; longer than between two sweeps.
const BUSY_SINCE: Millis = 10 * MINUTE;

/// Removes or ends everything whose time is over at `now`.
pub async fn sweep(db: &Database, refresh_replay: Millis, now: Millis) -> Result<()> {
    let write = db.write();
    sessions::remove_expired(write, now).await?;
    authorization_requests::empty_expired(write, now).await?;
    // What is left is kept for a day, so that a late person is told that the request has expired.
    authorization_requests::remove_expired(write, now - DAY).await?;
    life::expire_pending(write, now).await?;
    codes::remove_expired(write, now - DAY).await?;
    refresh_tokens::forget_replays(write, now - refresh_replay).await?;
    refresh_tokens::remove_expired(write, now - DAY).await?;
    revoked_tokens::remove_expired(write, now - MINUTE).await?;
    used_assertions::remove_expired(write, now - MINUTE).await?;
    service_tokens::remove_expired(write, now - MINUTE).await?;
    keys::remove_retired(write, now).await?;
    let transaction = db.begin().await?;
    unused::remove_tombstones(&transaction, now - HOUR).await?;
    life::remove_expired(&transaction, now - DAY - CODE_LIFETIME_MAX).await?;
    let removed = unused::remove(&transaction, now - UNUSED_CLIENT, now - HOUR).await?;
    transaction.commit().await?;
    tell(removed);
    Ok(())
}

/// Removes what is more than strangers or one person may leave behind: of clients that nobody used all but
/// `unused_clients`, and what is too much of a person.
pub async fn make_room(db: &Database, unused_clients: u32, now: Millis) -> Result<()> {
    let transaction = db.begin().await?;
    let removed = unused::remove_surplus(&transaction, unused_clients, now).await?;
    transaction.commit().await?;
    tell(removed);
    service_tokens::forget_surplus(db).await?;
    surplus::end_grants(db, now - BUSY_SINCE, now).await?;
    surplus::forget_ended(db, now - BUSY_SINCE).await?;
    surplus::forget_events(db, now - BUSY_SINCE).await
}

fn tell(removed: u64) {
    if removed > 0 {
        tracing::info!(removed, "clients that nobody used were removed");
    }
}

/// Sweeps every minute until `stop`.
pub async fn run(db: Database, config: Arc<Config>, clock: Arc<dyn Clock>, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(Duration::from_secs(60));
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = sweep(&db, config.options.lifetimes.refresh_replay, clock.now()).await {
            tracing::error!(%error, "the clean-up failed");
        }
        if let Err(error) = make_room(&db, config.options.limits.unused_clients_max, clock.now()).await {
            tracing::error!(%error, "no room could be made");
        }
    }
}
