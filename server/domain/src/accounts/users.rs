//! People.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::LockType,
};
use types::id::UserId;

use crate::{accounts::tables::user, clock::Millis, crypto::id, error::Result};

/// A user to be added.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// Stored in lower case.
    pub email: String,
    /// Their name on pages.
    pub name: String,
    /// In PHC format.
    pub password_hash: String,
    /// Says if `/admin/*` is open to them.
    pub instance_admin: bool,
}

/// The user with this e-mail address, whatever its case.
pub async fn find_by_email(db: &impl ConnectionTrait, email: &str) -> Result<Option<user::Model>> {
    Ok(user::Entity::find().filter(user::Column::Email.eq(email.to_lowercase())).one(db).await?)
}

/// The user with this id.
pub async fn lookup(db: &impl ConnectionTrait, id: &UserId) -> Result<Option<user::Model>> {
    Ok(user::Entity::find_by_id(id.clone()).one(db).await?)
}

/// Says if anybody has an account.
pub async fn any_exist(db: &impl ConnectionTrait) -> Result<bool> {
    Ok(user::Entity::find().one(db).await?.is_some())
}

/// Until the end of the transaction, others who do this wait. Rows that name the user may still be added.
pub async fn lock(db: &impl ConnectionTrait, id: &UserId) -> Result<()> {
    user::Entity::find_by_id(id.clone()).lock(LockType::NoKeyUpdate).one(db).await?;
    Ok(())
}

/// Adds a user and returns its id.
///
/// # Errors
/// When the database refuses, for instance because the address is taken.
pub async fn add(db: &impl ConnectionTrait, user: NewUser, now: Millis) -> Result<UserId> {
    let id: UserId = id::typed(now);
    let row = user::ActiveModel {
        id: Set(id.clone()),
        email: Set(user.email.to_lowercase()),
        name: Set(user.name),
        password_hash: Set(user.password_hash),
        instance_admin: Set(user.instance_admin),
        disabled_at: Set(None),
        created_at: Set(now),
    };
    user::Entity::insert(row).exec_without_returning(db).await?;
    Ok(id)
}

/// Disables a user: from now on nothing of theirs is accepted.
pub async fn disable(db: &impl ConnectionTrait, id: &UserId, now: Millis) -> Result<()> {
    let row = user::ActiveModel { id: Set(id.to_owned()), disabled_at: Set(Some(now)), ..Default::default() };
    row.update(db).await?;
    Ok(())
}
