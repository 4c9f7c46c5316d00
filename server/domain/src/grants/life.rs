//! The life of a grant: its states, and every way from one to another, with what is counted and recorded on the way.
//!
//! ```text
//! Pending ── activate ──► Active ◄─ pause, resume ─► Paused
//!    │ │                    │ narrow, widen            │ narrow, widen
//!    │ └─ expire ► Expired  └───────── revoke ─────────┴──► Revoked
//!    └────────────────────────────── revoke ───────────────────┘
//! ```
//!
//! Everything here is called in a transaction, most of it with a grant that is locked there.

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, UpdateMany,
    sea_query::{Expr, ExprTrait, Query},
};
use types::{
    grant::{GrantStatus, RevokeReason},
    id::UserId,
    scope::{ResourceSet, ScopeSet},
};

use super::{Grant, has_status, software_counts};
use crate::{
    audit::{self, Action, Event},
    clock::Millis,
    db::{database::CHUNK, pieces::Pieces},
    error::Result,
    grants::tables::{
        code,
        grant::{self, Column, Entity},
    },
    views::impact::GrantsOf,
};

/// A way from one state to another, or to the same with other permissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transition {
    Activate,
    Pause,
    Resume,
    ChangeScopes,
    Revoke,
    Expire,
}

impl Transition {
    /// The state that it leads to; `None` where it may not happen.
    const fn from(self, status: GrantStatus) -> Option<GrantStatus> {
        use GrantStatus::{Active, Expired, Paused, Pending, Revoked};
        match (self, status) {
            (Self::Activate, Pending) | (Self::Resume, Paused) => Some(Active),
            (Self::Pause, Active) => Some(Paused),
            (Self::ChangeScopes, Active | Paused) => Some(status),
            (Self::Revoke, Pending | Active | Paused) => Some(Revoked),
            (Self::Expire, Pending) => Some(Expired),
            _ => None,
        }
    }

    /// The states in which it may begin.
    fn begins(self) -> impl Iterator<Item = GrantStatus> {
        GrantStatus::ALL.into_iter().filter(move |&status| self.from(status).is_some())
    }
}

/// Grants in one of these states.
fn in_states(states: impl Iterator<Item = GrantStatus>) -> Condition {
    states.fold(Condition::any(), |any, status| {
        let word = Condition::all().add(has_status(status));
        any.add(match status {
            GrantStatus::Active => word.add(Column::PausedAt.is_null()),
            GrantStatus::Paused => word.add(Column::PausedAt.is_not_null()),
            GrantStatus::Pending | GrantStatus::Revoked | GrantStatus::Expired => word,
        })
    })
}

/// The one who changes a grant.
#[derive(Clone, Copy, Debug)]
pub struct Deed<'a> {
    /// The person, if one does it.
    pub by: Option<&'a UserId>,
    /// The network address it comes from.
    pub address: &'a str,
}

/// The one who ends a grant, and the reason.
#[derive(Clone, Copy, Debug)]
pub struct Revocation<'a> {
    /// The reason.
    pub reason: RevokeReason,
    /// The person who did it, if one did.
    pub by: Option<&'a UserId>,
    /// The network address it came from.
    pub address: &'a str,
}

/// Activates a pending grant, at the exchange of its code. `false` when it is not pending.
pub async fn activate(db: &impl ConnectionTrait, grant: &Grant) -> Result<bool> {
    let to_active = Entity::update_many()
        .col_expr(Column::Status, Expr::value(GrantStatus::Active))
        .col_expr(Column::Uncounted, software_counts::one_more());
    goes(db, grant, Transition::Activate, to_active).await
}

/// Pauses an active grant. `false` when it is not active.
pub async fn pause(db: &impl ConnectionTrait, grant: &Grant, deed: Deed<'_>, now: Millis) -> Result<bool> {
    let paused = Entity::update_many().col_expr(Column::PausedAt, Expr::value(now));
    let done = goes(db, grant, Transition::Pause, paused).await?;
    if done {
        audit::record(db, Action::GrantPaused, deed.event(grant, None), now).await?;
    }
    Ok(done)
}

/// Resumes a paused grant. `false` when it is not paused.
pub async fn resume(db: &impl ConnectionTrait, grant: &Grant, deed: Deed<'_>, now: Millis) -> Result<bool> {
    let resumed = Entity::update_many().col_expr(Column::PausedAt, Expr::value(None::<Millis>));
    let done = goes(db, grant, Transition::Resume, resumed).await?;
    if done {
        audit::record(db, Action::GrantResumed, deed.event(grant, None), now).await?;
    }
    Ok(done)
}

