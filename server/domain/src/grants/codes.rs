//! Authorization codes.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    sea_query::Expr,
};
use types::id::{ClientId, GrantId};

use super::tables::code;
use crate::{
    clock::Millis, crypto::secret::HashedSecret, db::pieces::Pieces, error::Result, oauth::pkce::Challenge,
};

/// A code to be added.
#[derive(Clone, Copy, Debug)]
pub struct NewCode<'a> {
    /// The hash of the code.
    pub hash: &'a HashedSecret,
    /// The grant that it opens.
    pub grant_id: &'a GrantId,
    /// The client that may exchange it.
    pub client_id: &'a ClientId,
    /// The address that it was sent to.
    pub redirect_uri: &'a str,
    /// The challenge that it has to be redeemed with.
    pub challenge: &'a Challenge,
    /// Its lifetime (`protocol.md` T9).
    pub lifetime: Millis,
}

/// Adds a code.
pub async fn add(db: &impl ConnectionTrait, code: NewCode<'_>, now: Millis) -> Result<()> {
    let row = code::ActiveModel {
        hash: Set(code.hash.as_str().to_owned()),
        grant_id: Set(code.grant_id.to_owned()),
        client_id: Set(code.client_id.to_owned()),
        redirect_uri: Set(code.redirect_uri.to_owned()),
        code_challenge: Set(code.challenge.as_str().to_owned()),
        created_at: Set(now),
        expires_at: Set(now + code.lifetime),
        consumed_at: Set(None),
        access_jti: Set(None),
        access_expires_at: Set(None),
    };
    code::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Uses the code up, keeping what it was exchanged for. `false` when it was used before.
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
pub async fn remove_expired(pieces: Pieces<'_>, before: Millis) -> Result<()> {
    let without_access = Condition::any()
        .add(code::Column::AccessExpiresAt.is_null())
        .add(code::Column::AccessExpiresAt.lt(before));
    let ended = code::Entity::find().filter(code::Column::ExpiresAt.lt(before)).filter(without_access);
    pieces.remove(ended.order_by_asc(code::Column::ExpiresAt)).await
}
