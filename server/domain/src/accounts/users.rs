//! People.

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, LockType},
};
use types::id::{ProductId, UserId};

use crate::{
    accounts::tables::user::{self, Column},
    clock::Millis,
    crypto::id,
    error::Result,
};

/// The name of whoever is gone, in the places that still name them.
const FORMER: &str = "A former user";

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
    Ok(user::Entity::find().filter(Column::Email.eq(email.to_lowercase())).one(db).await?)
}

/// The user with this id.
pub async fn lookup(db: &impl ConnectionTrait, id: &UserId) -> Result<Option<user::Model>> {
    Ok(user::Entity::find_by_id(id.clone()).one(db).await?)
}

/// Says if anybody has an account.
pub async fn any_exist(db: &impl ConnectionTrait) -> Result<bool> {
    Ok(user::Entity::find().filter(Column::DeletedAt.is_null()).one(db).await?.is_some())
}

/// Until the end of the transaction, others who do this wait. Rows that name the user may still be added.
pub async fn lock(db: &impl ConnectionTrait, id: &UserId) -> Result<Option<user::Model>> {
    Ok(user::Entity::find_by_id(id.clone()).lock(LockType::NoKeyUpdate).one(db).await?)
}

/// Holds every instance admin who may sign in until the end of the transaction, and counts them.
pub async fn lock_admins(db: &impl ConnectionTrait) -> Result<usize> {
    let admins =
        user::Entity::find().filter(Column::InstanceAdmin.eq(true)).filter(Column::DisabledAt.is_null());
    Ok(admins.lock(LockType::NoKeyUpdate).all(db).await?.len())
}

/// Number of people who have an account.
pub async fn count(db: &impl ConnectionTrait) -> Result<u64> {
    Ok(user::Entity::find().filter(Column::DeletedAt.is_null()).count(db).await?)
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
        deleted_at: Set(None),
        last_product_id: Set(None),
    };
    user::Entity::insert(row).exec_without_returning(db).await?;
    Ok(id)
}

/// Disables a user: from now on nothing of theirs is accepted.
pub async fn disable(db: &impl ConnectionTrait, id: &UserId, now: Millis) -> Result<()> {
    set(db, id, Column::DisabledAt, Expr::value(Some(now))).await
}

/// Takes back what [`disable`] did.
pub async fn enable(db: &impl ConnectionTrait, id: &UserId) -> Result<()> {
    set(db, id, Column::DisabledAt, Expr::value(None::<Millis>)).await
}

/// Changes the name.
pub async fn rename(db: &impl ConnectionTrait, id: &UserId, name: &str) -> Result<()> {
    set(db, id, Column::Name, Expr::value(name)).await
}

/// Changes the address, which nobody else may have.
pub async fn set_email(db: &impl ConnectionTrait, id: &UserId, email: &str) -> Result<()> {
    set(db, id, Column::Email, Expr::value(email.to_lowercase())).await
}

/// Changes the password; `hash` is in PHC format.
pub async fn set_password(db: &impl ConnectionTrait, id: &UserId, hash: &str) -> Result<()> {
    set(db, id, Column::PasswordHash, Expr::value(hash)).await
}

/// Opens `/admin/*` to them, or shuts it.
pub async fn set_instance_admin(db: &impl ConnectionTrait, id: &UserId, admin: bool) -> Result<()> {
    set(db, id, Column::InstanceAdmin, Expr::value(admin)).await
}

/// Remembers the product that they opened last.
pub async fn remember_product(db: &impl ConnectionTrait, id: &UserId, product: &ProductId) -> Result<()> {
    set(db, id, Column::LastProductId, Expr::value(product.as_str())).await
}

/// Makes a tombstone of them: nobody can sign in, and nothing personal is left.
pub async fn bury(db: &impl ConnectionTrait, id: &UserId, now: Millis) -> Result<()> {
    user::Entity::update_many()
        .col_expr(Column::Email, Expr::value(format!("deleted:{id}")))
        .col_expr(Column::Name, Expr::value(FORMER))
        .col_expr(Column::PasswordHash, Expr::value(""))
        .col_expr(Column::InstanceAdmin, Expr::value(false))
        .col_expr(Column::DisabledAt, Expr::value(now))
        .col_expr(Column::DeletedAt, Expr::value(now))
        .col_expr(Column::LastProductId, Expr::value(None::<String>))
        .filter(Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

async fn set(db: &impl ConnectionTrait, id: &UserId, column: Column, value: Expr) -> Result<()> {
    user::Entity::update_many().col_expr(column, value).filter(Column::Id.eq(id)).exec(db).await?;
    Ok(())
}
