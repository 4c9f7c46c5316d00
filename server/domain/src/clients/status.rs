//! Marks that people give a client: that it is verified, that it serves resources, that it is switched off.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, sea_query::Expr};

use crate::{
    clients::tables::client::{Column, Entity},
    clock::Millis,
    error::Result,
};

/// Vouches for a client, or no longer. `false` when that is so already.
pub async fn set_verified(db: &impl ConnectionTrait, id: &str, verified: bool) -> Result<bool> {
    set(db, id, Column::Verified, verified).await
}

/// Says that a client serves this server's resources, or no longer. `false` when that is so already.
pub async fn set_resource_server(db: &impl ConnectionTrait, id: &str, serves: bool) -> Result<bool> {
    set(db, id, Column::ResourceServer, serves).await
}

async fn set(db: &impl ConnectionTrait, id: &str, mark: Column, to: bool) -> Result<bool> {
    let marked = Entity::update_many().col_expr(mark, Expr::value(to));
    let done = marked.filter(Column::Id.eq(id)).filter(mark.ne(to)).exec(db).await?;
    Ok(done.rows_affected == 1)
}

/// Says when the document of a client was fetched that cannot be fetched any more; `None` when it can.
pub async fn set_stale(db: &impl ConnectionTrait, id: &str, since: Option<Millis>) -> Result<()> {
    let marked = Entity::update_many().col_expr(Column::StaleSince, Expr::value(since));
    marked.filter(Column::Id.eq(id)).exec(db).await?;
    Ok(())
}

/// Disables a client, or enables it again with `None`. `false` when that is so already.
pub async fn set_disabled(db: &impl ConnectionTrait, id: &str, at: Option<Millis>) -> Result<bool> {
    let column = Column::DisabledAt;
    let done = Entity::update_many()
        .col_expr(column, Expr::value(at))
        .filter(Column::Id.eq(id))
        .filter(if at.is_some() { column.is_null() } else { column.is_not_null() })
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}
