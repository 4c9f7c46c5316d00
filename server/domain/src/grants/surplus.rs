//! Bounds on what one person leaves behind: so many live grants of the same software, so many that ended, so much of a record.
//!
//! What one person has is little, and materialized first: by the status SQLite would read what everybody has.

use sea_orm::{FromQueryResult, Statement};
use types::{
    grant::{GrantStatus, RevokeReason, Subject},
    id::{GrantId, UserId},
};

use super::{
    life::{self, Revocation},
    lock,
    removal::{self, Record},
    software_counts,
};
use crate::{
    audit,
    clock::Millis,
    crypto::id,
    db::{
        Database,
        database::{CHUNK, sql},
        listing,
        pieces::Pieces,
    },
    error::Result,
};

/// Most live grants of a person for the same software.
pub const LIVE_MAX: i64 = 100;
/// Most live grants of a person for all software together.
pub const LIVE_OF_ALL_MAX: i64 = 1_000;
/// Most ended grants of a person that are remembered.
pub const ENDED_MAX: i64 = 1_000;
/// Most audit events of a person that are remembered.
pub const EVENTS_MAX: i64 = 10_000;
/// Those who authorized something, each as often as they did.
const AUTHORIZED: &str = "SELECT user_id AS id FROM grants WHERE id > $1";
/// Most that is ended or forgotten of a person at once.
const AT_ONCE: i64 = 1_000;

/// A person with very many grants of one software.
#[derive(FromQueryResult)]
struct ManyOfOne {
    entry_id: String,
    user_id: UserId,
}

/// Ends the grants that a person has too many of, those first that were not used for the longest time: of one software,
/// and of all together where the person authorized something since `since`.
pub async fn end_grants(pieces: Pieces<'_>, since: Millis, now: Millis) -> Result<()> {
    software_counts::settle(pieces.db()).await?;
    let read = pieces.db().lists();
    let (live, person) = (GrantStatus::Active, Subject::Person);
    // As the index has it.
    let many = "SELECT entry_id, user_id FROM client_entry_users WHERE grants > 100";
    for ManyOfOne { entry_id, user_id } in ManyOfOne::find_by_statement(sql(read, many, [])).all(read).await?
    {
        let oldest = "WITH own AS MATERIALIZED (SELECT * FROM grants WHERE user_id = $1)
            SELECT g.id FROM own g JOIN clients c ON c.id = g.client_id
            WHERE c.entry_id = $2 AND g.status = $5 AND g.subject = $6
            ORDER BY COALESCE(g.last_used_at, g.authorized_at) DESC, g.id DESC LIMIT $3 OFFSET $4";
        let values =
            [user_id.into(), entry_id.into(), AT_ONCE.into(), LIVE_MAX.into(), live.into(), person.into()];
        end_all(pieces, sql(read, oldest, values), now).await?;
    }
    for user in people(pieces.db(), AUTHORIZED, "grt", since).await? {
        let oldest = "WITH own AS MATERIALIZED (SELECT * FROM grants WHERE user_id = $1)
            SELECT g.id FROM own g WHERE g.status = $4 AND g.subject = $5
            ORDER BY COALESCE(g.last_used_at, g.authorized_at) DESC, g.id DESC LIMIT $2 OFFSET $3";
        let values = [user.into(), AT_ONCE.into(), LIVE_OF_ALL_MAX.into(), live.into(), person.into()];
        end_all(pieces, sql(read, oldest, values), now).await?;
    }
    Ok(())
}

async fn end_all(pieces: Pieces<'_>, which: Statement, now: Millis) -> Result<()> {
    for id in listing::all::<GrantId>(pieces.db().lists(), which).await? {
        if pieces.is_stopped() {
            break;
        }
        end(pieces.db(), &id, now).await?;
    }
    Ok(())
}

async fn end(db: &Database, grant_id: &GrantId, now: Millis) -> Result<()> {
    let transaction = db.begin().await?;
    if let Some(grant) = lock(&transaction, grant_id).await? {
        let revocation = Revocation { reason: RevokeReason::Superseded, by: None, address: "" };
        life::revoke(&transaction, &grant, revocation, now).await?;
    }
    transaction.commit().await
}

/// Forgets grants that ended, with what was recorded of them, where a person who authorized something since `since` has
/// too many: those first that ended first.
pub async fn forget_ended(pieces: Pieces<'_>, since: Millis) -> Result<()> {
    let read = pieces.db().lists();
    for user in people(pieces.db(), AUTHORIZED, "grt", since).await? {
        let oldest = "WITH own AS MATERIALIZED (SELECT * FROM grants WHERE user_id = $1)
            SELECT g.id FROM own g WHERE g.status = $4 AND g.uncounted IS NULL
            ORDER BY g.revoked_at DESC, g.id DESC LIMIT $2 OFFSET $3";
        let values = [user.into(), AT_ONCE.into(), ENDED_MAX.into(), GrantStatus::Revoked.into()];
        let ids: Vec<GrantId> = listing::all(read, sql(read, oldest, values)).await?;
        for chunk in ids.chunks(CHUNK) {
            let mut run = pieces.run();
            while let Some(piece) = run.next().await? {
                removal::remove(piece, chunk, Record::Forgotten).await?;
            }
        }
    }
    Ok(())
}

/// Forgets the oldest events of people who did something since `since` and have too many.
pub async fn forget_events(pieces: Pieces<'_>, since: Millis) -> Result<()> {
    let read = pieces.db().lists();
    let busy = "SELECT actor_id AS id FROM audit_events WHERE id > $1 AND actor_id IS NOT NULL";
    for user in people(pieces.db(), busy, audit::PREFIX, since).await? {
        let oldest = "SELECT id FROM audit_events WHERE actor_id = $1 ORDER BY id DESC LIMIT 1 OFFSET $2";
        let values = [user.as_str().into(), EVENTS_MAX.into()];
        if let Some(last) = listing::one::<String>(read, sql(read, oldest, values)).await? {
            audit::forget_of_actor(pieces, &user, &last).await?;
        }
    }
    Ok(())
}

/// The people whom a query finds behind what was named since `since`. Materialized, or SQLite would read all that ever did
/// for their distinct names.
async fn people(db: &Database, query: &str, prefix: &str, since: Millis) -> Result<Vec<String>> {
    let distinct = format!("WITH recent AS MATERIALIZED ({query}) SELECT DISTINCT id FROM recent");
    listing::all(db.lists(), sql(db.read(), &distinct, [id::earliest(prefix, since).into()])).await
}
