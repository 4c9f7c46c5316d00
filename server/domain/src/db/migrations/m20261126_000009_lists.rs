//! Lists that programs page through go by the id, which never changes; registrations of a program are found by where it
//! registered from.

use sea_orm::ConnectionTrait;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for statement in STATEMENTS {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

const STATEMENTS: &[&str] = &[
    "CREATE INDEX work_items_product_id ON work_items (product_id, id)",
    "CREATE INDEX clients_entry_address ON clients (entry_id, created_address)",
];
