//! Memberships that end.

use types::{
    client::Impact,
    failure::Failure,
    grant::RevokeReason,
    id::{OrganizationId, UserId},
    role::OrgRole,
};

use super::{By, Ending, end};
use crate::{
    Domain,
    accounts::users,
    actor::Actor,
    audit::{self, Action, Event},
    clock::Millis,
    db::Transaction,
    views::impact::{self, GrantsOf},
    workspaces::{members, organizations},
};

/// The member who would be removed.
pub async fn of_member(
    domain: &Domain,
    actor: &Actor,
    organization: &str,
    user_id: &UserId,
) -> Result<Ending, Failure> {
    let membership = organizations::of_member(domain, actor, organization).await?;
    if *user_id != actor.viewer.user_id {
        organizations::managed(domain, actor, organization).await?;
    }
    let user = users::lookup(domain.db.read(), user_id).await?.ok_or(Failure::NotFound)?;
    if members::role_of(domain.db.read(), &membership.id, user_id).await?.is_none() {
        return Err(Failure::NotFound);
    }
    domain.usage.settle_tokens(&domain.db).await;
    let which = GrantsOf::Member(&membership.id, user_id);
    let impact = impact::of_grants(domain.db.lists(), which, domain.clock.now()).await?;
    Ok(Ending { name: user.name, impact, records: 0 })
}

/// Ends a membership: that of another, or one's own. The last owner stays.
pub async fn remove_member(
    domain: &Domain,
    actor: &Actor,
    organization: &str,
    user_id: &UserId,
) -> Result<Impact, Failure> {
    let membership = organizations::of_member(domain, actor, organization).await?;
    domain.limits.change.take(&actor.viewer.user_id)?;
    domain.usage.settle_tokens(&domain.db).await;
    let transaction = domain.db.begin().await?;
    let done = remove_member_in(domain, &transaction, actor, &membership.id, user_id).await;
    transaction.conclude(done).await
}

async fn remove_member_in(
    domain: &Domain,
    transaction: &Transaction,
    actor: &Actor,
    organization_id: &OrganizationId,
    user_id: &UserId,
) -> Result<Impact, Failure> {
    let (mine, theirs) = members::hold(transaction, actor, organization_id, user_id).await?;
    if *user_id != actor.viewer.user_id {
        members::may_touch(mine, theirs)?;
    }
    end_membership(transaction, By::of(actor), organization_id, user_id, domain.clock.now()).await
}

/// Ends a membership in a transaction, whoever may. The last owner stays.
///
/// # Errors
/// [`Failure::NotFound`] when the person is no member.
pub async fn end_membership(
    transaction: &Transaction,
    by: By<'_>,
    organization_id: &OrganizationId,
    user_id: &UserId,
    now: Millis,
) -> Result<Impact, Failure> {
    organizations::lock(transaction, organization_id).await?.ok_or(Failure::NotFound)?;
    let role = members::role_of(transaction, organization_id, user_id).await?.ok_or(Failure::NotFound)?;
    if role == OrgRole::Owner {
        members::must_not_be_last_owner(transaction, organization_id).await?;
    }
    members::leave(transaction, organization_id, user_id).await?;
    let which = GrantsOf::Member(organization_id, user_id);
    let impact = end(transaction, by, which, RevokeReason::MemberRemoved, now).await?;
    let action = if by.user_id == Some(user_id) { Action::MemberLeft } else { Action::MemberRemoved };
    let event = Event { organization_id: Some(organization_id), detail: Some(user_id), ..by.event() };
    audit::record(transaction, action, event, now).await?;
    Ok(impact)
}
