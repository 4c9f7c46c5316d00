//! The table `client_documents`.

use sea_orm::entity::prelude::*;
use types::id::ClientId;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "client_documents")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub client_id: ClientId,
    pub body: String,
    pub fetched_at: i64,
    pub fresh_until: i64,
    pub logo: Option<Vec<u8>>,
    pub logo_type: Option<String>,
    pub tried_at: i64,
    pub failure: Option<String>,
    pub withdrawn_at: Option<i64>,
    pub pinned_at: Option<i64>,
    pub entered: bool,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