/// Takes permissions from a live grant: `to` is what is left of them, not nothing and not all. `false` where it is
/// something else, or the grant is not live.
pub async fn narrow(
    db: &impl ConnectionTrait,
    grant: &Grant,
    to: &ScopeSet,
    deed: Deed<'_>,
    now: Millis,
) -> Result<bool> {
    if to.is_empty() || *to == grant.scopes || !grant.scopes.contains_all(to) {
        return Ok(false);
    }
    change_scopes(db, grant, (to, grant.resources), Action::GrantNarrowed, deed, now).await
}

/// Adds permissions to a live grant, and the resources that they belong to: `to` is what it has then, more than before.
/// `false` where it is something else, or the grant is not live.
pub async fn widen(
    db: &impl ConnectionTrait,
    grant: &Grant,
    to: &ScopeSet,
    deed: Deed<'_>,
    now: Millis,
) -> Result<bool> {
    if *to == grant.scopes || !to.contains_all(&grant.scopes) {
        return Ok(false);
    }
    let resources = grant.resources.iter().chain(to.resources()).collect();
    change_scopes(db, grant, (to, resources), Action::GrantWidened, deed, now).await
}

async fn change_scopes(
    db: &impl ConnectionTrait,
    grant: &Grant,
    (scopes, resources): (&ScopeSet, ResourceSet),
    action: Action,
    deed: Deed<'_>,
    now: Millis,
) -> Result<bool> {
    let changed = Entity::update_many()
        .col_expr(Column::Scopes, Expr::value(scopes.to_string()))
        .col_expr(Column::Resources, Expr::value(resources))
        // The decision was about these permissions, and about no others.
        .filter(Column::Scopes.eq(grant.scopes.to_string()));
    let done = goes(db, grant, Transition::ChangeScopes, changed).await?;
    if done {
        audit::record(db, action, deed.event(grant, Some(&scopes.to_string())), now).await?;
    }
    Ok(done)
}

/// Revokes a grant that has not ended, and records it. `false` when there was nothing to revoke.
pub async fn revoke(
    db: &impl ConnectionTrait,
    grant: &Grant,
    revocation: Revocation<'_>,
    now: Millis,
) -> Result<bool> {
    if !goes(db, grant, Transition::Revoke, revoking(revocation, now)).await? {
        return Ok(false);
    }
    let Revocation { reason, by, address } = revocation;
    tracing::info!(grant = %grant.id, reason = reason.as_str(), "grant revoked");
    let event = Deed { by, address }.event(grant, Some(reason.as_str()));
    audit::record(db, Action::GrantRevoked, event, now).await?;
    Ok(true)
}

/// Revokes every grant of these clients that has not ended, and records each.
pub async fn revoke_all(
    db: &impl ConnectionTrait,
    client_ids: &[&str],
    revocation: Revocation<'_>,
    now: Millis,
) -> Result<()> {
    let ids = || Entity::find().select_only().column(Column::Id);
    let mut ending: Vec<String> = Vec::new();
    for chunk in client_ids.chunks(CHUNK) {
        let of_these = ids()
            .filter(Column::ClientId.is_in(chunk.iter().copied()))
            .filter(in_states(Transition::Revoke.begins()));
        ending.extend(of_these.into_tuple::<String>().all(db).await?);
    }
    revoke_these(db, ending, revocation, now).await
}

/// Revokes every grant of these that has not ended, and records each.
pub async fn revoke_where(
    db: &impl ConnectionTrait,
    which: GrantsOf<'_>,
    revocation: Revocation<'_>,
    now: Millis,
) -> Result<()> {
    let of_these = match which {
        GrantsOf::Member(organization, user) => {
            Column::OrganizationId.eq(organization).and(Column::UserId.eq(user))
        }
        GrantsOf::Product(product) => Column::ProductId.eq(product),
        GrantsOf::Organization(organization) => Column::OrganizationId.eq(organization),
        GrantsOf::User(user) => Column::UserId.eq(user),
    };
    let alive = Entity::find().select_only().column(Column::Id).filter(of_these);
    let ending = alive.filter(in_states(Transition::Revoke.begins())).into_tuple().all(db).await?;
    revoke_these(db, ending, revocation, now).await
}

