//! Clients that nobody needs any more.

use sea_orm::ConnectionTrait;

use super::{client_entries, database::sql, listing};
use crate::{clock::Millis, error::Result};

/// Removes clients that were deleted before `before` and have no grants to stand for.
///
/// # Errors
/// When the database refuses.
pub async fn remove_tombstones(db: &impl ConnectionTrait, before: Millis) -> Result<()> {
    let query = "DELETE FROM clients WHERE deleted_at < $1
        AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.client_id = clients.id)";
    db.execute_raw(sql(db, query, [before.into()])).await?;
    Ok(())
}

/// A document that people said something of is remembered: it would come back as a stranger. A resource server needs no
/// grant.
const UNUSED: &str = "(source = 'dynamic' OR (source = 'metadata_document' AND blocked_at IS NULL AND disabled_at IS NULL
        AND ceiling IS NULL AND NOT verified)) AND NOT resource_server AND created_at < $1 AND status <> 'deleted'
    AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.client_id = clients.id AND g.status IN ('pending', 'active', 'revoked'))
    AND NOT EXISTS (SELECT 1 FROM authorization_requests r WHERE r.client_id = clients.id)";

/// How many clients came by themselves before `before` and were never let in by anybody.
///
/// # Errors
/// When the database refuses.
pub async fn count(db: &impl ConnectionTrait, before: Millis) -> Result<u64> {
    let query = format!("SELECT COUNT(*) AS count FROM clients WHERE {UNUSED}");
    listing::count(db, sql(db, &query, [before.into()])).await
}

/// Removes them, without a trace: nobody ever saw them. To be called in a transaction.
///
/// # Errors
/// When the database refuses.
pub async fn remove(db: &impl ConnectionTrait, before: Millis) -> Result<u64> {
    let query = format!("DELETE FROM clients WHERE {UNUSED} RETURNING entry_id");
    let rows = db.query_all_raw(sql(db, &query, [before.into()])).await?;
    let entries: std::collections::BTreeSet<String> =
        rows.iter().map(|row| row.try_get("", "entry_id")).collect::<Result<_, _>>()?;
    for entry in &entries {
        client_entries::recount(db, entry).await?;
    }
    Ok(rows.len() as u64)
}
