//! The table `clients`, without its generated column `status`.

use sea_orm::entity::prelude::*;
use types::{
    client::{AuthMethod, ClientSource},
    id::ClientId,
    id::UserId,
    scope::ScopeSet,
};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "clients")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: ClientId,
    pub source: ClientSource,
    pub name: String,
    pub website: Option<String>,
    pub redirect_uris: Json,
    pub auth_method: AuthMethod,
    pub grant_types: String,
    pub default_scope: Option<String>,
    pub ceiling: Option<ScopeSet>,
    pub verified: bool,
    pub owner_id: Option<UserId>,
    pub disabled_at: Option<i64>,
    pub created_at: i64,
    pub created_address: String,
    pub description: String,
    pub entry_id: String,
    pub changed_at: Option<i64>,
    pub blocked_at: Option<i64>,
    pub deleted_at: Option<i64>,
    pub jwks: Option<String>,
    pub jwks_uri: Option<String>,
    pub resource_server: bool,
    pub stale_since: Option<i64>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
