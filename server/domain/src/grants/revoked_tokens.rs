//! Access tokens that their client revoked before their time.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::OnConflict,
};

use crate::{clock::Millis, db::pieces::Pieces, error::Result, grants::tables::revoked_token};

/// Says if an access token was revoked.
pub async fn is_revoked(db: &impl ConnectionTrait, jti: &str) -> Result<bool> {
    Ok(revoked_token::Entity::find_by_id(jti).one(db).await?.is_some())
}

/// Revokes one access token before its time.
pub async fn revoke(db: &impl ConnectionTrait, jti: &str, expires_at: Millis) -> Result<()> {
    let row = revoked_token::ActiveModel { jti: Set(jti.to_owned()), expires_at: Set(expires_at) };
    let again = OnConflict::column(revoked_token::Column::Jti).do_nothing().to_owned();
    revoked_token::Entity::insert(row).on_conflict(again).exec_without_returning(db).await?;
    Ok(())
}

/// Forgets revoked tokens that have ended anyway.
pub async fn remove_expired(pieces: Pieces<'_>, before: Millis) -> Result<()> {
    let ended = revoked_token::Entity::find().filter(revoked_token::Column::ExpiresAt.lt(before));
    pieces.remove(ended.order_by_asc(revoked_token::Column::ExpiresAt)).await
}
