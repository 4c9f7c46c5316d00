//! Clients that nobody needs any more.

use std::collections::BTreeMap;

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Value,
};
use types::{client::ClientSource, grant::GrantStatus, id::ClientId};

use crate::{
    audit::{self, Action, Event},
    authorization_requests,
    clients::{software, tables::client},
    clock::{HOUR, Millis},
    db::{
        database::sql,
        flag::Flag,
        listing::{self, bind},
        pieces::Pieces,
    },
    error::Result,
};

/// The time for which a client that came by itself may be about to be used: nobody removes it before.
pub const YOUNG: Millis = HOUR;
/// Most clients that are looked for at once.
const AT_ONCE: i64 = 10_000;
/// Most clients of a piece: the little that is recorded of each goes with it.
const CLIENTS: usize = 100;
/// The sources of clients that nobody registered.
const BY_THEMSELVES: [ClientSource; 2] = [ClientSource::Dynamic, ClientSource::MetadataDocument];

/// The moments that say if a client is unused.
#[derive(Clone, Copy, Debug)]
pub struct Unused {
    /// It came before this …
    pub before: Millis,
    /// … and asked for nothing that was still to be answered after this.
    pub asked_since: Millis,
}

/// The record still tells of access that is forgotten itself. OFFSET keeps PostgreSQL from joining all clients to all
/// events, of which it would read every one.
const REMEMBERED: &str =
    "EXISTS (SELECT 1 FROM audit_events e WHERE e.client_id = clients.id AND e.grant_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.id = e.grant_id) LIMIT 1 OFFSET 0)";

/// A document that people said something of is remembered: it would come back as a stranger. A resource server needs no
/// grant. Who made a request that ended after `$2` is waited for.
const UNUSED: &str = "source IN ($3, $4) AND created_at < $1 AND deleted_at IS NULL AND NOT resource_server
    AND (source = $3 OR (blocked_at IS NULL AND disabled_at IS NULL AND ceiling IS NULL AND NOT verified
        AND NOT EXISTS (SELECT 1 FROM client_documents d WHERE d.client_id = clients.id AND d.pinned_at IS NOT NULL)))
    AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.client_id = clients.id AND g.status <> $5)
    AND NOT EXISTS (SELECT 1 FROM authorization_requests r WHERE r.client_id = clients.id AND r.expires_at > $2)";

/// Those for whom the record is asked: few. PostgreSQL would ask it first, for every client.
fn unused_clients() -> String {
    format!("WITH unused AS MATERIALIZED (SELECT id, created_at FROM clients WHERE {UNUSED})")
}

/// The values of [`UNUSED`]. A grant that expired was never used.
fn values(unused: Unused) -> Vec<Value> {
    let [dynamic, document] = BY_THEMSELVES.map(Value::from);
    vec![unused.before.into(), unused.asked_since.into(), dynamic, document, GrantStatus::Expired.into()]
}

/// Number of clients that came by themselves, were never let in by anybody, and are unused.
pub async fn count(db: &impl ConnectionTrait, unused: Unused) -> Result<u64> {
    let query = format!(
        "{} SELECT COUNT(*) AS count FROM unused AS clients WHERE NOT {REMEMBERED}",
        unused_clients()
    );
    listing::count(db, sql(db, &query, values(unused))).await
}

/// Removes them, without a trace: nobody ever saw them. Returns their number, which each piece records as done by `by`.
pub async fn remove(pieces: Pieces<'_>, unused: Unused, by: Option<(Event<'_>, Millis)>) -> Result<u64> {
    let mut removed = 0;
    loop {
        let found = find(pieces, unused, AT_ONCE).await?;
        let gone = forget(pieces, &found, unused, by).await?;
        removed += gone;
        if gone < AT_ONCE.unsigned_abs() {
            return Ok(removed);
        }
    }
}

/// Removes the oldest of them as long as there are more than `max`, except young ones and those that wait for an answer.
/// Returns their number.
pub async fn remove_surplus(pieces: Pieces<'_>, max: u32, now: Millis) -> Result<u64> {
    let read = pieces.db().lists();
    let all = "SELECT COUNT(*) AS count FROM clients WHERE source IN ($1, $2)";
    if listing::count(read, sql(read, all, BY_THEMSELVES.map(Value::from))).await? <= u64::from(max) {
        return Ok(0);
    }
    let all = count(read, Unused { before: now + 1, asked_since: now }).await?;
    let surplus = i64::try_from(all.saturating_sub(u64::from(max))).unwrap_or(i64::MAX);
    let unused = Unused { before: now - YOUNG, asked_since: now };
    let found = if surplus > 0 { find(pieces, unused, surplus.min(AT_ONCE)).await? } else { Vec::new() };
    forget(pieces, &found, unused, None).await
}

/// Says if a client came by itself after this.
pub async fn came_after(db: &impl ConnectionTrait, moment: Millis) -> Result<bool> {
    let query = "SELECT COUNT(*) AS count FROM
        (SELECT id FROM clients WHERE source IN ($1, $2) AND created_at > $3 LIMIT 1) few";
    let values = BY_THEMSELVES.map(Value::from).into_iter().chain([moment.into()]);
    Ok(listing::count(db, sql(db, query, values)).await? > 0)
}