async fn revoke_these(
    db: &impl ConnectionTrait,
    mut ending: Vec<String>,
    revocation: Revocation<'_>,
    now: Millis,
) -> Result<()> {
    let ids = || Entity::find().select_only().column(Column::Id);
    // One after the other, in the order in which use counts are written: two who wait for each other wait for ever.
    ending.sort_unstable();
    for chunk in ending.chunks(CHUNK) {
        let these = ids().filter(Column::Id.is_in(chunk)).order_by_asc(Column::Id);
        these.lock_exclusive().into_tuple::<String>().all(db).await?;
        let ended = revoking(revocation, now)
            .filter(Column::Id.is_in(chunk))
            .filter(in_states(Transition::Revoke.begins()))
            .exec_with_returning(db)
            .await?;
        let events = ended.iter().map(|grant| Event {
            actor_id: revocation.by,
            address: revocation.address,
            client_id: Some(&grant.client_id),
            grant_id: Some(&grant.id),
            organization_id: grant.organization_id.as_ref(),
            detail: Some(revocation.reason.as_str()),
        });
        audit::record_all(db, Action::GrantRevoked, events, now).await?;
    }
    Ok(())
}

/// Ends grants that were never used because nobody exchanged their code before it expired.
pub async fn expire_pending(pieces: Pieces<'_>, now: Millis) -> Result<()> {
    let code = Query::select()
        .expr(Expr::value(1))
        .from(code::Entity)
        .and_where(Expr::col((code::Entity, code::Column::GrantId)).equals((Entity, Column::Id)))
        .and_where(code::Column::ExpiresAt.lte(now))
        .to_owned();
    let pending = Entity::find().filter(in_states(Transition::Expire.begins())).filter(Expr::exists(code));
    let expired = Entity::update_many().col_expr(Column::Status, Expr::value(GrantStatus::Expired));
    // Asked again where it is changed: one whose code is exchanged meanwhile lives.
    pieces.change(expired.filter(in_states(Transition::Expire.begins())), pending).await
}

/// Changes a grant if it is in a state in which that may begin.
async fn goes(
    db: &impl ConnectionTrait,
    grant: &Grant,
    transition: Transition,
    change: UpdateMany<Entity>,
) -> Result<bool> {
    let this = change.filter(Column::Id.eq(&grant.id)).filter(in_states(transition.begins()));
    Ok(this.exec(db).await?.rows_affected == 1)
}

fn revoking(revocation: Revocation<'_>, now: Millis) -> UpdateMany<grant::Entity> {
    // One that was never alive was never counted.
    let counted = Expr::case(Column::Status.eq(GrantStatus::Active), software_counts::one_less());
    Entity::update_many()
        .col_expr(Column::Uncounted, counted.finally(Expr::col(Column::Uncounted)).into())
        .col_expr(Column::Status, Expr::value(GrantStatus::Revoked))
        .col_expr(Column::RevokedAt, Expr::value(now))
        .col_expr(Column::RevokedBy, Expr::value(revocation.by.cloned()))
        .col_expr(Column::RevokeReason, Expr::value(revocation.reason.as_str()))
}

impl<'a> Deed<'a> {
    fn event(self, grant: &'a Grant, detail: Option<&'a str>) -> Event<'a> {
        Event {
            actor_id: self.by,
            address: self.address,
            client_id: Some(&grant.client_id),
            grant_id: Some(&grant.id),
            organization_id: grant.product.as_ref().map(|product| &product.organization_id),
            detail,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_these_ways_lead_from_one_state_to_another() {
        use GrantStatus::{Active, Expired, Paused, Pending, Revoked};
        let ways = [
            (Transition::Activate, Pending, Active),
            (Transition::Pause, Active, Paused),
            (Transition::Resume, Paused, Active),
            (Transition::ChangeScopes, Active, Active),
            (Transition::ChangeScopes, Paused, Paused),
            (Transition::Revoke, Pending, Revoked),
            (Transition::Revoke, Active, Revoked),
            (Transition::Revoke, Paused, Revoked),
            (Transition::Expire, Pending, Expired),
        ];
        for transition in ways.map(|(transition, ..)| transition) {
            for status in GrantStatus::ALL {
                let way = ways.iter().find(|&&(other, from, _)| (other, from) == (transition, status));
                assert_eq!(transition.from(status), way.map(|&(.., to)| to), "{transition:?} of {status}");
            }
        }
    }
}
