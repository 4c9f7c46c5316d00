//! Access that newer access of the same app takes the place of.
//!
//! A program that signs in again leaves its old access behind, which looks like the new one to whoever wants to revoke
//! it. But a phone must not end the laptop's access, nor one browser that serves three machines the access of any of
//! them.

use sea_orm::{ConnectionTrait, DatabaseBackend};
use types::{
    grant::{RevokeReason, Subject},
    id::GrantId,
};

use super::{
    Grant,
    life::{self, Revocation},
    lock,
};
use crate::{
    clock::{DAY, Millis},
    db::{database::sql, listing},
    error::Result,
};

/// The time for which access must not have been used.
const UNUSED_FOR: Millis = DAY;

/// Access that a grant supersedes whose code is exchanged now: older access of the same person, client and product that
/// was authorized before this was asked for, through the same redirect URI and browser, and was neither used nor
/// refreshed for a day; all older access of the three if the person wanted it replaced. For public clients. To be
/// called in a transaction, in which nobody else changes it until the end, and before the newer one is locked: grants
/// are locked in the order of their ids.
pub async fn lock_older(db: &impl ConnectionTrait, newer_id: &GrantId, now: Millis) -> Result<Vec<Grant>> {
    let query = "SELECT o.id FROM grants n
        JOIN grants o ON o.user_id = n.user_id AND o.client_id = n.client_id AND o.product_id = n.product_id
        WHERE n.id = $1 AND o.id <> n.id AND o.status = 'active' AND o.subject = $3
        AND o.authorized_at <= CASE WHEN n.replaces THEN n.requested_at - 1 ELSE $2 END
        AND (n.replaces OR (o.redirect_uri = n.redirect_uri AND o.browser_hash = n.browser_hash
            AND COALESCE(o.last_used_at, o.authorized_at) <= $2
            AND NOT EXISTS (SELECT 1 FROM refresh_tokens t WHERE t.grant_id = o.id AND t.created_at > $2)))
        ORDER BY o.id";
    // Another replica may write a use down meanwhile: PostgreSQL looks at the row again once it is locked.
    let locking =
        if db.get_database_backend() == DatabaseBackend::Postgres { " FOR UPDATE OF o" } else { "" };
    let values = [newer_id.into(), (now - UNUSED_FOR).into(), Subject::Person.into()];
    let older: Vec<GrantId> = listing::all(db, sql(db, &format!("{query}{locking}"), values)).await?;
    let mut locked = Vec::new();
    for id in older {
        locked.extend(lock(db, &id).await?);
    }
    Ok(locked)
}

/// Ends older access, once the newer one is active.
pub async fn end(db: &impl ConnectionTrait, older: &[Grant], address: &str, now: Millis) -> Result<()> {
    for grant in older {
        let revocation = Revocation { reason: RevokeReason::Superseded, by: Some(&grant.user_id), address };
        life::revoke(db, grant, revocation, now).await?;
    }
    Ok(())
}
