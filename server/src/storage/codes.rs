//! Authorization codes.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter,
    QuerySelect, sea_query::Expr,
};

use super::entities::code;
pub use super::entities::code::Model as Code;
use crate::{
    clock::{Millis, SECOND},
    crypto::secret::HashedSecret,
    error::Result,
    oauth::pkce::Challenge,
};

/// How long a code lives (`protocol.md` T9).
pub const LIFETIME: Millis = 60 * SECOND;

/// Adds a code.
///
/// # Errors
/// When the database refuses.
pub async fn add(
    db: &impl ConnectionTrait,
    hash: &HashedSecret,
    grant_id: &str,
    client_id: &str,
    redirect_uri: &str,
    challenge: &Challenge,
    now: Millis,
) -> Result<()> {
    let row = code::ActiveModel {
        hash: Set(hash.as_str().to_owned()),
        grant_id: Set(grant_id.to_owned()),
        client_id: Set(client_id.to_owned()),
        redirect_uri: Set(redirect_uri.to_owned()),
        code_challenge: Set(challenge.as_str().to_owned()),
        created_at: Set(now),
        expires_at: Set(now + LIFETIME),
        consumed_at: Set(None),
        access_jti: Set(None),
        access_expires_at: Set(None),
    };
    row.insert(db).await?;
    Ok(())
}

/// The code with this hash; inside a transaction nobody else changes it until the end.
///
/// # Errors
/// When the database refuses.
pub async fn lock(db: &impl ConnectionTrait, hash: &HashedSecret) -> Result<Option<Code>> {
    Ok(code::Entity::find_by_id(hash.as_str()).lock_exclusive().one(db).await?)
}

/// Uses the code up, keeping what it was exchanged for. `false` when it was used before.
///
/// # Errors
/// When the database refuses.
pub async fn consume(
    db: &impl ConnectionTrait,
    hash: &str,
    access_jti: &str,
    access_expires_at: Millis,
    now: Millis,
) -> Result<bool> {
    let done = code::Entity::update_many()
        .col_expr(code::Column::ConsumedAt, Expr::value(now))
        .col_expr(code::Column::AccessJti, Expr::value(access_jti))
        .col_expr(code::Column::AccessExpiresAt, Expr::value(access_expires_at))
        .filter(code::Column::Hash.eq(hash))
        .filter(code::Column::ConsumedAt.is_null())
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Removes codes that ended before `before`, together with their access tokens.
///
/// # Errors
/// When the database refuses.
pub async fn remove_expired(db: &impl ConnectionTrait, before: Millis) -> Result<()> {
    code::Entity::delete_many()
        .filter(code::Column::ExpiresAt.lt(before))
        .filter(
            Condition::any()
                .add(code::Column::AccessExpiresAt.is_null())
                .add(code::Column::AccessExpiresAt.lt(before)),
        )
        .exec(db)
        .await?;
    Ok(())
}
