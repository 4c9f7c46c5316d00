//! Products: made, changed, left behind.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, sea_query::Expr};
use types::{
    failure::Failure,
    id::{OrganizationId, ProductId},
    workspace::ProductsPage,
};

use super::{
    organizations::{self, event},
    products, slugs,
};
use crate::{
    Domain,
    accounts::names,
    actor::Actor,
    audit::{self, Action},
    clock::Millis,
    db::{database::sql, listing},
    error::{Error, Result},
    views::people,
    workspaces::tables::{
        product::{self, Column, Entity, Model},
        product_role,
    },
};

/// Most products of an organization.
const PRODUCTS_MAX: u64 = 200;

/// Content of the products tab: all of them to those who manage, their own to others.
pub async fn list(domain: &Domain, actor: &Actor, organization: &str) -> Result<ProductsPage, Failure> {
    let membership = organizations::of_member(domain, actor, organization).await?;
    let mut rows = people::products(domain.db.lists(), &membership.id).await?;
    let manages = membership.role.manages();
    if !manages {
        let open = products::memberships_of(domain.db.read(), &actor.viewer.user_id).await?;
        rows.retain(|row| open.iter().any(|product| product.product_id == row.id));
    }
    Ok(ProductsPage { organization: membership.name, manages, products: rows, now: domain.clock.now() })
}

/// Makes a product. Gives its slug.
pub async fn create(
    domain: &Domain,
    actor: &Actor,
    organization: &str,
    name: &str,
) -> Result<String, Failure> {
    let membership = organizations::managed(domain, actor, organization).await?;
    let name = names::typed("name", name)?;
    domain.limits.change.take(&actor.viewer.user_id)?;
    let now = domain.clock.now();
    let transaction = domain.db.begin().await?;
    if organizations::lock(&transaction, &membership.id).await?.is_none() {
        return transaction.refuse(Failure::NotFound).await;
    }
    let count = "SELECT COUNT(*) AS count FROM products WHERE organization_id = $1 AND deleted_at IS NULL";
    let count = sql(&transaction, count, [(&membership.id).into()]);
    if listing::count(&transaction, count).await? >= PRODUCTS_MAX {
        let full = format!("This organization has {PRODUCTS_MAX} products. Delete one of them first.");
        return transaction.refuse(Failure::Forbidden(full)).await;
    }
    let (_, slug) = add(&transaction, &membership.id, &name, now).await?;
    let event = event(actor, &membership.id, Some(&name));
    audit::record(&transaction, Action::ProductCreated, event, now).await?;
    transaction.commit().await?;
    Ok(slug)
}

/// Adds a product under the first slug that is free in its organization. Gives its id and the slug.
///
/// # Errors
/// When the database refuses, for instance because another took the slug at the same moment.
pub async fn add(
    db: &impl ConnectionTrait,
    organization_id: &OrganizationId,
    name: &str,
    now: Millis,
) -> Result<(ProductId, String)> {
    for slug in slugs::candidates(name, "product") {
        if find_by_slug(db, organization_id, &slug).await?.is_none() {
            slugs::take(db, &slugs::address(Some(organization_id), &slug)).await?;
            let id = products::add_product(db, organization_id, &slug, name, now).await?;
            return Ok((id, slug));
        }
    }
    Err(Error::Setup(format!("no address is free for {name}")))
}

/// The product of an organization with this slug, whoever asks.
pub async fn find_by_slug(
    db: &impl ConnectionTrait,
    organization_id: &OrganizationId,
    slug: &str,
) -> Result<Option<Model>> {
    let alive =
        Entity::find().filter(Column::OrganizationId.eq(organization_id)).filter(Column::Slug.eq(slug));
    Ok(alive.filter(Column::DeletedAt.is_null()).one(db).await?)
}

/// Holds a product of an organization until the end of the transaction. `None` when it is gone.
pub(crate) async fn lock(
    db: &impl ConnectionTrait,
    organization_id: &OrganizationId,
    slug: &str,
) -> Result<Option<Model>> {
    let alive =
        Entity::find().filter(Column::OrganizationId.eq(organization_id)).filter(Column::Slug.eq(slug));
    Ok(alive.filter(Column::DeletedAt.is_null()).lock_exclusive().one(db).await?)
}

/// Changes name and slug of a product. The old slug leads on for 90 days.
pub async fn change(
    domain: &Domain,
    actor: &Actor,
    (organization, product): (&str, &str),
    (name, new_slug): (&str, &str),
) -> Result<(), Failure> {
    let membership = organizations::managed(domain, actor, organization).await?;
    let name = names::typed("name", name)?;
    let new_slug = slugs::typed(new_slug)?;
    domain.limits.change.take(&actor.viewer.user_id)?;
    let now = domain.clock.now();
    let transaction = domain.db.begin().await?;
    if organizations::lock(&transaction, &membership.id).await?.is_none() {
        return transaction.refuse(Failure::NotFound).await;
    }
    let Some(row) = find_by_slug(&transaction, &membership.id, product).await? else {
        return transaction.refuse(Failure::NotFound).await;
    };
    if row.slug != new_slug {
        if find_by_slug(&transaction, &membership.id, &new_slug).await?.is_some() {
            return transaction.refuse(slugs::taken()).await;
        }
        slugs::take(&transaction, &slugs::address(Some(&membership.id), &new_slug)).await?;
        let old = slugs::address(Some(&membership.id), &row.slug);
        slugs::give_up(&transaction, old, &row.id, now).await?;
    }
    Entity::update_many()
        .col_expr(Column::Name, Expr::value(&name))
        .col_expr(Column::Slug, Expr::value(&new_slug))
        .filter(Column::Id.eq(&row.id))
        .exec(&transaction)
        .await
        .map_err(Error::from)?;
    let detail = format!("{name} ({new_slug})");
    let event = event(actor, &membership.id, Some(&detail));
    audit::record(&transaction, Action::ProductChanged, event, now).await?;
    Ok(transaction.commit().await?)
}

/// Makes a tombstone of a product: its address is free, nobody has a role in it. Its data, and the access to it, are for
/// the caller to end.
pub(crate) async fn bury(db: &impl ConnectionTrait, id: &ProductId, now: Millis) -> Result<()> {
    product_role::Entity::delete_many().filter(product_role::Column::ProductId.eq(id)).exec(db).await?;
    Entity::update_many()
        // No slug looks like an id.
        .col_expr(Column::Slug, Expr::value(id.as_str()))
        .col_expr(Column::DeletedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::DeletedAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// The products of an organization that are there, in the order in which they are held.
pub(crate) async fn lock_all(db: &impl ConnectionTrait, id: &OrganizationId) -> Result<Vec<ProductId>> {
    let alive = Entity::find().filter(Column::OrganizationId.eq(id)).filter(Column::DeletedAt.is_null());
    let alive = sea_orm::QueryOrder::order_by_asc(alive, Column::Id);
    Ok(alive.lock_exclusive().all(db).await?.into_iter().map(|row: product::Model| row.id).collect())
}
