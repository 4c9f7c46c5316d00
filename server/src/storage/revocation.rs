//! The end of grants: who or what ended them, on the record.

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, UpdateMany,
    sea_query::Expr,
};

use super::{
    audit::{self, Action, Event},
    client_entries,
    client_targets::{CHUNK, Target},
    entities::grant,
    grants::Grant,
};
use crate::{
    clock::Millis,
    error::Result,
    oauth::grant::{GrantStatus, RevokeReason},
};

/// Who or what ends a grant.
#[derive(Clone, Copy, Debug)]
pub struct Revocation<'a> {
    /// Why.
    pub reason: RevokeReason,
    /// The person who did it, if one did.
    pub by: Option<&'a str>,
    /// The network address it came from.
    pub address: &'a str,
}

/// Revokes a grant that is pending or active, and records it. `false` when there was nothing to revoke.
///
/// # Errors
/// When the database refuses.
pub async fn revoke(
    db: &impl ConnectionTrait,
    grant: &Grant,
    revocation: Revocation<'_>,
    now: Millis,
) -> Result<bool> {
    let end = async |from: GrantStatus| -> Result<bool> {
        let done = revoking(revocation, now)
            .filter(grant::Column::Id.eq(&grant.id))
            .filter(grant::Column::Status.eq(from.to_string()))
            .exec(db)
            .await?;
        Ok(done.rows_affected == 1)
    };
    if end(GrantStatus::Active).await? {
        client_entries::grant_ended(db, &grant.client_id, &grant.user_id).await?;
    } else if !end(GrantStatus::Pending).await? {
        return Ok(false);
    }
    let Revocation { reason, by, address } = revocation;
    tracing::info!(grant = %grant.id, reason = reason.as_str(), "grant revoked");
    let event = Event {
        actor_id: by,
        address,
        client_id: Some(&grant.client_id),
        grant_id: Some(&grant.id),
        organization_id: Some(&grant.organization_id),
        detail: Some(reason.as_str()),
    };
    audit::record(db, Action::GrantRevoked, event, now).await?;
    Ok(true)
}

fn revoking(revocation: Revocation<'_>, now: Millis) -> UpdateMany<grant::Entity> {
    grant::Entity::update_many()
        .col_expr(grant::Column::Status, Expr::value(GrantStatus::Revoked.to_string()))
        .col_expr(grant::Column::RevokedAt, Expr::value(now))
        .col_expr(grant::Column::RevokedBy, Expr::value(revocation.by.map(str::to_owned)))
        .col_expr(grant::Column::RevokeReason, Expr::value(revocation.reason.as_str()))
}

/// Revokes every grant of these clients that is pending or active, and records each. Their entries are to be counted
/// anew by whoever calls this, once everything else has changed too.
///
/// # Errors
/// When the database refuses.
pub async fn revoke_all(
    db: &impl ConnectionTrait,
    clients: &[Target],
    revocation: Revocation<'_>,
    now: Millis,
) -> Result<()> {
    let live = [GrantStatus::Pending, GrantStatus::Active].map(|status| status.to_string());
    let ids = || grant::Entity::find().select_only().column(grant::Column::Id);
    let mut ending: Vec<String> = Vec::new();
    for chunk in clients.chunks(CHUNK) {
        let of_these = ids()
            .filter(grant::Column::ClientId.is_in(chunk.iter().map(|client| &client.id)))
            .filter(grant::Column::Status.is_in(live.clone()));
        ending.extend(of_these.into_tuple::<String>().all(db).await?);
    }
    // One after the other, in the order in which use counts are written: two who wait for each other wait for ever.
    ending.sort_unstable();
    for chunk in ending.chunks(CHUNK) {
        let these = ids().filter(grant::Column::Id.is_in(chunk)).order_by_asc(grant::Column::Id);
        these.lock_exclusive().into_tuple::<String>().all(db).await?;
        let ended = revoking(revocation, now)
            .filter(grant::Column::Id.is_in(chunk))
            .filter(grant::Column::Status.is_in(live.clone()))
            .exec_with_returning(db)
            .await?;
        let events = ended.iter().map(|grant| Event {
            actor_id: revocation.by,
            address: revocation.address,
            client_id: Some(&grant.client_id),
            grant_id: Some(&grant.id),
            organization_id: Some(&grant.organization_id),
            detail: Some(revocation.reason.as_str()),
        });
        audit::record_all(db, Action::GrantRevoked, events, now).await?;
    }
    Ok(())
}
