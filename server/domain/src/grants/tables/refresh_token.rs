//! The table `refresh_tokens`.

use sea_orm::entity::prelude::*;
use types::{
    id::{ClientId, GrantId},
    scope::ResourceSet,
};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_tokens")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub hash: String,
    pub grant_id: GrantId,
    pub client_id: ClientId,
    pub resources: ResourceSet,
    pub created_at: i64,
    pub expires_at: i64,
    pub family_expires_at: i64,
    pub rotated_at: Option<i64>,
    pub replay: Option<String>,
    pub replay_count: i64,
    pub access_jti: String,
    pub access_expires_at: i64,
    pub generation: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
