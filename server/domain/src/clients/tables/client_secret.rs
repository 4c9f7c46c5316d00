//! The table `client_secrets`.

use sea_orm::entity::prelude::*;
use types::id::ClientId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "client_secrets")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub client_id: ClientId,
    pub hash: String,
    pub prefix: String,
    pub last_four: String,
    pub created_at: i64,
    pub last_used_at: Option<i64>,
    pub retired_at: Option<i64>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
