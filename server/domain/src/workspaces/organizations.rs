//! Organizations: made, changed, left behind.

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, LockType},
};
use types::{
    failure::Failure,
    id::{OrganizationId, UserId},
    role::OrgRole,
    workspace::GeneralPage,
};

use super::{
    products::{self, Membership},
    slugs,
};
use crate::{
    Domain,
    accounts::names,
    actor::Actor,
    audit::{self, Action, Event},
    clock::Millis,
    config::OrganizationCreation,
    db::{database::sql, listing},
    error::{Error, Result},
    workspaces::tables::{
        membership,
        organization::{Column, Entity, Model},
        product,
    },
};

/// Most organizations that one person owns: a bound on what an account can fill the database with.
const OWNED_MAX: i64 = 100;

/// Says if this person may make an organization.
pub fn may_create(domain: &Domain, actor: &Actor) -> bool {
    actor.viewer.instance_admin
        || domain.config.options.organization_creation == OrganizationCreation::Everyone
}

/// Makes an organization that the person owns. Gives its slug.
pub async fn create(domain: &Domain, actor: &Actor, name: &str) -> Result<String, Failure> {
    if !may_create(domain, actor) {
        let sentence = "Only instance administrators can make organizations here.";
        return Err(Failure::Forbidden(sentence.to_owned()));
    }
    let name = names::typed("name", name)?;
    let user_id = &actor.viewer.user_id;
    domain.limits.change.take(user_id)?;
    let now = domain.clock.now();
    let owned = "SELECT COUNT(*) AS count FROM memberships WHERE user_id = $1 AND role = $2";
    let owned = sql(domain.db.read(), owned, [user_id.into(), OrgRole::Owner.into()]);
    if listing::count(domain.db.read(), owned).await? >= OWNED_MAX.unsigned_abs() {
        return Err(Failure::Forbidden(format!(
            "You own {OWNED_MAX} organizations. Delete one of them first."
        )));
    }
    let transaction = domain.db.begin().await?;
    let (id, slug) = add(&transaction, &name, now).await?;
    products::set_membership(&transaction, &id, user_id, OrgRole::Owner, now).await?;
    audit::record(&transaction, Action::OrganizationCreated, event(actor, &id, None), now).await?;
    transaction.commit().await?;
    Ok(slug)
}

/// Adds an organization under the first slug that is free. Gives its id and the slug.
///
/// # Errors
/// When the database refuses, for instance because another took the slug at the same moment.
pub async fn add(db: &impl ConnectionTrait, name: &str, now: Millis) -> Result<(OrganizationId, String)> {
    for slug in slugs::candidates(name, "workspace") {
        if find_by_slug(db, &slug).await?.is_none() {
            slugs::take(db, &slugs::address(None, &slug)).await?;
            let id = products::add_organization(db, &slug, name, now).await?;
            return Ok((id, slug));
        }
    }
    Err(Error::Setup(format!("no address is free for {name}")))
}

/// The organization of this slug, whoever asks.
pub async fn find_by_slug(db: &impl ConnectionTrait, slug: &str) -> Result<Option<Model>> {
    Ok(Entity::find().filter(Column::Slug.eq(slug)).filter(Column::DeletedAt.is_null()).one(db).await?)
}

/// The organization of this id, whoever asks; `None` when it is gone.
pub async fn lookup(db: &impl ConnectionTrait, id: &OrganizationId) -> Result<Option<Model>> {
    Ok(Entity::find_by_id(id.clone()).filter(Column::DeletedAt.is_null()).one(db).await?)
}

/// The organization of this slug with the role of a person who manages it.
///
/// # Errors
/// [`Failure::NotFound`] when they do not belong to it, [`Failure::Forbidden`] when they do not manage it.
pub(crate) async fn managed(domain: &Domain, actor: &Actor, slug: &str) -> Result<Membership, Failure> {
    let membership = of_member(domain, actor, slug).await?;
    if membership.role.manages() {
        return Ok(membership);
    }
    Err(Failure::Forbidden("Only owners and admins of the organization can do this.".to_owned()))
}

/// The organization of this slug with the role of a person who belongs to it.
///
/// # Errors
/// [`Failure::NotFound`] when they do not.
pub(crate) async fn of_member(domain: &Domain, actor: &Actor, slug: &str) -> Result<Membership, Failure> {
    products::organization_by_slug(domain.db.read(), &actor.viewer.user_id, slug)
        .await?
        .ok_or(Failure::NotFound)
}

/// Holds an organization until the end of the transaction, so that what is found of its members stays so. `None` when it
/// is gone.
pub async fn lock(db: &impl ConnectionTrait, id: &OrganizationId) -> Result<Option<Model>> {
    let alive = Entity::find_by_id(id.clone()).filter(Column::DeletedAt.is_null());
    Ok(alive.lock(LockType::NoKeyUpdate).one(db).await?)
}

/// Number of owners; to be asked while the organization is held.
pub async fn owners(db: &impl ConnectionTrait, id: &OrganizationId) -> Result<u64> {
    let query = "SELECT COUNT(*) AS count FROM memberships m JOIN users u ON u.id = m.user_id
        WHERE m.organization_id = $1 AND m.role = $2 AND u.disabled_at IS NULL";
    listing::count(db, sql(db, query, [id.into(), OrgRole::Owner.into()])).await
}

