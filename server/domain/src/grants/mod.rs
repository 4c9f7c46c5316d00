//! Grants: who let which client into which product, and how far.

pub mod codes;
pub mod connected;
pub mod life;
pub mod refresh_tokens;
pub mod removal;
pub mod revoked_tokens;
pub mod service_tokens;
pub mod software_counts;
pub mod superseding;
pub mod surplus;
#[cfg(not(feature = "tables"))]
mod tables;
#[cfg(feature = "tables")]
pub mod tables;

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Value,
    sea_query::{Expr, ExprTrait},
};
use types::{
    consent::EarlierAccess,
    grant::{GrantStatus, Subject},
    id::{ClientId, GrantId, OrganizationId, UserId},
    product::ProductRef,
    scope::{ResourceSet, ScopeSet},
};

use crate::{
    clock::Millis,
    crypto::{id, secret::HashedSecret},
    db::{database::sql, listing},
    error::Result,
    grants::tables::grant,
    oauth::redirect_uri::without_port,
    views::live_grants::LiveGrant,
};

/// A grant as stored.
#[derive(Clone, Debug)]
pub struct Grant {
    /// `grt_…`.
    pub id: GrantId,
    /// The person who authorized it.
    pub user_id: UserId,
    /// The client.
    pub client_id: ClientId,
    /// The one product that it opens; `None` where the app only signs people in.
    pub product: Option<ProductRef>,
    /// The scopes that it gives the client, expanded.
    pub scopes: ScopeSet,
    /// At which resources.
    pub resources: ResourceSet,
    /// Its state now.
    pub status: GrantStatus,
    /// The one who acts with it.
    pub subject: Subject,
    /// The moment when it was authorized.
    pub authorized_at: Millis,
}

impl Grant {
    /// Says if its product belongs to this organization.
    pub fn is_of_organization(&self, organization_id: &OrganizationId) -> bool {
        self.product.as_ref().is_some_and(|product| product.organization_id == *organization_id)
    }
}

impl From<&LiveGrant> for Grant {
    fn from(live: &LiveGrant) -> Self {
        Self {
            id: live.id.clone(),
            user_id: live.user_id.clone(),
            client_id: live.client_id.clone(),
            product: live.product.clone(),
            scopes: live.scopes.clone(),
            resources: live.resources,
            status: live.status,
            subject: live.subject,
            authorized_at: live.authorized_at,
        }
    }
}

impl From<grant::Model> for Grant {
    fn from(row: grant::Model) -> Self {
        Self {
            scopes: row.scopes,
            resources: row.resources,
            status: GrantStatus::read(row.status, row.paused_at),
            subject: row.subject,
            authorized_at: row.authorized_at,
            id: row.id,
            user_id: row.user_id,
            client_id: row.client_id,
            product: ProductRef::of(row.organization_id, row.product_id),
        }
    }
}

/// A grant to be added, pending until its code is exchanged.
#[derive(Clone, Debug)]
pub struct NewGrant {
    /// The person who authorizes it.
    pub user_id: UserId,
    /// The client.
    pub client_id: ClientId,
    /// The product; `None` where the app only signs people in.
    pub product: Option<ProductRef>,
    /// The scopes of the client, expanded.
    pub scopes: ScopeSet,
    /// At which resources.
    pub resources: ResourceSet,
    /// The network address of the person.
    pub address: String,
    /// The one who acts with it.
    pub subject: Subject,
    /// The place where it was authorized; `None` for a client that acts by itself.
    pub origin: Option<Origin>,
}

/// The place where a person authorized a grant.
#[derive(Clone, Debug)]
pub struct Origin {
    /// The redirect URI of the request.
    pub redirect_uri: String,
    /// The browser's cookie.
    pub browser: HashedSecret,
    /// The moment when the app asked.
    pub requested_at: Millis,
    /// Browser and system, for people; empty where they cannot be told.
    pub device: String,
    /// Says if the person wants earlier access of the app replaced.
    pub replaces: bool,
}

/// Says if a client has one grant, of whatever status, and no other.
pub async fn is_first(db: &impl ConnectionTrait, client_id: &ClientId) -> Result<bool> {
    let of_client = grant::Entity::find().filter(grant::Column::ClientId.eq(client_id));
    let second = of_client.select_only().column(grant::Column::Id).offset(1).limit(1);
    Ok(second.into_tuple::<String>().one(db).await?.is_none())
}

