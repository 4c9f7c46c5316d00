//! Refresh tokens: rotating, in families of one grant each.

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::{Expr, ExprTrait},
};
use types::{
    id::{ClientId, GrantId},
    scope::ResourceSet,
};

use super::tables::refresh_token;
use crate::{
    clock::Millis, config::Lifetimes, crypto::secret::HashedSecret, db::pieces::Pieces, error::Result,
};

/// A refresh token to be added.
#[derive(Clone, Debug)]
pub struct NewRefreshToken {
    /// The hash of the token.
    pub hash: HashedSecret,
    /// The grant it belongs to.
    pub grant_id: GrantId,
    /// The client it was issued to.
    pub client_id: ClientId,
    /// The resources of the access token issued with it.
    pub resources: ResourceSet,
    /// The access token issued with it.
    pub access_jti: String,
    /// The moment when that one ends.
    pub access_expires_at: Millis,
    /// The moment when the family ends; `None` begins one.
    pub family_expires_at: Option<Millis>,
    /// Number of tokens of its family that came before it.
    pub generation: i64,
}

/// Most rotated tokens of a family that are known, so that their return is noticed.
pub const ROTATED_MAX: i64 = 1_000;
/// Every so many rotations, those that are too many are forgotten.
const FORGET_EVERY: i64 = 100;

/// Adds a refresh token, which ends when it is not used, and with its family (`protocol.md` F5).
pub async fn add(
    db: &impl ConnectionTrait,
    token: NewRefreshToken,
    lifetimes: &Lifetimes,
    now: Millis,
) -> Result<()> {
    let family_expires_at = token.family_expires_at.unwrap_or(now + lifetimes.refresh_absolute_lifetime);
    let row = refresh_token::ActiveModel {
        hash: Set(token.hash.into_string()),
        grant_id: Set(token.grant_id),
        client_id: Set(token.client_id),
        resources: Set(token.resources),
        created_at: Set(now),
        expires_at: Set(Ord::min(family_expires_at, now + lifetimes.refresh_idle_lifetime)),
        family_expires_at: Set(family_expires_at),
        rotated_at: Set(None),
        replay: Set(None),
        replay_count: Set(0),
        access_jti: Set(token.access_jti),
        access_expires_at: Set(token.access_expires_at),
        generation: Set(token.generation),
    };
    refresh_token::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Marks a token as replaced, keeping the sealed answer for those who ask again. `false` when it was replaced before.
pub async fn rotate(
    db: &impl ConnectionTrait,
    hash: &str,
    replay: Option<String>,
    now: Millis,
) -> Result<bool> {
    let done = refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::RotatedAt, Expr::value(now))
        .col_expr(refresh_token::Column::Replay, Expr::value(replay))
        .filter(refresh_token::Column::Hash.eq(hash))
        .filter(refresh_token::Column::RotatedAt.is_null())
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Forgets the oldest of the rotated tokens of a grant, all but the newest [`ROTATED_MAX`] and a few. `generation` is that
/// of the one that was rotated last.
pub async fn forget_old(db: &impl ConnectionTrait, grant_id: &GrantId, generation: i64) -> Result<()> {
    if generation < ROTATED_MAX || generation % FORGET_EVERY != 0 {
        return Ok(());
    }
    refresh_token::Entity::delete_many()
        .filter(refresh_token::Column::GrantId.eq(grant_id))
        .filter(refresh_token::Column::Generation.lte(generation - ROTATED_MAX))
        .exec(db)
        .await?;
    Ok(())
}

/// Counts that the sealed answer was given again.
pub async fn count_replay(db: &impl ConnectionTrait, hash: &str) -> Result<()> {
    refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::ReplayCount, Expr::col(refresh_token::Column::ReplayCount).add(1))
        .filter(refresh_token::Column::Hash.eq(hash))
        .exec(db)
        .await?;
    Ok(())
}

/// Forgets sealed answers of tokens that were replaced before `before`.
pub async fn forget_replays(pieces: Pieces<'_>, before: Millis) -> Result<()> {
    let forget = refresh_token::Entity::update_many()
        .col_expr(refresh_token::Column::Replay, Expr::value(Option::<String>::None));
    let old = refresh_token::Entity::find()
        .filter(refresh_token::Column::Replay.is_not_null())
        .filter(refresh_token::Column::RotatedAt.lt(before));
    pieces.change(forget, old.order_by_asc(refresh_token::Column::RotatedAt)).await
}

/// Removes tokens that ended before `before`.
pub async fn remove_expired(pieces: Pieces<'_>, before: Millis) -> Result<()> {
    let ended = refresh_token::Entity::find().filter(refresh_token::Column::ExpiresAt.lt(before));
    pieces.remove(ended.order_by_asc(refresh_token::Column::ExpiresAt)).await
}
