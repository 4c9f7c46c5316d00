//! OAuth clients. A deleted one stays as a tombstone, which nothing here finds.

use app::types::client::{ClientSource, ClientStatus};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait,
    QueryFilter, QueryResult, QuerySelect, sea_query::Expr,
};

use super::{
    client_entries::{self, Joining, entry_of},
    database::{sql, storable},
    entities::{authorization_request, client, client_secret},
    listing,
};
use crate::{
    clock::Millis,
    error::{Error, Result},
    oauth::client::{AuthMethod, Client, GrantType},
};

/// Reads the stored word of a source.
pub(super) fn source_of(word: &str) -> Result<ClientSource> {
    ClientSource::from_word(word)
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
            status: match (row.blocked_at, row.disabled_at) {
                (Some(_), _) => ClientStatus::Blocked,
                (None, Some(_)) => ClientStatus::Disabled,
                (None, None) => ClientStatus::Active,
            },
            created_at: row.created_at,
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
    pub id: String,
    /// Who registers it.
    pub source: ClientSource,
    /// Presentable.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
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
    let entry_id = entry_of(client.source, &client.id, &client.name, &client.redirect_uris);
    let joining = Joining {
        entry_id: &entry_id,
        name: &client.name,
        redirect_uris: &client.redirect_uris,
        source: client.source,
        owner_id: client.owner_id.as_deref(),
    };
    client_entries::join(db, joining, now).await?;
    let row = client::ActiveModel {
        id: Set(client.id),
        source: Set(client.source.word().to_owned()),
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
        description: Set(client.description),
        entry_id: Set(entry_id),
        changed_at: Set(None),
        blocked_at: Set(None),
        deleted_at: Set(None),
    };
    row.insert(db).await?;
    Ok(())
}

/// The client with this ID, usable or not.
///
/// # Errors
/// When the database refuses or the row is damaged.
pub async fn lookup(db: &impl ConnectionTrait, id: &str) -> Result<Option<Client>> {
    if !storable(id) {
        return Ok(None);
    }
    let row = client::Entity::find_by_id(id).filter(client::Column::DeletedAt.is_null()).one(db).await?;
    row.map(Client::try_from).transpose()
}

/// The redirect URIs of a client, deleted or not.
///
/// # Errors
/// When the database refuses or the row is damaged.
pub async fn redirect_uris(db: &impl ConnectionTrait, id: &str) -> Result<Vec<String>> {
    let row = client::Entity::find_by_id(id).one(db).await?;
    Ok(row.map(Client::try_from).transpose()?.map(|client| client.redirect_uris).unwrap_or_default())
}

/// The client with this ID; inside a transaction nobody else changes it until the end.
///
/// # Errors
/// When the database refuses or the row is damaged.
pub async fn lock(db: &impl ConnectionTrait, id: &str) -> Result<Option<Client>> {
    let row = client::Entity::find_by_id(id)
        .filter(client::Column::DeletedAt.is_null())
        .lock_exclusive()
        .one(db)
        .await?;
    row.map(Client::try_from).transpose()
}

/// How many clients belong to a person.
///
/// # Errors
/// When the database refuses.
pub async fn count_of(db: &impl ConnectionTrait, owner_id: &str) -> Result<u64> {
    let mine = client::Entity::find().filter(client::Column::OwnerId.eq(owner_id));
    Ok(mine.filter(client::Column::DeletedAt.is_null()).count(db).await?)
}

/// What a person may change about a client, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// Presentable.
    pub name: String,
    /// Where answers may go.
    pub redirect_uris: Vec<String>,
    /// What it is for; may be empty.
    pub description: String,
    /// An http or https URL.
    pub website: Option<String>,
}

/// Changes what a client says about itself. `changed_at` is when its name or redirect URIs last became others.
///
/// # Errors
/// When the database refuses.
pub async fn update(
    db: &impl ConnectionTrait,
    client: &Client,
    to: Description,
    changed_at: Option<Millis>,
) -> Result<()> {
    client_entries::rename(db, &client.entry_id, &to.name, &to.redirect_uris).await?;
    let row = client::ActiveModel {
        id: Set(client.id.clone()),
        name: Set(to.name),
        redirect_uris: Set(to.redirect_uris.into()),
        description: Set(to.description),
        website: Set(to.website),
        changed_at: Set(changed_at),
        ..Default::default()
    };
    row.update(db).await?;
    Ok(())
}

