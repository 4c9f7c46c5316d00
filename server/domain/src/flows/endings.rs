//! What ends together: a membership, a product, an organization or an account, with the access that apps have there. Each
//! is counted first, and done in one transaction.

use types::{
    client::Impact,
    failure::Failure,
    grant::RevokeReason,
    id::{OrganizationId, UserId},
    role::OrgRole,
};

use crate::{
    Domain,
    accounts::{links, passwords, sessions, users},
    actor::Actor,
    audit::{self, Action, Event},
    clients::{bulk::Target, lifecycle},
    clock::Millis,
    db::Transaction,
    error::Error,
    grants::life::{self, Revocation},
    procedures,
    views::impact::{self, GrantsOf},
    workspaces::{
        members,
        organizations::{self, event},
        product_settings, products,
    },
};

/// Something that is about to end, and what ends with it.
#[derive(Clone, Debug)]
pub struct Ending {
    /// Its name.
    pub name: String,
    /// People, grants and tokens.
    pub impact: Impact,
    /// Records of data that go.
    pub records: u64,
}

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

/// Somebody who ends something: a person from an address, or whoever has the command line.
#[derive(Clone, Copy, Debug, Default)]
pub struct By<'a> {
    user_id: Option<&'a UserId>,
    address: &'a str,
}

impl<'a> By<'a> {
    /// A person.
    fn of(actor: &'a Actor) -> Self {
        Self { user_id: Some(&actor.viewer.user_id), address: &actor.address }
    }

    const fn event(self) -> Event<'a> {
        Event {
            actor_id: self.user_id,
            address: self.address,
            client_id: None,
            grant_id: None,
            organization_id: None,
            detail: None,
        }
    }

    const fn revocation(self, reason: RevokeReason) -> Revocation<'a> {
        Revocation { reason, by: self.user_id, address: self.address }
    }
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

/// The product that would be deleted.
pub async fn of_product(
    domain: &Domain,
    actor: &Actor,
    organization: &str,
    product: &str,
) -> Result<Ending, Failure> {
    let membership = organizations::managed(domain, actor, organization).await?;
    let row = product_settings::find_by_slug(domain.db.read(), &membership.id, product).await?;
    let row = row.ok_or(Failure::NotFound)?;
    domain.usage.settle_tokens(&domain.db).await;
    let impact = impact::of_grants(domain.db.lists(), GrantsOf::Product(&row.id), domain.clock.now()).await?;
    let records = procedures::count_data(&domain.db, &row.id).await?;
    Ok(Ending { name: row.name, impact, records })
}

/// Deletes a product with its data and all access to it. `typed` is its name, as the person typed it to confirm.
pub async fn delete_product(
    domain: &Domain,
    actor: &Actor,
    (organization, product): (&str, &str),
    typed: &str,
) -> Result<Impact, Failure> {
    let membership = organizations::managed(domain, actor, organization).await?;
    domain.limits.change.take(&actor.viewer.user_id)?;
    domain.usage.settle_tokens(&domain.db).await;
    let now = domain.clock.now();
    let transaction = domain.db.begin().await?;
    if organizations::lock(&transaction, &membership.id).await?.is_none() {
        return transaction.refuse(Failure::NotFound).await;
    }
    let Some(row) = product_settings::lock(&transaction, &membership.id, product).await? else {
        return transaction.refuse(Failure::NotFound).await;
    };
    if let Err(failure) = is_name(typed, &row.name) {
        return transaction.refuse(failure).await;
    }
    product_settings::bury(&transaction, &row.id, now).await?;
    procedures::remove_data(&transaction, &row.id).await?;
    let which = GrantsOf::Product(&row.id);
    let impact = end(&transaction, By::of(actor), which, RevokeReason::ProductDeleted, now).await?;
    let detail = format!("{} {}", row.id, row.name);
    audit::record(&transaction, Action::ProductDeleted, event(actor, &membership.id, Some(&detail)), now)
        .await?;
    transaction.commit().await?;
    Ok(impact)
}

