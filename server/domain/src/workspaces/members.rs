//! Members of an organization: who they are, and what.

use types::{
    failure::Failure,
    id::{OrganizationId, ProductId, UserId},
    role::{OrgRole, ProductRole},
    workspace::{MEMBERS_PER_PAGE, MembersPage, MembersQuery, ProductChoice},
};

use super::{
    invitations,
    organizations::{self, event},
    products::{self, Membership},
};
use crate::{
    Domain,
    actor::Actor,
    audit::{self, Action},
    clock::Millis,
    db::{
        Transaction,
        database::sql,
        listing::{self, turn_back},
    },
    error::Error,
    views::people,
};
use sea_orm::ConnectionTrait;

/// Content of the members tab. The last page stands for all that come after it.
pub async fn list(
    domain: &Domain,
    actor: &Actor,
    organization: &str,
    query: &MembersQuery,
) -> Result<MembersPage, Failure> {
    let membership = organizations::of_member(domain, actor, organization).await?;
    let lists = domain.db.lists();
    let mut query = query.clone();
    let mut found = people::members(lists, &membership.id, &query).await?;
    if let Some(last) = turn_back(&found, query.page, MEMBERS_PER_PAGE) {
        query.page = last;
        found = people::members(lists, &membership.id, &query).await?;
    }
    let now = domain.clock.now();
    let manages = membership.role.manages();
    let products = people::products(lists, &membership.id).await?;
    let choices = products.into_iter().map(|product| ProductChoice { id: product.id, name: product.name });
    let invitations =
        if manages { invitations::waiting(domain.db.read(), &membership.id, now).await? } else { Vec::new() };
    Ok(MembersPage {
        organization: membership.name,
        role: membership.role,
        viewer: actor.viewer.user_id.clone(),
        members: found.rows,
        total: found.total,
        page: query.page.max(1),
        products: choices.collect(),
        invitations,
        mail: domain.mail.way(),
        now,
    })
}

/// The things that a member is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    /// In the organization.
    pub role: Option<OrgRole>,
    /// In products: `None` takes the role there away.
    pub products: Vec<(ProductId, Option<ProductRole>)>,
}

/// Changes what a member is. All of it bites on their next call.
pub async fn change(
    domain: &Domain,
    actor: &Actor,
    organization: &str,
    user_id: &UserId,
    roles: &Roles,
) -> Result<(), Failure> {
    let membership = organizations::managed(domain, actor, organization).await?;
    domain.limits.change.take(&actor.viewer.user_id)?;
    let now = domain.clock.now();
    let transaction = domain.db.begin().await?;
    let done = change_in(&transaction, actor, &membership.id, user_id, roles, now).await;
    transaction.conclude(done).await
}

async fn change_in(
    transaction: &Transaction,
    actor: &Actor,
    organization_id: &OrganizationId,
    user_id: &UserId,
    roles: &Roles,
    now: Millis,
) -> Result<(), Failure> {
    let (mine, theirs) = hold(transaction, actor, organization_id, user_id).await?;
    let mut said = vec![user_id.to_string()];
    if let Some(role) = roles.role.filter(|role| *role != theirs) {
        may_touch(mine, theirs.max(role))?;
        if theirs == OrgRole::Owner {
            must_not_be_last_owner(transaction, organization_id).await?;
        }
        products::set_membership(transaction, organization_id, user_id, role, now).await?;
        said.push(format!("{theirs} to {role}"));
    }
    for (product_id, role) in &roles.products {
        if !is_of(transaction, organization_id, product_id).await? {
            return Err(Failure::NotFound);
        }
        match role {
            Some(role) => products::set_product_role(transaction, product_id, user_id, *role).await?,
            None => products::remove_product_role(transaction, product_id, user_id).await?,
        }
        let role = role.map_or("no role", ProductRole::as_str);
        said.push(format!("{role} in {product_id}"));
    }
    let detail = said.join(", ");
    let event = event(actor, organization_id, Some(&detail));
    Ok(audit::record(transaction, Action::MemberChanged, event, now).await?)
}