/// The oldest clients that are unused.
async fn find(pieces: Pieces<'_>, unused: Unused, limit: i64) -> Result<Vec<ClientId>> {
    let read = pieces.db().lists();
    let mut values = values(unused);
    let limit = bind(&mut values, limit);
    let query = format!(
        "{} SELECT id FROM unused AS clients WHERE NOT {REMEMBERED} ORDER BY created_at, id LIMIT {limit}",
        unused_clients()
    );
    listing::all(read, sql(read, &query, values)).await
}

/// Removes those of these clients that still are unused, with all that is left of them. Returns their number.
async fn forget(
    pieces: Pieces<'_>,
    ids: &[ClientId],
    unused: Unused,
    by: Option<(Event<'_>, Millis)>,
) -> Result<u64> {
    let mut gone = 0;
    for ids in ids.chunks(CLIENTS) {
        authorization_requests::remove_ended_of_clients(pieces, ids, unused.asked_since).await?;
        let mut run = pieces.run();
        while let Some(piece) = run.next().await? {
            let removed = remove_from(piece.db(), ids, unused).await?;
            if let (Some((event, now)), 1..) = (by, removed) {
                let detail = removed.to_string();
                let event = Event { detail: Some(&detail), ..event };
                audit::record(piece.db(), Action::ClientsRemoved, event, now).await?;
            }
            gone += removed;
        }
    }
    Ok(gone)
}

/// A client that goes.
#[derive(FromQueryResult)]
struct Removed {
    id: ClientId,
    entry_id: String,
}

async fn remove_from(db: &impl ConnectionTrait, ids: &[ClientId], unused: Unused) -> Result<u64> {
    let these = client::Entity::find().select_only().column(client::Column::Id);
    let these = these.filter(client::Column::Id.is_in(ids)).order_by_asc(client::Column::Id);
    these.lock_exclusive().into_tuple::<ClientId>().all(db).await?;
    // Asked again: one may have been let in meanwhile. Materialized, or SQLite would look at all others, too.
    let mut values = values(unused);
    let these: Vec<String> = ids.iter().map(|id| bind(&mut values, id)).collect();
    let query = format!(
        "WITH these AS MATERIALIZED (SELECT * FROM clients WHERE id IN ({}))
        SELECT id, entry_id FROM these AS clients WHERE {UNUSED}",
        these.join(", ")
    );
    let removed = Removed::find_by_statement(sql(db, &query, values)).all(db).await?;
    let mut entries = BTreeMap::<&str, i64>::new();
    for client in &removed {
        *entries.entry(&client.entry_id).or_default() += 1;
    }
    for (entry_id, many) in entries {
        software::leave(db, entry_id, many).await?;
    }
    let ids: Vec<ClientId> = removed.into_iter().map(|client| client.id).collect();
    client::Entity::delete_many().filter(client::Column::Id.is_in(&ids)).exec(db).await?;
    audit::forget_of_clients(db, &ids).await?;
    Ok(ids.len() as u64)
}

/// A deleted client that no grant needs.
#[derive(FromQueryResult)]
struct Tombstone {
    id: ClientId,
    /// Nobody ever saw it.
    traceless: Flag,
}

/// Removes clients that were deleted before `before` and have no grants to stand for, those that came by themselves and
/// were never let in without a trace.
pub async fn remove_tombstones(pieces: Pieces<'_>, before: Millis) -> Result<()> {
    let read = pieces.db().lists();
    let query = format!(
        "SELECT id, (source IN ($3, $4) AND NOT {REMEMBERED}) AS traceless FROM clients WHERE deleted_at < $1
        AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.client_id = clients.id) ORDER BY deleted_at LIMIT $2"
    );
    let [dynamic, document] = BY_THEMSELVES.map(Value::from);
    let values = [before.into(), AT_ONCE.into(), dynamic, document];
    let found = Tombstone::find_by_statement(sql(read, &query, values)).all(read).await?;
    for clients in found.chunks(CLIENTS) {
        let traceless = clients.iter().filter(|client| client.traceless.0);
        let traceless: Vec<ClientId> = traceless.map(|client| client.id.clone()).collect();
        let these = client::Column::Id.is_in(clients.iter().map(|client| &client.id));
        let mut run = pieces.run();
        while let Some(piece) = run.next().await? {
            audit::forget_of_clients(piece.db(), &traceless).await?;
            piece.remove(client::Entity::find().filter(these.clone())).await?;
        }
    }
    Ok(())
}

/// Says if so many clients registered themselves a moment ago that there is no room for another one, whatever is removed.
pub async fn is_full(db: &impl ConnectionTrait, max: u32, now: Millis) -> Result<bool> {
    let query = "SELECT COUNT(*) AS count FROM
        (SELECT id FROM clients WHERE source = $3 AND created_at > $1 LIMIT $2) young";
    let values = [(now - YOUNG).into(), i64::from(max).into(), ClientSource::Dynamic.into()];
    let young = listing::count(db, sql(db, query, values)).await?;
    Ok(young >= u64::from(max))
}
