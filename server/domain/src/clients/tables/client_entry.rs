//! The table `client_entries`.

use sea_orm::entity::prelude::*;
use types::{client::ClientSource, id::UserId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "client_entries")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub name: String,
    pub sort_name: String,
    pub hosts: String,
    pub source: ClientSource,
    pub owner_id: Option<UserId>,
    pub registrations: i64,
    pub users: i64,
    pub grants: i64,
    pub last_used_at: i64,
    pub registered_at: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
