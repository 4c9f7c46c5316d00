//! Organizations, products, and who is what in them.

use std::collections::HashMap;

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QuerySelect,
    sea_query::OnConflict,
};
use types::{
    id::{OrganizationId, ProductId, UserId},
    product::ProductRef,
    role::{OrgRole, ProductRole, effective_role},
    service_access::ProductPlace,
};

use crate::{
    clock::Millis,
    crypto::id,
    db::database::{sql, storable},
    error::Result,
    workspaces::tables::{membership, organization, product, product_role},
};

/// A product that a person may open, with what they are in it.
#[derive(Clone, Debug)]
pub struct ProductMembership {
    /// `org_…`.
    pub organization_id: OrganizationId,
    /// The organization's name in URLs.
    pub organization_slug: String,
    /// The organization's name.
    pub organization: String,
    /// `prd_…`.
    pub product_id: ProductId,
    /// The product's name in URLs.
    pub product_slug: String,
    /// The product's name.
    pub product: String,
    /// The person's role in the organization.
    pub org_role: OrgRole,
    /// The person's role in the product.
    pub role: ProductRole,
}

impl ProductMembership {
    /// Names the product.
    pub fn product_ref(&self) -> ProductRef {
        ProductRef { organization_id: self.organization_id.clone(), product_id: self.product_id.clone() }
    }
}

/// An organization that a person belongs to.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Membership {
    /// `org_…`.
    pub id: OrganizationId,
    /// Its name in URLs.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The person's role in it.
    pub role: OrgRole,
}

const MEMBERSHIPS: &str = "SELECT o.id AS organization_id, o.slug AS organization_slug, o.name AS organization,
        p.id AS product_id, p.slug AS product_slug, p.name AS product, m.role AS org_role, r.role AS product_role
    FROM memberships m
    JOIN organizations o ON o.id = m.organization_id
    LEFT JOIN products p ON p.organization_id = o.id AND p.deleted_at IS NULL
    LEFT JOIN product_roles r ON r.product_id = p.id AND r.user_id = m.user_id
    WHERE m.user_id = $1";
/// Organizations by their names, and in each its products.
const BY_NAME: &str = "ORDER BY o.name, o.id, p.name, p.id";

/// A product with its organization, whoever asks.
pub async fn lookup_product(
    db: &impl ConnectionTrait,
    product_id: &ProductId,
) -> Result<Option<ProductPlace>> {
    let query =
        "SELECT p.id AS product_id, p.name AS product, o.name AS organization, o.slug AS organization_slug
        FROM products p JOIN organizations o ON o.id = p.organization_id WHERE p.id = $1 AND p.deleted_at IS NULL";
    Ok(ProductPlace::find_by_statement(sql(db, query, [product_id.into()])).one(db).await?)
}

/// A row of [`MEMBERSHIPS`].
#[derive(FromQueryResult)]
struct Row {
    organization_id: OrganizationId,
    organization_slug: String,
    organization: String,
    /// An organization without products has one row.
    product_id: Option<ProductId>,
    product_slug: Option<String>,
    product: Option<String>,
    org_role: OrgRole,
    product_role: Option<ProductRole>,
}

/// The product that a member may open, if any role of theirs does.
fn open(row: Row) -> Option<ProductMembership> {
    let role = effective_role(Some(row.org_role), row.product_role)?;
    Some(ProductMembership {
        organization_id: row.organization_id,
        organization_slug: row.organization_slug,
        organization: row.organization,
        product_id: row.product_id?,
        product_slug: row.product_slug?,
        product: row.product?,
        org_role: row.org_role,
        role,
    })
}

/// Every product that a person may open, by organization and product name.
pub async fn memberships_of(db: &impl ConnectionTrait, user_id: &UserId) -> Result<Vec<ProductMembership>> {
    Ok(rows_of(db, user_id).await?.into_iter().filter_map(open).collect())
}

/// Every organization that a person belongs to with the products in it that they may open, by name.
pub async fn places_of(
    db: &impl ConnectionTrait,
    user_id: &UserId,
) -> Result<Vec<(Membership, Vec<ProductMembership>)>> {
    let mut places: Vec<(Membership, Vec<ProductMembership>)> = Vec::new();
    for row in rows_of(db, user_id).await? {
        if places.last().is_none_or(|(organization, _)| organization.id != row.organization_id) {
            let organization = Membership {
                id: row.organization_id.clone(),
                slug: row.organization_slug.clone(),
                name: row.organization.clone(),
                role: row.org_role,
            };
            places.push((organization, Vec::new()));
        }
        if let Some((_, products)) = places.last_mut() {
            products.extend(open(row));
        }
    }
    Ok(places)
}

async fn rows_of(db: &impl ConnectionTrait, user_id: &UserId) -> Result<Vec<Row>> {
    let query = format!("{MEMBERSHIPS} {BY_NAME}");
    Ok(Row::find_by_statement(sql(db, &query, [user_id.into()])).all(db).await?)
}

/// Finds the role of a person in a product; `None` when there is no such product for them.
pub async fn find_membership(
    db: &impl ConnectionTrait,
    user_id: &UserId,
    product_id: &ProductId,
) -> Result<Option<ProductMembership>> {
    let query = format!("{MEMBERSHIPS} AND p.id = $2");
    let row = Row::find_by_statement(sql(db, &query, [user_id.into(), product_id.into()])).one(db).await?;
    Ok(row.and_then(open))
}

