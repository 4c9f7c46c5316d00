//! Products and organizations that end.

use types::{client::Impact, failure::Failure, grant::RevokeReason, id::OrganizationId, role::OrgRole};

use super::{By, Ending, end, is_name};
use crate::{
    Domain,
    actor::Actor,
    audit::{self, Action, Event},
    clock::Millis,
    db::Transaction,
    procedures,
    views::{
        impact::{self, GrantsOf},
        people,
    },
    workspaces::{
        organizations::{self, event},
        product_settings, products,
    },
};

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
    for product in people::products(domain.db.lists(), &row.0).await? {
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
