//! Facts about the database itself.

use sea_orm::{ActiveValue::Set, ConnectionTrait, EntityTrait, QuerySelect, sea_query::OnConflict};

use crate::{db::tables::setting, error::Result};

/// The value of a setting.
pub async fn lookup(db: &impl ConnectionTrait, name: &str) -> Result<Option<String>> {
    Ok(setting::Entity::find_by_id(name).one(db).await?.map(|row| row.value))
}

/// Removes a setting, and gives the value that it had: to one of those who do that at the same time.
pub async fn take(db: &impl ConnectionTrait, name: &str) -> Result<Option<String>> {
    let row = setting::Entity::find_by_id(name).lock_exclusive().one(db).await?;
    let removed = setting::Entity::delete_by_id(name).exec(db).await?;
    Ok(row.map(|row| row.value).filter(|_| removed.rows_affected == 1))
}

/// Sets a setting.
pub async fn set(db: &impl ConnectionTrait, name: &str, value: &str) -> Result<()> {
    let row = setting::ActiveModel { name: Set(name.to_owned()), value: Set(value.to_owned()) };
    let replace = OnConflict::column(setting::Column::Name).update_column(setting::Column::Value).to_owned();
    setting::Entity::insert(row).on_conflict(replace).exec_without_returning(db).await?;
    Ok(())
}
