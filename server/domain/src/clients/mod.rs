//! OAuth clients. A deleted one stays as a tombstone, which nothing here finds.

pub mod bulk;
pub mod by_operator;
mod credentials;
pub(crate) mod details;
pub mod dynamic_registration;
pub(crate) mod form;
pub mod known;
pub(crate) mod lifecycle;
pub mod own;
pub mod secrets;
mod service_access;
pub mod software;
pub mod status;
#[cfg(not(feature = "tables"))]
mod tables;
#[cfg(feature = "tables")]
pub mod tables;
pub mod unused;
pub mod update;
pub mod used_assertions;

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, sea_query::Expr,
};
use types::{
    client::{AuthMethod, ClientSource, ClientStatus, GrantType},
    id::{ClientId, UserId},
};

use crate::{
    clients::{software::Joining, tables::client},
    clock::Millis,
    crypto::secret::HashedSecret,
    db::database::{sql, storable},
    error::{Error, Result},
    oauth::{
        client::{Client, KeySource},
        software::entry_of,
    },
};

impl TryFrom<client::Model> for Client {
    type Error = Error;

    fn try_from(row: client::Model) -> Result<Self> {
        let corrupt = |column, value: &str| Error::Corrupt { column, value: value.to_owned() };
        Ok(Self {
            source: row.source,
            redirect_uris: serde_json::from_value(row.redirect_uris)
                .map_err(|_| corrupt("clients.redirect_uris", &row.id))?,
            auth_method: row.auth_method,
            grant_types: row.grant_types.split(' ').filter_map(|word| word.parse().ok()).collect(),
            keys: match (row.jwks, row.jwks_uri) {
                (Some(keys), _) => Some(KeySource::Registered(keys)),
                (None, uri) => uri.map(KeySource::At),
            },
            resource_server: row.resource_server,
            default_scope: row.default_scope,
            verified: row.verified,
            stale_since: row.stale_since,
            status: match (row.blocked_at, row.disabled_at) {
                (Some(_), _) => ClientStatus::Blocked,
                (None, Some(_)) => ClientStatus::Disabled,
                (None, None) => ClientStatus::Active,
            },
            created_at: row.created_at,
            created_address: row.created_address,
            changed_at: row.changed_at,
            id: row.id,
            name: row.name,
            description: row.description,
            website: row.website,
            owner_id: row.owner_id,
            entry_id: row.entry_id,
        })
    }
}

/// A client to be added.
#[derive(Clone, Debug)]
pub struct NewClient {
    /// The client ID, unique for ever.
    pub id: ClientId,
    /// The one who registers it.
    pub source: ClientSource,
    /// Presentable.
    pub name: String,
    /// Its purpose, in the words of whoever made it; may be empty.
    pub description: String,
    /// An http or https URL.
    pub website: Option<String>,
    /// Checked.
    pub redirect_uris: Vec<String>,
    /// The way it proves itself.
    pub auth_method: AuthMethod,
    /// Its public keys.
    pub keys: Option<KeySource>,
    /// The grant types that it may ask the token endpoint for.
    pub grant_types: Vec<GrantType>,
    /// The scopes of a request without any.
    pub default_scope: Option<String>,
    /// Says if an administrator vouches for it.
    pub verified: bool,
    /// The user it belongs to.
    pub owner_id: Option<UserId>,
    /// The network address of whoever registers it.
    pub address: String,
}

/// Adds a client.
///
/// # Errors
/// When the database refuses, for instance because the client ID is taken.
pub async fn add(db: &impl ConnectionTrait, client: NewClient, now: Millis) -> Result<()> {
    let row = joined(db, client, now).await?;
    client::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Adds a client whose ID may have been another's that was deleted. Then it takes the place of the tombstone, as if it
/// had never been here, and the grants that ended with the other stay as they ended.
///
/// # Errors
/// When the database refuses, for instance because a live client has the ID.
pub async fn add_again(db: &impl ConnectionTrait, client: NewClient, now: Millis) -> Result<()> {
    let buried =
        client::Entity::find_by_id(client.id.clone()).filter(client::Column::DeletedAt.is_not_null());
    if buried.count(db).await? == 0 {
        return add(db, client, now).await;
    }
    let entry_id = entry_of(client.source, &client.id, &client.name, &client.redirect_uris);
    let row = joined(db, client, now).await?;
    row.update(db).await?;
    software::recount(db, &entry_id).await
}

/// The row of a new client, which has joined its entry.
async fn joined(db: &impl ConnectionTrait, client: NewClient, now: Millis) -> Result<client::ActiveModel> {
    let (jwks, jwks_uri) = stored_keys(client.keys);
    let entry_id = entry_of(client.source, &client.id, &client.name, &client.redirect_uris);
    let joining = Joining {
        entry_id: &entry_id,
        name: &client.name,
        redirect_uris: &client.redirect_uris,
        source: client.source,
        owner_id: client.owner_id.as_ref(),
    };
    software::join(db, joining, now).await?;
    Ok(client::ActiveModel {
        id: Set(client.id),
        source: Set(client.source),
        name: Set(client.name),
        website: Set(client.website),
        redirect_uris: Set(client.redirect_uris.into()),
        auth_method: Set(client.auth_method),
        grant_types: Set(stored_grant_types(&client.grant_types)),
        default_scope: Set(client.default_scope),
        ceiling: Set(None),
        verified: Set(client.verified),
        owner_id: Set(client.owner_id),
        disabled_at: Set(None),
        created_at: Set(now),
        created_address: Set(client.address),
        description: Set(client.description),
        entry_id: Set(entry_id),
        changed_at: Set(None),
        blocked_at: Set(None),
        deleted_at: Set(None),
        jwks: Set(jwks),
        jwks_uri: Set(jwks_uri),
        resource_server: Set(false),
        stale_since: Set(None),
    })
}

/// The columns `jwks` and `jwks_uri`.
pub(crate) fn stored_keys(keys: Option<KeySource>) -> (Option<String>, Option<String>) {
    match keys {
        Some(KeySource::Registered(keys)) => (Some(keys), None),
        Some(KeySource::At(uri)) => (None, Some(uri)),
        None => (None, None),
    }
}

pub(crate) fn stored_grant_types(kinds: &[GrantType]) -> String {
    kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" ")
}

