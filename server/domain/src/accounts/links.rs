//! Links by mail: each opens once, for a while, and only its hash is stored.

use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use types::id::UserId;

use crate::{
    accounts::tables::account_link::{self, Column, Entity},
    clock::Millis,
    crypto::secret::HashedSecret,
    db::pieces::Pieces,
    error::Result,
};

/// The purpose of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Makes an account for this address.
    SignUp(String),
    /// Sets a new password of this person.
    Reset(UserId),
    /// Proves that this person gets mail at this address.
    Email(UserId, String),
}

impl Purpose {
    fn parts(self) -> (Option<UserId>, Option<String>) {
        match self {
            Self::SignUp(email) => (None, Some(email)),
            Self::Reset(user_id) => (Some(user_id), None),
            Self::Email(user_id, email) => (Some(user_id), Some(email)),
        }
    }

    fn of(row: (Option<UserId>, Option<String>)) -> Option<Self> {
        match row {
            (None, Some(email)) => Some(Self::SignUp(email)),
            (Some(user_id), None) => Some(Self::Reset(user_id)),
            (Some(user_id), Some(email)) => Some(Self::Email(user_id, email)),
            (None, None) => None,
        }
    }
}

/// Adds a link. Those of the same person for the same purpose that were made before open nothing any more.
pub async fn add(
    db: &impl ConnectionTrait,
    token: &HashedSecret,
    purpose: Purpose,
    lifetime: Millis,
    now: Millis,
) -> Result<()> {
    let (user_id, email) = purpose.parts();
    let alike = Entity::delete_many();
    let alike = match (&user_id, &email) {
        (Some(user_id), None) => alike.filter(Column::UserId.eq(user_id)).filter(Column::Email.is_null()),
        (Some(user_id), Some(_)) => {
            alike.filter(Column::UserId.eq(user_id)).filter(Column::Email.is_not_null())
        }
        (None, email) => alike.filter(Column::UserId.is_null()).filter(Column::Email.eq(email.clone())),
    };
    alike.exec(db).await?;
    let row = account_link::ActiveModel {
        token_hash: Set(token.as_str().to_owned()),
        user_id: Set(user_id),
        email: Set(email),
        created_at: Set(now),
        expires_at: Set(now + lifetime),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// The purpose of a link that opens something now.
pub async fn lookup(db: &impl ConnectionTrait, token: &HashedSecret, now: Millis) -> Result<Option<Purpose>> {
    let row = Entity::find_by_id(token.as_str()).filter(Column::ExpiresAt.gt(now)).one(db).await?;
    Ok(row.and_then(|row| Purpose::of((row.user_id, row.email))))
}

/// Uses a link up. `false` when somebody else was faster.
pub async fn consume(db: &impl ConnectionTrait, token: &HashedSecret) -> Result<bool> {
    Ok(Entity::delete_by_id(token.as_str()).exec(db).await?.rows_affected == 1)
}

/// The address that a person wants to have, once it is confirmed.
pub async fn waiting_email(
    db: &impl ConnectionTrait,
    user_id: &UserId,
    now: Millis,
) -> Result<Option<String>> {
    let row = Entity::find()
        .filter(Column::UserId.eq(user_id))
        .filter(Column::Email.is_not_null())
        .filter(Column::ExpiresAt.gt(now))
        .one(db)
        .await?;
    Ok(row.and_then(|row| row.email))
}

/// Makes all links of a person void.
pub async fn remove_of(db: &impl ConnectionTrait, user_id: &UserId) -> Result<()> {
    Entity::delete_many().filter(Column::UserId.eq(user_id)).exec(db).await?;
    Ok(())
}

/// Removes links that have ended.
pub async fn remove_expired(pieces: Pieces<'_>, now: Millis) -> Result<()> {
    let expired = Entity::find().filter(Column::ExpiresAt.lte(now));
    pieces.remove(expired.order_by_asc(Column::ExpiresAt)).await
}