/// Says if a product belongs to an organization, and is there.
pub(crate) async fn is_of(
    db: &impl ConnectionTrait,
    organization_id: &OrganizationId,
    product_id: &ProductId,
) -> Result<bool, Error> {
    let query = "SELECT COUNT(*) AS count FROM products
        WHERE id = $1 AND organization_id = $2 AND deleted_at IS NULL";
    Ok(listing::count(db, sql(db, query, [product_id.into(), organization_id.into()])).await? == 1)
}

/// Holds the organization, and gives the roles in it of who acts and of another member, as they are now.
///
/// # Errors
/// [`Failure::NotFound`] when one of them is no member of it, or it is gone.
pub(crate) async fn hold(
    transaction: &Transaction,
    actor: &Actor,
    organization_id: &OrganizationId,
    user_id: &UserId,
) -> Result<(OrgRole, OrgRole), Failure> {
    organizations::lock(transaction, organization_id).await?.ok_or(Failure::NotFound)?;
    let mine = role_of(transaction, organization_id, &actor.viewer.user_id).await?;
    let theirs = role_of(transaction, organization_id, user_id).await?;
    mine.zip(theirs).ok_or(Failure::NotFound)
}

/// The role of a person in an organization.
pub async fn role_of(
    db: &impl ConnectionTrait,
    organization_id: &OrganizationId,
    user_id: &UserId,
) -> Result<Option<OrgRole>, Error> {
    let all: Vec<Membership> = products::organizations_of(db, user_id).await?;
    Ok(all.into_iter().find(|membership| membership.id == *organization_id).map(|membership| membership.role))
}

/// Refuses what a role may not do to a member with another, or to make one.
pub(crate) fn may_touch(mine: OrgRole, theirs: OrgRole) -> Result<(), Failure> {
    if !mine.manages() {
        return Err(Failure::Forbidden("Only owners and admins of the organization can do this.".to_owned()));
    }
    if theirs == OrgRole::Owner && mine != OrgRole::Owner {
        return Err(Failure::Forbidden("Only owners can make, change or remove owners.".to_owned()));
    }
    Ok(())
}

/// Refuses to take the last owner from an organization that is held.
pub(crate) async fn must_not_be_last_owner(
    db: &impl ConnectionTrait,
    organization_id: &OrganizationId,
) -> Result<(), Failure> {
    if organizations::owners(db, organization_id).await? > 1 {
        return Ok(());
    }
    let sentence = "The last owner stays. Make somebody else owner first, or delete the organization.";
    Err(Failure::Forbidden(sentence.to_owned()))
}

/// Makes somebody a member, with these roles; whoever is one already keeps what is more.
pub async fn join(
    db: &impl ConnectionTrait,
    organization_id: &OrganizationId,
    user_id: &UserId,
    roles: &Roles,
    now: Millis,
) -> Result<(), Error> {
    let new = roles.role.unwrap_or(OrgRole::Member);
    let role = role_of(db, organization_id, user_id).await?.map_or(new, |old| old.max(new));
    products::set_membership(db, organization_id, user_id, role, now).await?;
    for (product_id, role) in &roles.products {
        if let Some(role) = role
            && is_of(db, organization_id, product_id).await?
        {
            let old = products::find_membership(db, user_id, product_id).await?.map(|found| found.role);
            // To owners and admins every product is open anyway.
            let role = old.filter(|_| new == OrgRole::Member).map_or(*role, |old| old.max(*role));
            products::set_product_role(db, product_id, user_id, role).await?;
        }
    }
    Ok(())
}

/// Ends a membership with the roles in products. Access that the person gave apps is for the caller to end.
pub async fn leave(
    db: &impl ConnectionTrait,
    organization_id: &OrganizationId,
    user_id: &UserId,
) -> Result<(), Error> {
    let roles = "DELETE FROM product_roles WHERE user_id = $1
        AND product_id IN (SELECT id FROM products WHERE organization_id = $2)";
    db.execute_raw(sql(db, roles, [user_id.into(), organization_id.into()])).await?;
    products::remove_membership(db, organization_id, user_id).await
}
