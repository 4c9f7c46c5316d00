//! The table `invitations`.

use sea_orm::entity::prelude::*;
use types::{
    id::{InvitationId, OrganizationId, UserId},
    role::OrgRole,
};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "invitations")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: InvitationId,
    pub token_hash: String,
    pub organization_id: OrganizationId,
    pub role: OrgRole,
    pub product_roles: Json,
    pub email: Option<String>,
    pub invited_by: UserId,
    pub created_at: i64,
    pub expires_at: i64,
    pub accepted_at: Option<i64>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
