//! The table `work_items`, and what is asked of it: always of one product.

use sea_orm::{ActiveValue::Set, IntoActiveModel, QueryOrder, QuerySelect, entity::prelude::*};
use types::{
    id::{ProductId, WorkItemId},
    timestamp::Timestamp,
    work_item::{CreateInput, Status, UpdateInput, WorkItem},
};

use crate::{clock::Millis, crypto::id, error::Result, procedures::product_data::ProductData};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "work_items")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: WorkItemId,
    pub product_id: ProductId,
    pub title: String,
    pub description: String,
    pub status: Status,
    pub created_by: String,
    pub created_at: i64,
    pub updated_at: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl From<Model> for WorkItem {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            title: row.title,
            description: row.description,
            status: row.status,
            created_by: row.created_by,
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
        }
    }
}

/// The work items of the product, and of no other.
fn in_product(data: &ProductData) -> Select<Entity> {
    Entity::find().filter(Column::ProductId.eq(data.product_id()))
}

/// The product's work items, the newest first; at most `limit` behind the one with the id `cursor`, which need not be
/// there any more. Whatever changes between two pages, no item is left out nor comes twice.
pub(super) async fn list(
    data: &ProductData,
    status: Option<Status>,
    limit: u64,
    cursor: Option<WorkItemId>,
) -> Result<Vec<WorkItem>> {
    let mut query = in_product(data);
    if let Some(status) = status {
        query = query.filter(Column::Status.eq(status));
    }
    if let Some(cursor) = cursor {
        query = query.filter(Column::Id.lt(cursor));
    }
    let rows = query.order_by_desc(Column::Id).limit(limit).all(data.connection()).await?;
    Ok(rows.into_iter().map(WorkItem::from).collect())
}

/// The product's work items as people look at them, latest change first: at most `limit` after the first `offset`.
pub(super) async fn latest(data: &ProductData, limit: u64, offset: u64) -> Result<Vec<WorkItem>> {
    let query = in_product(data).order_by_desc(Column::UpdatedAt).order_by_desc(Column::Id);
    let rows = query.limit(limit).offset(offset).all(data.connection()).await?;
    Ok(rows.into_iter().map(WorkItem::from).collect())
}

/// Counts the product's work items.
pub(super) async fn count(data: &ProductData) -> Result<u64> {
    Ok(in_product(data).count(data.connection()).await?)
}

/// Removes all work items of a product.
pub(super) async fn remove_all(db: &impl ConnectionTrait, product_id: &ProductId) -> Result<()> {
    Entity::delete_many().filter(Column::ProductId.eq(product_id)).exec(db).await?;
    Ok(())
}

/// Counts the work items of a product.
pub(super) async fn count_of(db: &impl ConnectionTrait, product_id: &ProductId) -> Result<u64> {
    Ok(Entity::find().filter(Column::ProductId.eq(product_id)).count(db).await?)
}

/// The product's work item with this id.
pub(super) async fn lookup(data: &ProductData, id: &WorkItemId) -> Result<Option<WorkItem>> {
    Ok(find(data, id).await?.map(WorkItem::from))
}

async fn find(data: &ProductData, id: &WorkItemId) -> Result<Option<Model>> {
    Ok(in_product(data).filter(Column::Id.eq(id.as_str())).one(data.connection()).await?)
}

/// Says if the product has so many work items. Reads no more of them, and of a product with few only those.
pub(super) async fn are_as_many_as(data: &ProductData, many: u64) -> Result<bool> {
    let query = in_product(data).select_only().column(Column::ProductId);
    let last = query.offset(many - 1).limit(1).into_tuple::<String>();
    Ok(last.one(data.connection()).await?.is_some())
}

/// Adds a work item to the product, made by `created_by`.
pub(super) async fn add(
    data: &ProductData,
    item: CreateInput,
    created_by: String,
    now: Millis,
) -> Result<WorkItem> {
    let row = ActiveModel {
        id: Set(id::typed(now)),
        product_id: Set(data.product_id().to_owned()),
        title: Set(item.title.into()),
        description: Set(item.description.into()),
        status: Set(item.status),
        created_by: Set(created_by),
        created_at: Set(now),
        updated_at: Set(now),
    };
    Ok(row.insert(data.connection()).await?.into())
}

/// Changes the product's work item; `None` when it has none with this id.
pub(super) async fn change(data: &ProductData, input: UpdateInput, now: Millis) -> Result<Option<WorkItem>> {
    let Some(item) = find(data, &input.id).await? else {
        return Ok(None);
    };
    let mut row = item.into_active_model();
    if let Some(title) = input.title {
        row.title = Set(title.into());
    }
    if let Some(description) = input.description {
        row.description = Set(description.into());
    }
    if let Some(status) = input.status {
        row.status = Set(status);
    }
    row.updated_at = Set(now);
    Ok(Some(row.update(data.connection()).await?.into()))
}

/// Deletes the product's work item with this id; `false` when there is none.
pub(super) async fn remove(data: &ProductData, id: &WorkItemId) -> Result<bool> {
    let query = Entity::delete_many()
        .filter(Column::Id.eq(id.as_str()))
        .filter(Column::ProductId.eq(data.product_id()));
    Ok(query.exec(data.connection()).await?.rows_affected == 1)
}
