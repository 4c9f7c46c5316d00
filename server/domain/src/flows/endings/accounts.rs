//! Accounts that end.

use types::{failure::Failure, grant::RevokeReason, id::UserId};

use super::{By, Ending};
use crate::{
    Domain,
    accounts::{links, passwords, sessions, users},
    actor::Actor,
    audit::{self, Action, Event},
    clients::{self, bulk::Target, lifecycle},
    clock::Millis,
    db::Transaction,
    grants::life,
    views::impact::{self, GrantsOf},
    workspaces::{members, organizations, products},
};

/// The account that would be deleted.
///
/// # Errors
/// [`Failure::Forbidden`] when an organization would be left without an owner.
pub async fn of_account(domain: &Domain, user_id: &UserId) -> Result<Ending, Failure> {
    let user = users::lookup(domain.db.read(), user_id).await?.filter(|user| user.deleted_at.is_none());
    let user = user.ok_or(Failure::NotFound)?;
    owns_nothing_alone(domain.db.read(), user_id).await?;
    domain.usage.settle_tokens(&domain.db).await;
    let impact = impact::of_grants(domain.db.lists(), GrantsOf::User(user_id), domain.clock.now()).await?;
    let apps = clients::count_of(domain.db.read(), user_id).await?;
    Ok(Ending { name: user.name, impact, records: apps })
}

async fn owns_nothing_alone(db: &impl sea_orm::ConnectionTrait, user_id: &UserId) -> Result<(), Failure> {
    let alone = organizations::owned_alone(db, user_id).await?;
    if alone.is_empty() {
        return Ok(());
    }
    Err(Failure::Forbidden(format!(
        "The only owner of {} stays. Make somebody else owner there first, or delete it.",
        alone.join(", ")
    )))
}

/// Deletes the person's own account, whose password they typed once more.
pub async fn delete_own_account(domain: &Domain, actor: &Actor, password: &str) -> Result<(), Failure> {
    passwords::prove(domain, &actor.viewer.user_id, "confirm", password).await?;
    delete_account(domain, actor, &actor.viewer.user_id).await
}

/// Deletes an account: its apps and all access end, its memberships too, and what named the person names nobody.
///
/// # Errors
/// [`Failure::Forbidden`] when an organization, or the instance, would be left without anybody.
pub async fn delete_account(domain: &Domain, actor: &Actor, user_id: &UserId) -> Result<(), Failure> {
    domain.usage.settle_tokens(&domain.db).await;
    let transaction = domain.db.begin().await?;
    let done = end_account(&transaction, By::of(actor), user_id, domain.clock.now()).await;
    transaction.conclude(done).await
}

/// Deletes an account in a transaction, whoever may.
///
/// # Errors
/// As [`delete_account`].
pub async fn end_account(
    transaction: &Transaction,
    by: By<'_>,
    user_id: &UserId,
    now: Millis,
) -> Result<(), Failure> {
    let admins = users::lock_admins(transaction).await?;
    // In one order: whoever removes the other owner of one of them meanwhile waits, or is waited for.
    let mut organizations = products::organizations_of(transaction, user_id).await?;
    organizations.sort_by(|one, other| one.id.cmp(&other.id));
    for organization in &organizations {
        organizations::lock(transaction, &organization.id).await?;
    }
    let user = users::lock(transaction, user_id).await?.filter(|user| user.deleted_at.is_none());
    let user = user.ok_or(Failure::NotFound)?;
    owns_nothing_alone(transaction, user_id).await?;
    if user.instance_admin && user.disabled_at.is_none() && admins <= 1 {
        let sentence = "The last instance administrator stays. Make somebody else one first.";
        return Err(Failure::Forbidden(sentence.to_owned()));
    }
    let targets: Vec<Target> = clients::targets_of(transaction, user_id).await?;
    lifecycle::delete_in(transaction, (by.user_id, by.address), &targets, now).await?;
    let revocation = by.revocation(RevokeReason::AccountDeleted);
    life::revoke_where(transaction, GrantsOf::User(user_id), revocation, now).await?;
    for organization in &organizations {
        members::leave(transaction, &organization.id, user_id).await?;
    }
    sessions::remove_of(transaction, user_id, None).await?;
    links::remove_of(transaction, user_id).await?;
    users::bury(transaction, user_id, now).await?;
    let event = Event { detail: Some(user_id), ..by.event() };
    Ok(audit::record(transaction, Action::UserDeleted, event, now).await?)
}
