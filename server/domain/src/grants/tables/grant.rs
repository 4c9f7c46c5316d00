//! The table `grants`.

use sea_orm::entity::prelude::*;
use types::{
    grant::{GrantStatus, RevokeReason, Subject},
    id::{ClientId, GrantId, OrganizationId, ProductId, UserId},
    scope::{ResourceSet, ScopeSet},
};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "grants")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GrantId,
    pub user_id: UserId,
    pub client_id: ClientId,
    pub organization_id: Option<OrganizationId>,
    pub product_id: Option<ProductId>,
    pub scopes: ScopeSet,
    pub resources: ResourceSet,
    pub status: GrantStatus,
    pub authorized_at: i64,
    pub authorized_address: String,
    pub last_used_at: Option<i64>,
    pub use_count: i64,
    pub revoked_at: Option<i64>,
    pub revoked_by: Option<UserId>,
    pub revoke_reason: Option<RevokeReason>,
    pub subject: Subject,
    pub redirect_uri: Option<String>,
    pub browser_hash: Option<String>,
    pub requested_at: Option<i64>,
    pub device: Option<String>,
    pub replaces: bool,
    pub paused_at: Option<i64>,
    pub uncounted: Option<i64>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
