//! Blocking clients, ending their access, and deleting them: as many as were chosen, all or none.

use types::{client::Impact, failure::Failure, grant::RevokeReason, id::UserId};

use super::form::event;
use crate::{
    actor::Actor,
    audit::{self, Action, Event},
    clients::{
        bulk::{self, Target},
        software,
    },
    clock::Millis,
    db::{Database, Transaction},
    error::Error,
    grants::life::{self, Revocation},
    views::impact,
};

/// Blocks clients, or lifts their blocks. Gives what that concerns.
pub(crate) async fn set_blocked(
    db: &Database,
    actor: &Actor,
    targets: &[Target],
    blocked: bool,
    now: Millis,
) -> Result<Impact, Error> {
    let transaction = db.begin().await?;
    let impact = impact::of_clients(&transaction, &bulk::ids(targets), now).await?;
    let changed = bulk::set_blocked(&transaction, targets, blocked.then_some(now)).await?;
    let action = if blocked { Action::ClientBlocked } else { Action::ClientUnblocked };
    let events = changed.iter().map(|id| event(actor, id));
    audit::record_all(&transaction, action, events, now).await?;
    transaction.commit().await?;
    Ok(Impact { clients: changed.len() as u64, ..impact })
}

/// Ends every grant of clients, which stay. Gives what ended.
pub(crate) async fn revoke_access(
    db: &Database,
    actor: &Actor,
    targets: &[Target],
    now: Millis,
) -> Result<Impact, Error> {
    let transaction = db.begin().await?;
    let impact = impact::of_clients(&transaction, &bulk::ids(targets), now).await?;
    let by = Some(&actor.viewer.user_id);
    let revocation = Revocation { reason: RevokeReason::AllAccess, by, address: &actor.address };
    life::revoke_all(&transaction, &bulk::ids(targets), revocation, now).await?;
    transaction.commit().await?;
    Ok(impact)
}

/// Deletes clients and ends their grants: none when somebody else was faster with one of them. Gives what ended.
pub(crate) async fn delete(
    db: &Database,
    actor: &Actor,
    targets: &[Target],
    now: Millis,
) -> Result<Impact, Failure> {
    let transaction = db.begin().await?;
    let impact = impact::of_clients(&transaction, &bulk::ids(targets), now).await?;
    let by = (Some(&actor.viewer.user_id), actor.address.as_str());
    if delete_in(&transaction, by, targets, now).await? != targets.len() as u64 {
        return transaction.refuse(Failure::NotFound).await;
    }
    transaction.commit().await?;
    Ok(impact)
}

/// Deletes clients and ends their grants, in a transaction of the caller's and by this person from this address. Gives how
/// many were not deleted before.
pub(crate) async fn delete_in(
    transaction: &Transaction,
    (by, address): (Option<&UserId>, &str),
    targets: &[Target],
    now: Millis,
) -> Result<u64, Error> {
    let deleted = bulk::delete(transaction, targets, now).await?;
    let revocation = Revocation { reason: RevokeReason::ClientDeleted, by, address };
    life::revoke_all(transaction, &bulk::ids(targets), revocation, now).await?;
    software::recount_all(transaction, targets).await?;
    let event = |target| Event { actor_id: by, address, client_id: Some(target), ..Event::default() };
    let events = targets.iter().map(|target| event(&target.id));
    audit::record_all(transaction, Action::ClientDeleted, events, now).await?;
    Ok(deleted)
}
