//! Assertions with which clients proved themselves. Each works once (RFC 7523 §3, `jti`).

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use types::id::ClientId;

use crate::{
    clients::tables::used_assertion,
    clock::Millis,
    crypto::secret::sha256,
    db::{database::sql, pieces::Pieces},
    error::Result,
};

/// Uses an assertion up. `false` when that was done before. `name` tells it from others of its client.
pub async fn consume(
    db: &impl ConnectionTrait,
    client_id: &ClientId,
    name: &str,
    expires_at: Millis,
) -> Result<bool> {
    let hash = sha256(format!("{client_id}\0{name}").as_bytes());
    let query =
        "INSERT INTO used_assertions (hash, expires_at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING";
    let added = db.execute_raw(sql(db, query, [hash.into(), expires_at.into()])).await?;
    Ok(added.rows_affected() == 1)
}

/// Forgets those that have ended anyway.
pub async fn remove_expired(pieces: Pieces<'_>, before: Millis) -> Result<()> {
    let ended = used_assertion::Entity::find().filter(used_assertion::Column::ExpiresAt.lt(before));
    pieces.remove(ended.order_by_asc(used_assertion::Column::ExpiresAt)).await
}
