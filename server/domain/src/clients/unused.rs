//! Clients that nobody needs any more.

use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};
use types::{client::ClientSource, grant::GrantStatus, id::ClientId};

use crate::{
    audit,
    clients::software,
    clock::{HOUR, Millis},
    db::{database::sql, listing},
    error::Result,
};

/// The time for which a client that came by itself may be about to be used: nobody removes it before.
pub const YOUNG: Millis = HOUR;

/// Removes clients that were deleted before `before` and have no grants to stand for, those that came by themselves
/// without a trace. To be called in a transaction.
pub async fn remove_tombstones(db: &impl ConnectionTrait, before: Millis) -> Result<()> {
    let events = "DELETE FROM audit_events WHERE client_id IN (SELECT c.id FROM clients c
        WHERE c.deleted_at < $1 AND c.source IN ($2, $3)
        AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.client_id = c.id))";
    let clients = "DELETE FROM clients WHERE deleted_at < $1
        AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.client_id = clients.id)";
    let [dynamic, document] = BY_THEMSELVES.map(Value::from);
    db.execute_raw(sql(db, events, [before.into(), dynamic, document])).await?;
    db.execute_raw(sql(db, clients, [before.into()])).await?;
    Ok(())
}

/// The sources of clients that nobody registered.
const BY_THEMSELVES: [ClientSource; 2] = [ClientSource::Dynamic, ClientSource::MetadataDocument];

/// A document that people said something of is remembered: it would come back as a stranger. A resource server needs no
/// grant. Who made a request that ended after `$2` is waited for.
const UNUSED: &str = "(source = $3 OR (source = $4 AND blocked_at IS NULL AND disabled_at IS NULL
        AND ceiling IS NULL AND NOT verified
        AND NOT EXISTS (SELECT 1 FROM client_documents d WHERE d.client_id = clients.id AND d.pinned_at IS NOT NULL))) AND NOT resource_server AND created_at < $1
        AND deleted_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.client_id = clients.id AND g.status <> $5)
    AND NOT EXISTS (SELECT 1 FROM authorization_requests r WHERE r.client_id = clients.id AND r.expires_at > $2)";

/// The values of [`UNUSED`]. A grant that expired was never used.
fn unused_values(before: Millis, asked_since: Millis) -> [Value; 5] {
    let [dynamic, document] = BY_THEMSELVES.map(Value::from);
    [before.into(), asked_since.into(), dynamic, document, GrantStatus::Expired.into()]
}

/// Number of clients that came by themselves before `before`, were never let in by anybody, and asked for nothing since.
pub async fn count(db: &impl ConnectionTrait, before: Millis, asked_since: Millis) -> Result<u64> {
    let query = format!("SELECT COUNT(*) AS count FROM clients WHERE {UNUSED}");
    listing::count(db, sql(db, &query, unused_values(before, asked_since))).await
}

/// Removes them, without a trace: nobody ever saw them. To be called in a transaction.
pub async fn remove(db: &impl ConnectionTrait, before: Millis, asked_since: Millis) -> Result<u64> {
    let query = format!("DELETE FROM clients WHERE {UNUSED} RETURNING id, entry_id");
    forget(db, sql(db, &query, unused_values(before, asked_since))).await
}

/// Removes the oldest of them as long as there are more than `max`, except young ones and those that wait for an answer.
/// To be called in a transaction.
pub async fn remove_surplus(db: &impl ConnectionTrait, max: u32, now: Millis) -> Result<u64> {
    let all = "SELECT COUNT(*) AS count FROM clients WHERE source IN ($1, $2)";
    if listing::count(db, sql(db, all, BY_THEMSELVES.map(Value::from))).await? <= u64::from(max) {
        return Ok(0);
    }
    let surplus = count(db, now + 1, now).await?.saturating_sub(u64::from(max));
    if surplus == 0 {
        return Ok(0);
    }
    let query = format!(
        "DELETE FROM clients WHERE id IN (SELECT id FROM clients WHERE {UNUSED} ORDER BY created_at, id LIMIT $6)
        RETURNING id, entry_id"
    );
    let surplus = i64::try_from(surplus).unwrap_or(i64::MAX);
    let values = unused_values(now - YOUNG, now).into_iter().chain([surplus.into()]);
    forget(db, sql(db, &query, values)).await
}

/// Says if so many clients registered themselves a moment ago that there is no room for another one, whatever is removed.
pub async fn is_full(db: &impl ConnectionTrait, max: u32, now: Millis) -> Result<bool> {
    let query = "SELECT COUNT(*) AS count FROM
        (SELECT id FROM clients WHERE source = $3 AND created_at > $1 LIMIT $2) young";
    let values = [(now - YOUNG).into(), i64::from(max).into(), ClientSource::Dynamic.into()];
    let young = listing::count(db, sql(db, query, values)).await?;
    Ok(young >= u64::from(max))
}

/// A client that is gone.
#[derive(FromQueryResult)]
struct Removed {
    id: ClientId,
    entry_id: String,
}

/// Removes clients by a statement that returns their ids and entries, and forgets what is left of them.
async fn forget(db: &impl ConnectionTrait, removed: Statement) -> Result<u64> {
    let removed = Removed::find_by_statement(removed).all(db).await?;
    let (ids, mut entries): (Vec<_>, Vec<_>) = removed.into_iter().map(|row| (row.id, row.entry_id)).unzip();
    audit::forget_of_clients(db, &ids).await?;
    entries.sort_unstable();
    entries.dedup();
    for entry in &entries {
        software::recount(db, entry).await?;
    }
    Ok(ids.len() as u64)
}
