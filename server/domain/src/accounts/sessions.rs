//! Sign-ins.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter, QueryOrder,
};
use types::{id::UserId, person::Viewer};

use crate::{
    accounts::tables::session,
    clock::Millis,
    crypto::secret::HashedSecret,
    db::{database::sql, pieces::Pieces},
    error::Result,
};

/// Most sessions of a person that live at the same time.
pub const SESSIONS_MAX: i64 = 100;

/// Adds a session, which lasts for `lifetime`.
pub async fn add(
    db: &impl ConnectionTrait,
    id: &HashedSecret,
    user_id: &UserId,
    address: &str,
    lifetime: Millis,
    now: Millis,
) -> Result<()> {
    let row = session::ActiveModel {
        id_hash: Set(id.as_str().to_owned()),
        user_id: Set(user_id.to_owned()),
        created_at: Set(now),
        expires_at: Set(now + lifetime),
        address: Set(address.to_owned()),
    };
    session::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Ends the oldest sessions of a person, so that one more leaves no more than [`SESSIONS_MAX`].
pub async fn make_room(db: &impl ConnectionTrait, user_id: &UserId) -> Result<()> {
    let query = "DELETE FROM sessions WHERE user_id = $1 AND id_hash NOT IN
        (SELECT id_hash FROM sessions WHERE user_id = $1 ORDER BY created_at DESC, id_hash LIMIT $2)";
    db.execute_raw(sql(db, query, [user_id.into(), (SESSIONS_MAX - 1).into()])).await?;
    Ok(())
}

/// The person whose live session this is.
pub async fn lookup(db: &impl ConnectionTrait, id: &HashedSecret, now: Millis) -> Result<Option<Viewer>> {
    let query =
        "SELECT u.id AS user_id, u.email, u.name, u.instance_admin FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.id_hash = $1 AND s.expires_at > $2 AND u.disabled_at IS NULL";
    let values = [id.as_str().into(), now.into()];
    Ok(Viewer::find_by_statement(sql(db, query, values)).one(db).await?)
}

/// Ends a session.
pub async fn remove(db: &impl ConnectionTrait, id: &HashedSecret) -> Result<()> {
    session::Entity::delete_by_id(id.as_str()).exec(db).await?;
    Ok(())
}

/// Removes sessions that have ended.
pub async fn remove_expired(pieces: Pieces<'_>, now: Millis) -> Result<()> {
    let expired = session::Entity::find().filter(session::Column::ExpiresAt.lte(now));
    pieces.remove(expired.order_by_asc(session::Column::ExpiresAt)).await
}