/// The organization that would be deleted.
pub async fn of_organization(domain: &Domain, actor: &Actor, slug: &str) -> Result<Ending, Failure> {
    let row = deletable(domain, actor, slug).await?;
    domain.usage.settle_tokens(&domain.db).await;
    let which = GrantsOf::Organization(&row.0);
    let impact = impact::of_grants(domain.db.lists(), which, domain.clock.now()).await?;
    let mut records = 0;
    for product in crate::views::people::products(domain.db.lists(), &row.0).await? {
        records += procedures::count_data(&domain.db, &product.id).await?;
    }
    Ok(Ending { name: row.1, impact, records })
}

/// Deletes an organization with its products, their data and all access. For its owners, and for instance admins.
pub async fn delete_organization(
    domain: &Domain,
    actor: &Actor,
    slug: &str,
    typed: &str,
) -> Result<Impact, Failure> {
    let (id, _) = deletable(domain, actor, slug).await?;
    domain.limits.change.take(&actor.viewer.user_id)?;
    domain.usage.settle_tokens(&domain.db).await;
    let transaction = domain.db.begin().await?;
    let done = end_organization(&transaction, By::of(actor), &id, Some(typed), domain.clock.now()).await;
    transaction.conclude(done).await
}

/// Deletes an organization in a transaction, whoever may; `typed` is its name where somebody typed it.
pub async fn end_organization(
    transaction: &Transaction,
    by: By<'_>,
    id: &OrganizationId,
    typed: Option<&str>,
    now: Millis,
) -> Result<Impact, Failure> {
    let row = organizations::lock(transaction, id).await?.ok_or(Failure::NotFound)?;
    if let Some(typed) = typed {
        is_name(typed, &row.name)?;
    }
    for product_id in product_settings::lock_all(transaction, id).await? {
        procedures::remove_data(transaction, &product_id).await?;
    }
    organizations::bury(transaction, id, now).await?;
    let which = GrantsOf::Organization(id);
    let impact = end(transaction, by, which, RevokeReason::OrganizationDeleted, now).await?;
    let event = Event { organization_id: Some(id), detail: Some(&row.name), ..by.event() };
    audit::record(transaction, Action::OrganizationDeleted, event, now).await?;
    Ok(impact)
}

/// The organization of this slug, if the person may delete it.
async fn deletable(domain: &Domain, actor: &Actor, slug: &str) -> Result<(OrganizationId, String), Failure> {
    let db = domain.db.read();
    let membership = products::organization_by_slug(db, &actor.viewer.user_id, slug).await?;
    if membership.as_ref().is_some_and(|membership| membership.role == OrgRole::Owner)
        || actor.viewer.instance_admin
    {
        let row = organizations::find_by_slug(db, slug).await?.ok_or(Failure::NotFound)?;
        return Ok((row.id, row.name));
    }
    Err(match membership {
        Some(_) => Failure::Forbidden("Only owners of the organization can delete it.".to_owned()),
        None => Failure::NotFound,
    })
}

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
    let apps = crate::clients::count_of(domain.db.read(), user_id).await?;
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
    let targets: Vec<Target> = crate::clients::targets_of(transaction, user_id).await?;
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

/// Checks the name that a person typed to confirm.
fn is_name(typed: &str, name: &str) -> Result<(), Failure> {
    if typed.trim() == name {
        return Ok(());
    }
    Err(Failure::Invalid { field: "confirm".to_owned(), message: format!("Type {name} to confirm.") })
}

async fn end(
    transaction: &Transaction,
    by: By<'_>,
    which: GrantsOf<'_>,
    reason: RevokeReason,
    now: Millis,
) -> Result<Impact, Error> {
    let impact = impact::of_grants(transaction, which, now).await?;
    life::revoke_where(transaction, which, by.revocation(reason), now).await?;
    Ok(impact)
}