/// Adds a grant and returns its id.
pub async fn add(db: &impl ConnectionTrait, grant: NewGrant, now: Millis) -> Result<GrantId> {
    let id: GrantId = id::typed(now);
    let origin = grant.origin;
    let (organization_id, product_id) =
        grant.product.map(|product| (product.organization_id, product.product_id)).unzip();
    let row = grant::ActiveModel {
        id: Set(id.clone()),
        user_id: Set(grant.user_id),
        client_id: Set(grant.client_id),
        organization_id: Set(organization_id),
        product_id: Set(product_id),
        scopes: Set(grant.scopes),
        resources: Set(grant.resources),
        status: Set(GrantStatus::Pending),
        paused_at: Set(None),
        uncounted: Set(None),
        authorized_at: Set(now),
        authorized_address: Set(grant.address),
        last_used_at: Set(None),
        use_count: Set(0),
        revoked_at: Set(None),
        revoked_by: Set(None),
        revoke_reason: Set(None),
        subject: Set(grant.subject),
        redirect_uri: Set(origin.as_ref().map(|origin| without_port(&origin.redirect_uri))),
        browser_hash: Set(origin.as_ref().map(|origin| origin.browser.as_str().to_owned())),
        requested_at: Set(origin.as_ref().map(|origin| origin.requested_at)),
        replaces: Set(origin.as_ref().is_some_and(|origin| origin.replaces)),
        device: Set(origin.map(|origin| origin.device).filter(|device| !device.is_empty())),
    };
    grant::Entity::insert(row).exec_without_returning(db).await?;
    Ok(id)
}

/// The grant with this id; inside a transaction nobody else changes it until the end.
pub async fn lock(db: &impl ConnectionTrait, id: &GrantId) -> Result<Option<Grant>> {
    Ok(grant::Entity::find_by_id(id.clone()).lock_exclusive().one(db).await?.map(Grant::from))
}

/// The grant with this id.
pub async fn lookup(db: &impl ConnectionTrait, id: &GrantId) -> Result<Option<Grant>> {
    Ok(grant::Entity::find_by_id(id.clone()).one(db).await?.map(Grant::from))
}

/// Access that a person gave a client before and that still stands, the latest first; a few of them.
pub async fn earlier(
    db: &impl ConnectionTrait,
    user_id: &UserId,
    client_id: &ClientId,
) -> Result<Vec<EarlierAccess>> {
    let query =
        "SELECT o.name AS organization, p.name AS product, g.authorized_at AS since, g.scopes FROM grants g
        JOIN products p ON p.id = g.product_id JOIN organizations o ON o.id = g.organization_id
        WHERE g.user_id = $1 AND g.client_id = $2 AND g.status = 'active' AND g.subject = $3
        ORDER BY g.authorized_at DESC, g.id DESC LIMIT 3";
    let values = [user_id.into(), client_id.into(), Subject::Person.into()];
    Ok(EarlierAccess::find_by_statement(sql(db, query, values)).all(db).await?)
}

/// Says if a grant has this status, in a word that stands in the statement itself: only for that is an index taken that has
/// no others.
fn has_status(status: GrantStatus) -> Expr {
    Expr::col(grant::Column::Status).eq(Expr::Constant(status.stored().into()))
}

/// The live grants of the same person, client and product, itself among them, for the same actor. In a transaction nobody
/// else changes them until the end; they are locked in the order of their ids, as everybody does.
pub async fn alike(db: &impl ConnectionTrait, grant: &Grant) -> Result<Vec<Grant>> {
    let these = grant::Entity::find()
        .filter(grant::Column::UserId.eq(&grant.user_id))
        .filter(grant::Column::ClientId.eq(&grant.client_id))
        .filter(match &grant.product {
            Some(product) => grant::Column::ProductId.eq(&product.product_id),
            None => grant::Column::ProductId.is_null(),
        })
        .filter(grant::Column::Subject.eq(grant.subject))
        .filter(has_status(GrantStatus::Active))
        .order_by_asc(grant::Column::Id)
        .lock_exclusive();
    Ok(these.all(db).await?.into_iter().map(Grant::from).collect())
}

/// The live grant with which a client acts by itself. There is one at most.
pub async fn service_grant_of(db: &impl ConnectionTrait, client_id: &ClientId) -> Result<Option<Grant>> {
    let own = grant::Entity::find()
        .filter(grant::Column::ClientId.eq(client_id))
        .filter(Expr::col(grant::Column::Subject).eq(Expr::Constant(Subject::Client.into())))
        .filter(has_status(GrantStatus::Active));
    Ok(own.one(db).await?.map(Grant::from))
}

/// The moment when a person last let a client in, whether or not that still stands.
pub async fn last_authorized(
    db: &impl ConnectionTrait,
    user_id: &UserId,
    client_id: &ClientId,
) -> Result<Option<Millis>> {
    // Of each status by itself: the last entry of an index, however many there are.
    let latest =
        "SELECT MAX(authorized_at) AS at FROM grants WHERE user_id = $1 AND client_id = $2 AND status =";
    let query = format!("SELECT MAX(at) AS at FROM ({latest} $3 UNION ALL {latest} $4) latest");
    let [live, revoked] = [GrantStatus::Active, GrantStatus::Revoked].map(Value::from);
    let values = [user_id.into(), client_id.into(), live, revoked];
    Ok(listing::one(db, sql(db, &query, values)).await?.flatten())
}

/// Adds calls to a grant's count.
pub async fn count_uses(db: &impl ConnectionTrait, id: &GrantId, calls: i64, last: Millis) -> Result<()> {
    let query = "UPDATE grants SET use_count = use_count + $2,
        last_used_at = CASE WHEN last_used_at > $3 THEN last_used_at ELSE $3 END WHERE id = $1";
    db.execute_raw(sql(db, query, [id.into(), calls.into(), last.into()])).await?;
    Ok(())
}
