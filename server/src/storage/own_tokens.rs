//! Access tokens of clients that act by themselves: kept to be counted, not to be checked.

use sea_orm::{ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::entities::own_token;
use crate::{clock::Millis, error::Result};

/// Notes a token.
///
/// # Errors
/// When the database refuses.
pub async fn add(db: &impl ConnectionTrait, jti: &str, grant_id: &str, expires_at: Millis) -> Result<()> {
    let row = own_token::ActiveModel {
        jti: Set(jti.to_owned()),
        grant_id: Set(grant_id.to_owned()),
        expires_at: Set(expires_at),
    };
    row.insert(db).await?;
    Ok(())
}

/// Forgets those that have ended.
///
/// # Errors
/// When the database refuses.
pub async fn remove_expired(db: &impl ConnectionTrait, before: Millis) -> Result<()> {
    own_token::Entity::delete_many().filter(own_token::Column::ExpiresAt.lt(before)).exec(db).await?;
    Ok(())
}