/// The client with this ID, usable or not.
pub async fn lookup(db: &impl ConnectionTrait, id: &str) -> Result<Option<Client>> {
    if !storable(id) {
        return Ok(None);
    }
    let live = client::Entity::find().filter(client::Column::DeletedAt.is_null());
    let row = live.filter(client::Column::Id.eq(id)).one(db).await?;
    row.map(Client::try_from).transpose()
}

/// A client with the secret that was presented.
#[derive(FromQueryResult)]
struct ProvenRow {
    #[sea_orm(nested)]
    client: client::Model,
    secret_id: Option<String>,
}

/// The client with this ID, and the id of the live secret of it that was presented, if it is one: one question, because
/// every request of a client asks.
pub async fn lookup_with_secret(
    db: &impl ConnectionTrait,
    id: &str,
    presented: &HashedSecret,
) -> Result<Option<(Client, Option<String>)>> {
    if !storable(id) {
        return Ok(None);
    }
    let query = "SELECT c.*, s.id AS secret_id FROM clients c
        LEFT JOIN client_secrets s ON s.client_id = c.id AND s.hash = $2 AND s.retired_at IS NULL
        WHERE c.id = $1 AND c.deleted_at IS NULL";
    let row =
        ProvenRow::find_by_statement(sql(db, query, [id.into(), presented.as_str().into()])).one(db).await?;
    row.map(|row| Ok((row.client.try_into()?, row.secret_id))).transpose()
}

/// Clients of one entry that registered themselves from this address after `after` and that nobody has asked with: the
/// newest first, a few of them.
pub async fn idle_registrations(
    db: &impl ConnectionTrait,
    entry_id: &str,
    address: &str,
    after: Millis,
) -> Result<Vec<Client>> {
    let idle = "NOT EXISTS (SELECT 1 FROM grants g WHERE g.client_id = clients.id)
        AND NOT EXISTS (SELECT 1 FROM authorization_requests r WHERE r.client_id = clients.id)";
    let rows = client::Entity::find()
        .filter(client::Column::EntryId.eq(entry_id))
        .filter(client::Column::CreatedAddress.eq(address))
        .filter(client::Column::Source.eq(ClientSource::Dynamic))
        .filter(client::Column::DeletedAt.is_null())
        .filter(client::Column::CreatedAt.gt(after))
        .filter(Expr::cust(idle))
        .order_by_desc(client::Column::CreatedAt)
        .limit(5);
    rows.all(db).await?.into_iter().map(Client::try_from).collect()
}

/// Dates a registration from now. `false` when it was removed meanwhile.
pub async fn renew_registration(db: &impl ConnectionTrait, id: &str, now: Millis) -> Result<bool> {
    let renewed = client::Entity::update_many()
        .col_expr(client::Column::CreatedAt, Expr::value(now))
        .filter(client::Column::Id.eq(id))
        .filter(client::Column::DeletedAt.is_null());
    Ok(renewed.exec(db).await?.rows_affected == 1)
}

/// The client with this ID; inside a transaction nobody else changes it until the end.
pub async fn lock(db: &impl ConnectionTrait, id: &str) -> Result<Option<Client>> {
    if !storable(id) {
        return Ok(None);
    }
    let row = client::Entity::find()
        .filter(client::Column::Id.eq(id))
        .filter(client::Column::DeletedAt.is_null())
        .lock_exclusive()
        .one(db)
        .await?;
    row.map(Client::try_from).transpose()
}

/// Number of clients that belong to a person.
pub async fn count_of(db: &impl ConnectionTrait, owner_id: &UserId) -> Result<u64> {
    let mine = client::Entity::find().filter(client::Column::OwnerId.eq(owner_id));
    Ok(mine.filter(client::Column::DeletedAt.is_null()).count(db).await?)
}

/// The clients that a person registered and that are there, to be ended with their account.
pub(crate) async fn targets_of(db: &impl ConnectionTrait, owner_id: &UserId) -> Result<Vec<bulk::Target>> {
    let mine = client::Entity::find().filter(client::Column::OwnerId.eq(owner_id));
    let mine = mine.filter(client::Column::DeletedAt.is_null()).order_by_asc(client::Column::Id);
    let target = |row: client::Model| bulk::Target { id: row.id, entry_id: row.entry_id };
    Ok(mine.lock_exclusive().all(db).await?.into_iter().map(target).collect())
}

/// The client of an entry that has only one.
pub async fn find_by_entry(db: &impl ConnectionTrait, entry_id: &str) -> Result<Option<Client>> {
    if !storable(entry_id) {
        return Ok(None);
    }
    let live = client::Entity::find().filter(client::Column::DeletedAt.is_null());
    let row = live.filter(client::Column::EntryId.eq(entry_id)).one(db).await?;
    row.map(Client::try_from).transpose()
}
