//! Grants: who let which client into which product, and how far.

use app::types::scope::ScopeSet;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::Expr,
};

use super::{
    client_entries,
    database::{sql, storable},
    entities::grant,
};
use crate::{
    clock::Millis,
    crypto::id,
    error::{Error, Result},
    oauth::{
        grant::{GrantStatus, Subject},
        resource::DoorSet,
    },
};

/// A grant as stored.
#[derive(Clone, Debug)]
pub struct Grant {
    /// `grt_…`.
    pub id: String,
    /// Who authorized.
    pub user_id: String,
    /// Which client.
    pub client_id: String,
    /// The organization of the product.
    pub organization_id: String,
    /// The one product that it opens.
    pub product_id: String,
    /// What it lets the client do, expanded.
    pub scopes: ScopeSet,
    /// At which doors.
    pub resources: DoorSet,
    /// What it is now.
    pub status: GrantStatus,
    /// Who acts with it.
    pub subject: Subject,
    /// When it was authorized.
    pub authorized_at: Millis,
}

impl Grant {
    /// Who acts with it, as tokens name them: never a person where the client acts by itself.
    pub fn subject_id(&self) -> &str {
        match self.subject {
            Subject::Person => &self.user_id,
            Subject::Client => &self.client_id,
        }
    }
}

impl TryFrom<grant::Model> for Grant {
    type Error = Error;

    fn try_from(row: grant::Model) -> Result<Self> {
        Ok(Self {
            scopes: ScopeSet::parse_known(&row.scopes),
            resources: DoorSet::from_stored(&row.resources),
            status: row
                .status
                .parse()
                .map_err(|_| Error::Corrupt { column: "grants.status", value: row.status })?,
            subject: Subject::from_stored(&row.subject)
                .ok_or_else(|| Error::Corrupt { column: "grants.subject", value: row.subject.clone() })?,
            authorized_at: row.authorized_at,
            id: row.id,
            user_id: row.user_id,
            client_id: row.client_id,
            organization_id: row.organization_id,
            product_id: row.product_id,
        })
    }
}

/// A grant to be added, pending until its code is exchanged.
#[derive(Clone, Debug)]
pub struct NewGrant {
    /// Who authorizes.
    pub user_id: String,
    /// Which client.
    pub client_id: String,
    /// The organization of the product.
    pub organization_id: String,
    /// The product.
    pub product_id: String,
    /// What the client may do, expanded.
    pub scopes: ScopeSet,
    /// At which doors.
    pub resources: DoorSet,
    /// The network address of the person.
    pub address: String,
    /// Who acts with it.
    pub subject: Subject,
}

/// Adds a grant and returns its id.
///
/// # Errors
/// When the database refuses.
pub async fn add(db: &impl ConnectionTrait, grant: NewGrant, now: Millis) -> Result<String> {
    let id = id::new("grt", now);
    let row = grant::ActiveModel {
        id: Set(id.clone()),
        user_id: Set(grant.user_id),
        client_id: Set(grant.client_id),
        organization_id: Set(grant.organization_id),
        product_id: Set(grant.product_id),
        scopes: Set(grant.scopes.to_string()),
        resources: Set(grant.resources.stored()),
        status: Set(GrantStatus::Pending.to_string()),
        authorized_at: Set(now),
        authorized_address: Set(grant.address),
        last_used_at: Set(None),
        use_count: Set(0),
        revoked_at: Set(None),
        revoked_by: Set(None),
        revoke_reason: Set(None),
        subject: Set(grant.subject.as_str().to_owned()),
    };
    row.insert(db).await?;
    Ok(id)
}

/// The grant with this id; inside a transaction nobody else changes it until the end.
///
/// # Errors
/// When the database refuses or the row is damaged.
pub async fn lock(db: &impl ConnectionTrait, id: &str) -> Result<Option<Grant>> {
    grant::Entity::find_by_id(id).lock_exclusive().one(db).await?.map(Grant::try_from).transpose()
}