/// Content of the general tab.
pub async fn general(domain: &Domain, actor: &Actor, slug: &str) -> Result<GeneralPage, Failure> {
    let membership = of_member(domain, actor, slug).await?;
    let read = domain.db.read();
    let row = lookup(read, &membership.id).await?.ok_or(Failure::NotFound)?;
    let count = async |table: &str| {
        let query = format!("SELECT COUNT(*) AS count FROM {table}");
        listing::count(read, sql(read, &query, [(&membership.id).into()])).await
    };
    Ok(GeneralPage {
        members: count("memberships WHERE organization_id = $1").await?,
        products: count("products WHERE organization_id = $1 AND deleted_at IS NULL").await?,
        name: row.name,
        slug: row.slug,
        role: membership.role,
        created_at: row.created_at,
    })
}

/// Changes name and slug of an organization. The old slug leads on for 90 days. Gives the slug that it has now.
pub async fn change(
    domain: &Domain,
    actor: &Actor,
    slug: &str,
    (name, new_slug): (&str, &str),
) -> Result<String, Failure> {
    let membership = managed(domain, actor, slug).await?;
    let name = names::typed("name", name)?;
    let new_slug = slugs::typed(new_slug)?;
    domain.limits.change.take(&actor.viewer.user_id)?;
    let now = domain.clock.now();
    let transaction = domain.db.begin().await?;
    let Some(row) = lock(&transaction, &membership.id).await? else {
        return transaction.refuse(Failure::NotFound).await;
    };
    if row.slug != new_slug {
        if find_by_slug(&transaction, &new_slug).await?.is_some() {
            return transaction.refuse(slugs::taken()).await;
        }
        slugs::take(&transaction, &slugs::address(None, &new_slug)).await?;
        slugs::give_up(&transaction, slugs::address(None, &row.slug), &row.id, now).await?;
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
    audit::record(&transaction, Action::OrganizationChanged, event, now).await?;
    transaction.commit().await?;
    Ok(new_slug)
}

/// Makes a tombstone of an organization: its address is free, its members and roles are gone. What is in its products, and
/// the access to them, is for the caller to end.
pub(crate) async fn bury(db: &impl ConnectionTrait, id: &OrganizationId, now: Millis) -> Result<()> {
    let of = |column: product::Column| {
        product::Entity::find().select_only().column(column).filter(product::Column::OrganizationId.eq(id))
    };
    for product_id in of(product::Column::Id).into_tuple().all(db).await? {
        super::product_settings::bury(db, &product_id, now).await?;
    }
    membership::Entity::delete_many().filter(membership::Column::OrganizationId.eq(id)).exec(db).await?;
    super::invitations::remove_of(db, id).await?;
    Entity::update_many()
        // No slug looks like an id.
        .col_expr(Column::Slug, Expr::value(id.as_str()))
        .col_expr(Column::DeletedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// The organizations of which a person is the only owner, by name.
pub async fn owned_alone(db: &impl ConnectionTrait, user_id: &UserId) -> Result<Vec<String>> {
    let query = "SELECT o.name FROM memberships m JOIN organizations o ON o.id = m.organization_id
        WHERE m.user_id = $1 AND m.role = $2 AND NOT EXISTS (SELECT 1 FROM memberships n JOIN users u ON u.id = n.user_id
            WHERE n.organization_id = m.organization_id AND n.role = $2 AND n.user_id <> $1 AND u.disabled_at IS NULL)
        ORDER BY o.name, o.id";
    listing::all(db, sql(db, query, [user_id.into(), OrgRole::Owner.into()])).await
}

/// The path of a page of an organization or product, for an address in it that was given up a while ago.
pub async fn moved(domain: &Domain, actor: &Actor, path: &str) -> Result<Option<String>> {
    let Some(rest) = path.strip_prefix("/o/") else { return Ok(None) };
    let (slug, rest) = rest.split_once('/').unwrap_or((rest, ""));
    let (db, now) = (domain.db.read(), domain.clock.now());
    let user_id = &actor.viewer.user_id;
    let current = products::organization_by_slug(db, user_id, slug).await?;
    let organization = match current {
        Some(membership) => Some(membership),
        None => match slugs::former(db, &slugs::address(None, slug), now).await? {
            Some(id) => {
                products::organizations_of(db, user_id).await?.into_iter().find(|found| *found.id == *id)
            }
            None => None,
        },
    };
    let Some(organization) = organization else { return Ok(None) };
    let (product, tail) = rest.split_once('/').map_or((rest, ""), |(product, tail)| (product, tail));
    let address = slugs::address(Some(&organization.id), product);
    let product = match slugs::former(db, &address, now).await? {
        Some(id) => match id.parse() {
            Ok(id) => products::find_membership(db, user_id, &id).await?.map(|found| found.product_slug),
            Err(_) => None,
        },
        None => None,
    }
    .unwrap_or_else(|| product.to_owned());
    let parts = ["/o", &organization.slug, &product, tail].map(str::to_owned);
    let new: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let new = new.join("/");
    Ok((new != path.trim_end_matches('/')).then_some(new))
}

/// Forgets addresses that led on for long enough.
pub async fn forget_former_slugs(pieces: crate::db::pieces::Pieces<'_>, now: Millis) -> Result<()> {
    slugs::remove_expired(pieces, now).await
}

/// An event about an organization, done by the viewer.
pub(crate) fn event<'a>(
    actor: &'a Actor,
    organization_id: &'a OrganizationId,
    detail: Option<&'a str>,
) -> Event<'a> {
    Event {
        actor_id: Some(&actor.viewer.user_id),
        address: &actor.address,
        organization_id: Some(organization_id),
        detail,
        ..Event::default()
    }
}