/// Finds the role of a person in the product of these slugs; `None` when there is no such product for them.
pub async fn find_membership_by_slugs(
    db: &impl ConnectionTrait,
    user_id: &UserId,
    organization: &str,
    product: &str,
) -> Result<Option<ProductMembership>> {
    if !storable(organization) || !storable(product) {
        return Ok(None);
    }
    let query = format!("{MEMBERSHIPS} AND o.slug = $2 AND p.slug = $3");
    let values = [user_id.into(), organization.into(), product.into()];
    Ok(Row::find_by_statement(sql(db, &query, values)).one(db).await?.and_then(open))
}

const ORGANIZATIONS: &str = "SELECT o.id, o.slug, o.name, m.role
    FROM memberships m JOIN organizations o ON o.id = m.organization_id WHERE m.user_id = $1";

/// Every organization that a person belongs to, by name.
pub async fn organizations_of(db: &impl ConnectionTrait, user_id: &UserId) -> Result<Vec<Membership>> {
    let query = format!("{ORGANIZATIONS} ORDER BY o.name, o.id");
    Ok(Membership::find_by_statement(sql(db, &query, [user_id.into()])).all(db).await?)
}

/// The role of a person in each organization that they belong to.
pub(crate) async fn standing_of(
    db: &impl ConnectionTrait,
    user_id: &UserId,
) -> Result<HashMap<OrganizationId, OrgRole>> {
    let all = organizations_of(db, user_id).await?;
    Ok(all.into_iter().map(|membership| (membership.id, membership.role)).collect())
}

/// The organization of this slug, if the person belongs to it.
pub async fn organization_by_slug(
    db: &impl ConnectionTrait,
    user_id: &UserId,
    slug: &str,
) -> Result<Option<Membership>> {
    if !storable(slug) {
        return Ok(None);
    }
    let query = format!("{ORGANIZATIONS} AND o.slug = $2");
    Ok(Membership::find_by_statement(sql(db, &query, [user_id.into(), slug.into()])).one(db).await?)
}

/// Adds an organization and returns its id.
///
/// # Errors
/// When the database refuses, for instance because the slug is taken.
pub async fn add_organization(
    db: &impl ConnectionTrait,
    slug: &str,
    name: &str,
    now: Millis,
) -> Result<OrganizationId> {
    let id: OrganizationId = id::typed(now);
    let row = organization::ActiveModel {
        id: Set(id.clone()),
        slug: Set(slug.to_owned()),
        name: Set(name.to_owned()),
        created_at: Set(now),
        deleted_at: Set(None),
    };
    organization::Entity::insert(row).exec_without_returning(db).await?;
    Ok(id)
}

/// Adds a product and returns its id.
///
/// # Errors
/// When the database refuses, for instance because the slug is taken.
pub async fn add_product(
    db: &impl ConnectionTrait,
    organization_id: &OrganizationId,
    slug: &str,
    name: &str,
    now: Millis,
) -> Result<ProductId> {
    let id: ProductId = id::typed(now);
    let row = product::ActiveModel {
        id: Set(id.clone()),
        organization_id: Set(organization_id.to_owned()),
        slug: Set(slug.to_owned()),
        name: Set(name.to_owned()),
        created_at: Set(now),
        deleted_at: Set(None),
    };
    product::Entity::insert(row).exec_without_returning(db).await?;
    Ok(id)
}

/// Makes a user a member of an organization, or changes what they are in it.
pub async fn set_membership(
    db: &impl ConnectionTrait,
    organization_id: &OrganizationId,
    user_id: &UserId,
    role: OrgRole,
    now: Millis,
) -> Result<()> {
    let row = membership::ActiveModel {
        organization_id: Set(organization_id.to_owned()),
        user_id: Set(user_id.to_owned()),
        role: Set(role),
        created_at: Set(now),
    };
    let change = OnConflict::columns([membership::Column::OrganizationId, membership::Column::UserId])
        .update_column(membership::Column::Role)
        .to_owned();
    membership::Entity::insert(row).on_conflict(change).exec_without_returning(db).await?;
    Ok(())
}

/// Ends a user's membership of an organization.
pub async fn remove_membership(
    db: &impl ConnectionTrait,
    organization_id: &OrganizationId,
    user_id: &UserId,
) -> Result<()> {
    membership::Entity::delete_by_id((organization_id.to_owned(), user_id.to_owned())).exec(db).await?;
    Ok(())
}

/// Until the end of the transaction, nobody deletes the product. `false` when it is gone.
pub(crate) async fn hold(db: &impl ConnectionTrait, product_id: &ProductId) -> Result<bool> {
    let alive = product::Entity::find_by_id(product_id.clone()).filter(product::Column::DeletedAt.is_null());
    Ok(alive.lock_shared().one(db).await?.is_some())
}

/// Takes a member's role in a product away.
pub async fn remove_product_role(
    db: &impl ConnectionTrait,
    product_id: &ProductId,
    user_id: &UserId,
) -> Result<()> {
    product_role::Entity::delete_by_id((product_id.to_owned(), user_id.to_owned())).exec(db).await?;
    Ok(())
}

/// Gives a member a role in a product, or changes it.
pub async fn set_product_role(
    db: &impl ConnectionTrait,
    product_id: &ProductId,
    user_id: &UserId,
    role: ProductRole,
) -> Result<()> {
    let row = product_role::ActiveModel {
        product_id: Set(product_id.to_owned()),
        user_id: Set(user_id.to_owned()),
        role: Set(role),
    };
    let change = OnConflict::columns([product_role::Column::ProductId, product_role::Column::UserId])
        .update_column(product_role::Column::Role)
        .to_owned();
    product_role::Entity::insert(row).on_conflict(change).exec_without_returning(db).await?;
    Ok(())
}
