//! Many clients at once: what administrators block and delete.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, sea_query::Expr};

use types::id::ClientId;

use crate::{
    authorization_requests,
    clients::tables::{client, client_secret},
    clock::Millis,
    db::database::{CHUNK, sql, storable},
    error::Result,
    oauth::client::Client,
};

/// A client that an administrator's action reaches.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Target {
    /// The client ID.
    pub id: ClientId,
    /// The entry that it belongs to.
    pub entry_id: String,
}

impl From<&Client> for Target {
    fn from(client: &Client) -> Self {
        Self { id: client.id.clone(), entry_id: client.entry_id.clone() }
    }
}

/// Their client IDs.
pub(crate) fn ids(targets: &[Target]) -> Vec<&str> {
    targets.iter().map(|target| target.id.as_str()).collect()
}

/// The clients behind these ids, each a client ID or the id of an entry; sorted. `None` when one of them names nothing.
pub async fn targets(db: &impl ConnectionTrait, ids: &[String]) -> Result<Option<Vec<Target>>> {
    let mut found = Vec::new();
    for id in ids {
        let query = "SELECT id, entry_id FROM clients WHERE id = $1 AND deleted_at IS NULL
            UNION SELECT id, entry_id FROM clients WHERE entry_id = $1 AND deleted_at IS NULL";
        let rows = Target::find_by_statement(sql(db, query, [id.into()]));
        let rows = if storable(id) { rows.all(db).await? } else { Vec::new() };
        if rows.is_empty() {
            return Ok(None);
        }
        found.extend(rows);
    }
    found.sort_by(|left, right| left.id.cmp(&right.id));
    found.dedup();
    Ok(Some(found))
}

/// Blocks clients, or unblocks them with `None`. Gives the IDs of those for which that was not so already.
pub async fn set_blocked(
    db: &impl ConnectionTrait,
    targets: &[Target],
    at: Option<Millis>,
) -> Result<Vec<ClientId>> {
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
        authorization_requests::remove_of_clients(db, &ids).await?;
    }
    Ok(deleted)
}
