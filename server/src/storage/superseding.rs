//! Access that newer access of the same app takes the place of.
//!
//! A program that signs in again leaves its old access behind, which looks like the new one to whoever wants to revoke it.
//! But a phone must not end the laptop's access, nor one browser that serves three machines the access of any of them.

use sea_orm::{ConnectionTrait, QueryResult};

use super::{
    database::sql,
    grants::{self, Grant},
    revocation::{self, Revocation},
};
use crate::{
    clock::{DAY, Millis},
    error::Result,
    oauth::grant::RevokeReason,
};

/// How long access must not have been used.
const UNUSED_FOR: Millis = DAY;

/// Ends what a grant supersedes whose code is exchanged now: older access of the same person, client and product that was
/// authorized before this was asked for, through the same redirect URI and browser, and was not used for a day; all older
/// access of the three if the person wanted it replaced. For public clients. To be called in a transaction.
///
/// # Errors
/// When the database refuses or a row is damaged.
pub async fn end_older(db: &impl ConnectionTrait, newer: &Grant, address: &str, now: Millis) -> Result<()> {
    let query = "SELECT o.id FROM grants n
        JOIN grants o ON o.user_id = n.user_id AND o.client_id = n.client_id AND o.product_id = n.product_id
        WHERE n.id = $1 AND o.id <> n.id AND o.status = 'active' AND o.subject = 'person'
        AND o.authorized_at < n.requested_at
        AND (n.replaces OR (o.redirect_uri = n.redirect_uri AND o.browser_hash = n.browser_hash
            AND COALESCE(o.last_used_at, o.authorized_at) <= $2))
        ORDER BY o.id";
    let older =
        db.query_all_raw(sql(db, query, [newer.id.as_str().into(), (now - UNUSED_FOR).into()])).await?;
    for id in older.iter().map(|row: &QueryResult| row.try_get::<String>("", "id")) {
        if let Some(grant) = grants::lock(db, &id?).await? {
            let revocation =
                Revocation { reason: RevokeReason::Superseded, by: Some(&newer.user_id), address };
            revocation::revoke(db, &grant, revocation, now).await?;
        }
    }
    Ok(())
}
