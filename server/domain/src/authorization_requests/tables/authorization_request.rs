//! The table `authorization_requests`.

use sea_orm::entity::prelude::*;
use types::{
    id::{ClientId, UserId},
    scope::{ResourceSet, ScopeSet},
};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "authorization_requests")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub handle_hash: String,
    pub browser_hash: String,
    pub client_id: ClientId,
    pub redirect_uri: String,
    pub state: Option<String>,
    pub scopes: ScopeSet,
    pub resources: ResourceSet,
    pub code_challenge: String,
    pub created_at: i64,
    pub expires_at: i64,
    pub answered_at: Option<i64>,
    pub user_id: Option<UserId>,
    pub network: Option<String>,
    pub bytes: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