/// The grant with this id.
///
/// # Errors
/// When the database refuses or the row is damaged.
pub async fn lookup(db: &impl ConnectionTrait, id: &str) -> Result<Option<Grant>> {
    if !storable(id) {
        return Ok(None);
    }
    grant::Entity::find_by_id(id).one(db).await?.map(Grant::try_from).transpose()
}

/// The live grant with which a client acts by itself. There is one at most.
///
/// # Errors
/// When the database refuses or the row is damaged.
pub async fn own_of_client(db: &impl ConnectionTrait, client_id: &str) -> Result<Option<Grant>> {
    grant::Entity::find()
        .filter(grant::Column::ClientId.eq(client_id))
        .filter(grant::Column::Subject.eq(Subject::Client.as_str()))
        .filter(grant::Column::Status.eq(GrantStatus::Active.to_string()))
        .one(db)
        .await?
        .map(Grant::try_from)
        .transpose()
}

/// Activates a pending grant, at the exchange of its code. `false` when it is not pending.
///
/// # Errors
/// When the database refuses.
pub async fn activate(db: &impl ConnectionTrait, grant: &Grant) -> Result<bool> {
    let done = grant::Entity::update_many()
        .col_expr(grant::Column::Status, Expr::value(GrantStatus::Active.to_string()))
        .filter(grant::Column::Id.eq(&grant.id))
        .filter(grant::Column::Status.eq(GrantStatus::Pending.to_string()))
        .exec(db)
        .await?;
    if done.rows_affected == 0 {
        return Ok(false);
    }
    client_entries::grant_began(db, &grant.client_id, &grant.user_id).await?;
    Ok(true)
}

/// When a person last let a client in, whether or not that still stands.
///
/// # Errors
/// When the database refuses.
pub async fn last_authorized(
    db: &impl ConnectionTrait,
    user_id: &str,
    client_id: &str,
) -> Result<Option<Millis>> {
    let query = "SELECT MAX(authorized_at) AS at FROM grants
        WHERE user_id = $1 AND client_id = $2 AND status IN ('active', 'revoked')";
    let row = db.query_one_raw(sql(db, query, [user_id.into(), client_id.into()])).await?;
    Ok(row.map(|row| row.try_get("", "at")).transpose()?.flatten())
}

/// Adds calls to a grant's count.
///
/// # Errors
/// When the database refuses.
pub async fn count_uses(db: &impl ConnectionTrait, id: &str, calls: i64, last: Millis) -> Result<()> {
    let query = "UPDATE grants SET use_count = use_count + $2,
        last_used_at = CASE WHEN last_used_at > $3 THEN last_used_at ELSE $3 END WHERE id = $1";
    db.execute_raw(sql(db, query, [id.into(), calls.into(), last.into()])).await?;
    Ok(())
}

/// Forgets grants whose code was never exchanged and that were authorized before `before`, with what was recorded of
/// them: nobody ever saw them. To be called in a transaction.
///
/// # Errors
/// When the database refuses.
pub async fn remove_expired(db: &impl ConnectionTrait, before: Millis) -> Result<()> {
    let events = "DELETE FROM audit_events WHERE grant_id IN
        (SELECT id FROM grants WHERE status = $1 AND authorized_at < $2)";
    let grants = "DELETE FROM grants WHERE status = $1 AND authorized_at < $2";
    for query in [events, grants] {
        let values = [GrantStatus::Expired.to_string().into(), before.into()];
        db.execute_raw(sql(db, query, values)).await?;
    }
    Ok(())
}

/// Ends grants that were never used because nobody exchanged their code before it expired.
///
/// # Errors
/// When the database refuses.
pub async fn expire_pending(db: &impl ConnectionTrait, now: Millis) -> Result<()> {
    let update = "UPDATE grants SET status = $1 WHERE status = $2
        AND EXISTS (SELECT 1 FROM codes c WHERE c.grant_id = grants.id AND c.expires_at <= $3)";
    let (expired, pending) = (GrantStatus::Expired.to_string(), GrantStatus::Pending.to_string());
    db.execute_raw(sql(db, update, [expired.into(), pending.into(), now.into()])).await?;
    Ok(())
}
