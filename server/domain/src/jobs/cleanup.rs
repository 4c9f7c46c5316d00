//! Removes what has ended, a piece at a time: whoever writes meanwhile gets a turn after each.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{
    accounts::{links, sessions},
    audit, authorization_requests,
    clients::{
        unused::{self, Unused},
        used_assertions,
    },
    clock::{Clock, DAY, HOUR, MINUTE, Millis},
    config::{CODE_LIFETIME_MAX, Config, Lifetimes},
    db::{Database, pieces::Pieces},
    error::Result,
    grants::{codes, life, refresh_tokens, removal, revoked_tokens, service_tokens, surplus},
    keys,
    workspaces::{invitations, organizations},
};

/// The time for which a client that registered itself may stay unused.
const UNUSED_CLIENT: Millis = 7 * DAY;
/// The time for which people are looked for who may have left too much behind; longer than between two sweeps.
const BUSY_SINCE: Millis = 10 * MINUTE;

/// Removes or ends everything whose time is over at `now`. What is left when it has to stop goes next time.
pub async fn sweep(pieces: Pieces<'_>, lifetimes: &Lifetimes, now: Millis) -> Result<()> {
    sessions::remove_expired(pieces, now).await?;
    links::remove_expired(pieces, now).await?;
    // A late guest is told the same as before.
    invitations::remove_expired(pieces, now - DAY).await?;
    organizations::forget_former_slugs(pieces, now).await?;
    authorization_requests::empty_expired(pieces, now).await?;
    // What is left is kept for a day, so that a late person is told that the request has expired.
    authorization_requests::remove_expired(pieces, now - DAY).await?;
    life::expire_pending(pieces, now).await?;
    codes::remove_expired(pieces, now - DAY).await?;
    refresh_tokens::forget_replays(pieces, now - lifetimes.refresh_replay).await?;
    refresh_tokens::remove_expired(pieces, now - DAY).await?;
    revoked_tokens::remove_expired(pieces, now - MINUTE).await?;
    used_assertions::remove_expired(pieces, now - MINUTE).await?;
    service_tokens::remove_expired(pieces, now - MINUTE).await?;
    keys::remove_retired(pieces.db().write(), now).await?;
    if let Some(before) = kept_since(lifetimes.audit_retention, now) {
        audit::forget_before(pieces, before).await?;
    }
    if let Some(before) = kept_since(lifetimes.ended_access_retention, now) {
        removal::remove_ended(pieces, before).await?;
    }
    unused::remove_tombstones(pieces, now - HOUR).await?;
    removal::remove_expired(pieces, now - DAY - CODE_LIFETIME_MAX).await
}

/// Removes clients that nobody used for a week, and the oldest of those that nobody used beyond so many. It looks at every
/// client that came by itself.
pub async fn remove_unused_clients(pieces: Pieces<'_>, max: u32, now: Millis) -> Result<()> {
    let unused = Unused { before: now - UNUSED_CLIENT, asked_since: now - HOUR };
    let removed = unused::remove(pieces, unused, None).await?;
    tell(removed + unused::remove_surplus(pieces, max, now).await?);
    Ok(())
}

fn tell(removed: u64) {
    if removed > 0 {
        tracing::info!(removed, "clients that nobody used were removed");
    }
}

/// The moment from which on something is kept; `None` where it is for ever.
fn kept_since(retention: Millis, now: Millis) -> Option<Millis> {
    (retention > 0).then(|| now - retention)
}

/// Removes what is more than strangers or one person may leave behind: of clients that nobody used all but
/// `unused_clients`, and what is too much of a person.
pub async fn make_room(pieces: Pieces<'_>, unused_clients: u32, now: Millis) -> Result<()> {
    // More of them there are only while new ones come, and once those are old enough to go.
    if unused::came_after(pieces.db().lists(), now - unused::YOUNG - 2 * MINUTE).await? {
        tell(unused::remove_surplus(pieces, unused_clients, now).await?);
    }
    service_tokens::forget_surplus(pieces).await?;
    surplus::end_grants(pieces, now - BUSY_SINCE, now).await?;
    surplus::forget_ended(pieces, now - BUSY_SINCE).await?;
    surplus::forget_events(pieces, now - BUSY_SINCE).await
}

/// Sweeps every minute until `stop`, and looks for clients that nobody uses every hour.
pub async fn run(db: Database, config: Arc<Config>, clock: Arc<dyn Clock>, stop: CancellationToken) {
    let options = &config.options;
    let pieces = Pieces::new(&db, &stop);
    let mut ticks = tokio::time::interval(Duration::from_secs(60));
    for minute in 0_u64.. {
        tokio::select! {
            _ = ticks.tick() => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = sweep(pieces, &options.lifetimes, clock.now()).await {
            tracing::error!(%error, "the clean-up failed");
        }
        if let Err(error) = make_room(pieces, options.limits.unused_clients_max, clock.now()).await {
            tracing::error!(%error, "no room could be made");
        }
        if minute.is_multiple_of(60) {
            let removed = remove_unused_clients(pieces, options.limits.unused_clients_max, clock.now());
            if let Err(error) = removed.await {
                tracing::error!(%error, "the clients that nobody uses could not be removed");
            }
        }
    }
}
