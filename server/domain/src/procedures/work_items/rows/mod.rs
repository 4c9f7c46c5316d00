//! Work items of a product.

pub mod tables;

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};

pub use crate::procedures::work_items::rows::tables::work_item::Model as WorkItem;
use crate::{
    clock::Millis,
    crypto::id,
    error::Result,
    procedures::{product_data::ProductData, work_items::rows::tables::work_item},
};

/// What a new work item says.
#[derive(Clone, Debug)]
pub struct NewWorkItem {
    /// One line.
    pub title: String,
    /// Plain text.
    pub description: String,
    /// `open`, `in_progress` or `done`.
    pub status: String,
    /// Who makes it, for people.
    pub created_by: String,
}

/// What changes of a work item; `None` stays.
#[derive(Clone, Debug, Default)]
pub struct WorkItemPatch {
    /// One line.
    pub title: Option<String>,
    /// Plain text.
    pub description: Option<String>,
    /// `open`, `in_progress` or `done`.
    pub status: Option<String>,
}

/// The product's work items, the newest first; at most `limit` behind the one with the id `cursor`, which need not be
/// there any more. Whatever changes between two pages, no item is left out nor comes twice.
pub async fn list(
    data: &ProductData,
    status: Option<&str>,
    limit: u64,
    cursor: Option<&str>,
) -> Result<Vec<WorkItem>> {
    let mut query = work_item::Entity::find().filter(work_item::Column::ProductId.eq(data.product_id()));
    if let Some(status) = status {
        query = query.filter(work_item::Column::Status.eq(status));
    }
    if let Some(cursor) = cursor {
        query = query.filter(work_item::Column::Id.lt(cursor));
    }
    Ok(query.order_by_desc(work_item::Column::Id).limit(limit).all(data.connection()).await?)
}

/// The product's work items as people look at them, latest change first: at most `limit` after the first `offset`.
pub async fn latest(data: &ProductData, limit: u64, offset: u64) -> Result<Vec<WorkItem>> {
    let query = work_item::Entity::find()
        .filter(work_item::Column::ProductId.eq(data.product_id()))
        .order_by_desc(work_item::Column::UpdatedAt)
        .order_by_desc(work_item::Column::Id);
    Ok(query.limit(limit).offset(offset).all(data.connection()).await?)
}

/// How many work items the product has.
pub async fn count(data: &ProductData) -> Result<u64> {
    let query = work_item::Entity::find().filter(work_item::Column::ProductId.eq(data.product_id()));
    Ok(query.count(data.connection()).await?)
}

/// The product's work item with this id.
pub async fn lookup(data: &ProductData, id: &str) -> Result<Option<WorkItem>> {
    let query = work_item::Entity::find_by_id(id).filter(work_item::Column::ProductId.eq(data.product_id()));
    Ok(query.one(data.connection()).await?)
}

/// Says if the product has so many work items. Reads no more of them, and of a product with few only those.
pub async fn are_as_many_as(data: &ProductData, many: u64) -> Result<bool> {
    let query = work_item::Entity::find()
        .select_only()
        .column(work_item::Column::ProductId)
        .filter(work_item::Column::ProductId.eq(data.product_id()));
    let last = query.offset(many - 1).limit(1).into_tuple::<String>();
    Ok(last.one(data.connection()).await?.is_some())
}

/// Adds a work item to the product.
pub async fn add(data: &ProductData, item: NewWorkItem, now: Millis) -> Result<WorkItem> {
    let row = work_item::ActiveModel {
        id: Set(id::new("wrk", now)),
        product_id: Set(data.product_id().to_owned()),
        title: Set(item.title),
        description: Set(item.description),
        status: Set(item.status),
        created_by: Set(item.created_by),
        created_at: Set(now),
        updated_at: Set(now),
    };
    Ok(row.insert(data.connection()).await?)
}

/// Changes the product's work item with this id; `None` when there is none.
pub async fn change(
    data: &ProductData,
    id: &str,
    patch: WorkItemPatch,
    now: Millis,
) -> Result<Option<WorkItem>> {
    let Some(item) = lookup(data, id).await? else {
        return Ok(None);
    };
    let mut row = item.into_active_model();
    if let Some(title) = patch.title {
        row.title = Set(title);
    }
    if let Some(description) = patch.description {
        row.description = Set(description);
    }
    if let Some(status) = patch.status {
        row.status = Set(status);
    }
    row.updated_at = Set(now);
    Ok(Some(row.update(data.connection()).await?))
}

/// Deletes the product's work item with this id; `false` when there is none.
pub async fn remove(data: &ProductData, id: &str) -> Result<bool> {
    let query = work_item::Entity::delete_many()
        .filter(work_item::Column::Id.eq(id))
        .filter(work_item::Column::ProductId.eq(data.product_id()));
    Ok(query.exec(data.connection()).await?.rows_affected == 1)
}