/// Vouches for a client, or no longer. `false` when that is so already.
///
/// # Errors
/// When the database refuses.
pub async fn set_verified(db: &impl ConnectionTrait, id: &str, verified: bool) -> Result<bool> {
    let done = client::Entity::update_many()
        .col_expr(client::Column::Verified, Expr::value(verified))
        .filter(client::Column::Id.eq(id))
        .filter(client::Column::Verified.ne(verified))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Disables a client, or enables it again with `None`. `false` when that is so already.
///
/// # Errors
/// When the database refuses.
pub async fn set_disabled(db: &impl ConnectionTrait, id: &str, at: Option<Millis>) -> Result<bool> {
    let column = client::Column::DisabledAt;
    let done = client::Entity::update_many()
        .col_expr(column, Expr::value(at))
        .filter(client::Column::Id.eq(id))
        .filter(if at.is_some() { column.is_null() } else { column.is_not_null() })
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// A client that an administrator's action reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The client ID.
    pub id: String,
    /// The entry that it belongs to.
    pub entry_id: String,
}

/// The clients behind these ids, each a client ID or the id of an entry; sorted. `None` when one of them names nothing.
///
/// # Errors
/// When the database refuses.
pub async fn targets(db: &impl ConnectionTrait, ids: &[String]) -> Result<Option<Vec<Target>>> {
    let mut found = Vec::new();
    for id in ids {
        let query = "SELECT id, entry_id FROM clients WHERE id = $1 AND status <> 'deleted'
            UNION SELECT id, entry_id FROM clients WHERE entry_id = $1 AND status <> 'deleted'";
        let rows =
            if storable(id) { db.query_all_raw(sql(db, query, [id.into()])).await? } else { Vec::new() };
        if rows.is_empty() {
            return Ok(None);
        }
        let target = |row: &QueryResult| -> Result<Target> {
            Ok(Target { id: row.try_get("", "id")?, entry_id: row.try_get("", "entry_id")? })
        };
        found.extend(rows.iter().map(target).collect::<Result<Vec<_>>>()?);
    }
    found.sort_by(|left, right| left.id.cmp(&right.id));
    found.dedup();
    Ok(Some(found))
}

/// How many ids one statement names.
pub(super) const CHUNK: usize = 500;

/// Blocks clients, or unblocks them with `None`. Gives the IDs of those for which that was not so already.
///
/// # Errors
/// When the database refuses.
pub async fn set_blocked(
    db: &impl ConnectionTrait,
    targets: &[Target],
    at: Option<Millis>,
) -> Result<Vec<String>> {
    let column = client::Column::BlockedAt;
    let mut changed = Vec::new();
    for chunk in targets.chunks(CHUNK) {
        let rows = client::Entity::update_many()
            .col_expr(column, Expr::value(at))
            .filter(client::Column::Id.is_in(chunk.iter().map(|target| &target.id)))
            .filter(if at.is_some() { column.is_null() } else { column.is_not_null() })
            .exec_with_returning(db)
            .await?;
        changed.extend(rows.into_iter().map(|row| row.id));
    }
    Ok(changed)
}

/// Deletes clients: their secrets and waiting requests go, they themselves stay as tombstones. Their grants are to be
/// revoked, and their entries to be counted anew, by whoever calls this. Gives how many were not deleted before.
///
/// # Errors
/// When the database refuses.
pub async fn delete(db: &impl ConnectionTrait, targets: &[Target], now: Millis) -> Result<u64> {
    let mut deleted = 0;
    for chunk in targets.chunks(CHUNK) {
        let ids: Vec<&str> = chunk.iter().map(|target| target.id.as_str()).collect();
        let done = client::Entity::update_many()
            .col_expr(client::Column::DeletedAt, Expr::value(now))
            .filter(client::Column::Id.is_in(ids.clone()))
            .filter(client::Column::DeletedAt.is_null())
            .exec(db)
            .await?;
        deleted += done.rows_affected;
        client_secret::Entity::delete_many()
            .filter(client_secret::Column::ClientId.is_in(ids.clone()))
            .exec(db)
            .await?;
        authorization_request::Entity::delete_many()
            .filter(authorization_request::Column::ClientId.is_in(ids))
            .exec(db)
            .await?;
    }
    Ok(deleted)
}

/// Removes clients that were deleted before `before` and have no grants to stand for.
///
/// # Errors
/// When the database refuses.
pub async fn remove_tombstones(db: &impl ConnectionTrait, before: Millis) -> Result<()> {
    let query = "DELETE FROM clients WHERE deleted_at < $1
        AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.client_id = clients.id)";
    db.execute_raw(sql(db, query, [before.into()])).await?;
    Ok(())
}

const UNUSED: &str = "source = 'dynamic' AND created_at < $1 AND status <> 'deleted'
    AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.client_id = clients.id AND g.status IN ('pending', 'active', 'revoked'))
    AND NOT EXISTS (SELECT 1 FROM authorization_requests r WHERE r.client_id = clients.id)";

/// How many clients registered themselves before `before` and were never let in by anybody.
///
/// # Errors
/// When the database refuses.
pub async fn count_unused(db: &impl ConnectionTrait, before: Millis) -> Result<u64> {
    let query = format!("SELECT COUNT(*) AS count FROM clients WHERE {UNUSED}");
    listing::count(db, sql(db, &query, [before.into()])).await
}

/// Removes them, without a trace: nobody ever saw them. To be called in a transaction.
///
/// # Errors
/// When the database refuses.
pub async fn remove_unused(db: &impl ConnectionTrait, before: Millis) -> Result<u64> {
    let query = format!("DELETE FROM clients WHERE {UNUSED} RETURNING entry_id");
    let rows = db.query_all_raw(sql(db, &query, [before.into()])).await?;
    let entries: std::collections::BTreeSet<String> =
        rows.iter().map(|row| row.try_get("", "entry_id")).collect::<Result<_, _>>()?;
    for entry in &entries {
        client_entries::recount(db, entry).await?;
    }
    Ok(rows.len() as u64)
}
