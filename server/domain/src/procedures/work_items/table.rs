//! The table `work_items`.

use sea_orm::entity::prelude::*;
use types::{
    id::{ProductId, WorkItemId},
    work_item::Status,
};

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
