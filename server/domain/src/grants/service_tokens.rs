//! Access tokens of clients that act by themselves: kept to be counted, not to be checked.

use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use types::id::GrantId;

use crate::{
    clock::Millis,
    db::{database::sql, listing, pieces::Pieces},
    error::Result,
    grants::tables::service_token,
};

/// Most tokens of a grant that are counted.
pub const GRANT_MAX: i64 = 10_000;

/// Notes a token.
pub async fn add(db: &impl ConnectionTrait, jti: &str, grant_id: &GrantId, expires_at: Millis) -> Result<()> {
    let row = service_token::ActiveModel {
        jti: Set(jti.to_owned()),
        grant_id: Set(grant_id.to_owned()),
        expires_at: Set(expires_at),
    };
    service_token::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Forgets those that have ended.
pub async fn remove_expired(pieces: Pieces<'_>, before: Millis) -> Result<()> {
    let ended = service_token::Entity::find().filter(service_token::Column::ExpiresAt.lt(before));
    pieces.remove(ended.order_by_asc(service_token::Column::ExpiresAt)).await
}

/// Forgets the oldest of a grant that has got more than [`GRANT_MAX`]: they are counted as ended, and go on working.
pub async fn forget_surplus(pieces: Pieces<'_>) -> Result<()> {
    let read = pieces.db().lists();
    let many = "SELECT grant_id FROM service_tokens GROUP BY grant_id HAVING COUNT(*) > $1";
    for grant in listing::all::<GrantId>(read, sql(read, many, [GRANT_MAX.into()])).await? {
        let oldest = "SELECT expires_at FROM service_tokens WHERE grant_id = $1
            ORDER BY expires_at DESC LIMIT 1 OFFSET $2";
        let values = [grant.clone().into(), GRANT_MAX.into()];
        let Some(ends) = listing::one::<Millis>(read, sql(read, oldest, values)).await? else { continue };
        let surplus = service_token::Entity::find()
            .filter(service_token::Column::GrantId.eq(grant))
            .filter(service_token::Column::ExpiresAt.lte(ends));
        pieces.remove(surplus.order_by_asc(service_token::Column::ExpiresAt)).await?;
    }
    Ok(())
}
