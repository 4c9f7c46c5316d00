//! OAuth clients and their secrets.

use app::types::apps::ClientSource;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::{
    database::sql,
    entities::{client, client_secret},
};
use crate::{
    clock::Millis,
    crypto::{
        id,
        secret::{HashedSecret, PlainSecret, same},
    },
    error::{Error, Result},
    oauth::client::{AuthMethod, Client, GrantType},
};

/// The stored word of a source.
pub const fn source_word(source: ClientSource) -> &'static str {
    match source {
        ClientSource::Admin => "admin",
        ClientSource::User => "user",
        ClientSource::Dynamic => "dynamic",
    }
}

/// Reads the stored word of a source.
pub(super) fn source_of(word: &str) -> Result<ClientSource> {
    [ClientSource::Admin, ClientSource::User, ClientSource::Dynamic]
        .into_iter()
        .find(|&source| source_word(source) == word)
        .ok_or_else(|| Error::Corrupt { column: "clients.source", value: word.to_owned() })
}

impl TryFrom<client::Model> for Client {
    type Error = Error;

    fn try_from(row: client::Model) -> Result<Self> {
        let corrupt = |column, value: &str| Error::Corrupt { column, value: value.to_owned() };
        Ok(Self {
            source: source_of(&row.source)?,
            redirect_uris: serde_json::from_value(row.redirect_uris)
                .map_err(|_| corrupt("clients.redirect_uris", &row.id))?,
            auth_method: row
                .auth_method
                .parse()
                .map_err(|_| corrupt("clients.auth_method", &row.auth_method))?,
            grant_types: row.grant_types.split(' ').filter_map(GrantType::known).collect(),
            default_scope: row.default_scope,
            verified: row.verified,
            active: row.disabled_at.is_none(),
            created_at: row.created_at,
            id: row.id,
            name: row.name,
            website: row.website,
        })
    }
}

/// A client to be added.
#[derive(Clone, Debug)]
pub struct NewClient {
    /// The client ID, unique for ever.
    pub id: String,
    /// Who registers it.
    pub source: ClientSource,
    /// Presentable.
    pub name: String,
    /// An http or https URL.
    pub website: Option<String>,
    /// Checked.
    pub redirect_uris: Vec<String>,
    /// How it proves itself.
    pub auth_method: AuthMethod,
    /// What it may ask the token endpoint for.
    pub grant_types: Vec<GrantType>,
    /// The scopes of a request without any.
    pub default_scope: Option<String>,
    /// Whether an administrator vouches for it.
    pub verified: bool,
    /// The user it belongs to.
    pub owner_id: Option<String>,
    /// The network address of whoever registers it.
    pub address: String,
}

/// Adds a client.
///
/// # Errors
/// When the database refuses, for instance because the client ID is taken.
pub async fn add(db: &impl ConnectionTrait, client: NewClient, now: Millis) -> Result<()> {
    let row = client::ActiveModel {
        id: Set(client.id),
        source: Set(source_word(client.source).to_owned()),
        name: Set(client.name),
        website: Set(client.website),
        redirect_uris: Set(client.redirect_uris.into()),
        auth_method: Set(client.auth_method.to_string()),
        grant_types: Set(client.grant_types.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" ")),
        default_scope: Set(client.default_scope),
        ceiling: Set(None),
        verified: Set(client.verified),
        owner_id: Set(client.owner_id),
        disabled_at: Set(None),
        created_at: Set(now),
        created_address: Set(client.address),
    };
    row.insert(db).await?;
    Ok(())
}

/// The client with this ID, disabled or not.
///
/// # Errors
/// When the database refuses or the row is damaged.
pub async fn lookup(db: &impl ConnectionTrait, id: &str) -> Result<Option<Client>> {
    client::Entity::find_by_id(id).one(db).await?.map(Client::try_from).transpose()
}

/// Disables a client, or enables it again with `None`.
///
/// # Errors
/// When the database refuses.
pub async fn set_disabled(db: &impl ConnectionTrait, id: &str, at: Option<Millis>) -> Result<()> {
    let row = client::ActiveModel { id: Set(id.to_owned()), disabled_at: Set(at), ..Default::default() };
    row.update(db).await?;
    Ok(())
}

/// Deletes a client with everything that hangs on it.
///
/// # Errors
/// When the database refuses.
pub async fn remove(db: &impl ConnectionTrait, id: &str) -> Result<()> {
    client::Entity::delete_by_id(id).exec(db).await?;
    Ok(())
}

/// Adds a secret to a client.
///
/// # Errors
/// When the database refuses.
pub async fn add_secret(
    db: &impl ConnectionTrait,
    client_id: &str,
    secret: &PlainSecret,
    now: Millis,
) -> Result<()> {
    let text = secret.expose();
    let row = client_secret::ActiveModel {
        id: Set(id::new("sec", now)),
        client_id: Set(client_id.to_owned()),
        hash: Set(secret.hashed().into_string()),
        prefix: Set(text.chars().take(8).collect()),
        last_four: Set(text.chars().skip(text.len() - 4).collect()),
        created_at: Set(now),
        last_used_at: Set(None),
        retired_at: Set(None),
    };
    row.insert(db).await?;
    Ok(())
}

/// Whether this is a live secret of the client.
///
/// # Errors
/// When the database refuses.
pub async fn has_secret(
    db: &impl ConnectionTrait,
    client_id: &str,
    presented: &HashedSecret,
) -> Result<bool> {
    let live = client_secret::Entity::find()
        .filter(client_secret::Column::ClientId.eq(client_id))
        .filter(client_secret::Column::RetiredAt.is_null())
        .all(db)
        .await?;
    Ok(live.iter().any(|secret| same(&secret.hash, presented.as_str())))
}

/// Removes clients that registered themselves before `before` and were never let in by anybody.
///
/// # Errors
/// When the database refuses.
pub async fn remove_unused(db: &impl ConnectionTrait, before: Millis) -> Result<u64> {
    let query = "DELETE FROM clients WHERE source = 'dynamic' AND created_at < $1
        AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.client_id = clients.id)
        AND NOT EXISTS (SELECT 1 FROM authorization_requests r WHERE r.client_id = clients.id)";
    Ok(db.execute_raw(sql(db, query, [before.into()])).await?.rows_affected())
}
