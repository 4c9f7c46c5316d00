//! The table `audit_events`.

use sea_orm::entity::prelude::*;
use types::id::{ClientId, GrantId, OrganizationId, UserId};

use crate::audit::Action;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_events")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    pub at: i64,
    pub action: Action,
    pub actor_id: Option<UserId>,
    pub address: String,
    pub client_id: Option<ClientId>,
    pub grant_id: Option<GrantId>,
    pub organization_id: Option<OrganizationId>,
    pub detail: Option<String>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
