//! Clients that act by themselves, each with one grant of its own.

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

const STATEMENTS: [&str; 5] = [
    "ALTER TABLE grants ADD COLUMN subject TEXT NOT NULL DEFAULT 'person' CHECK (subject IN ('person', 'client'))",
    "CREATE UNIQUE INDEX grants_own ON grants (client_id) WHERE subject = 'client' AND status = 'active'",
    // Access tokens that such clients got. Those of people are counted with their codes and refresh tokens.
    "CREATE TABLE own_tokens (
        jti TEXT NOT NULL PRIMARY KEY,
        grant_id TEXT NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
        expires_at BIGINT NOT NULL
    )",
    "CREATE INDEX own_tokens_grant ON own_tokens (grant_id, expires_at)",
    "CREATE INDEX own_tokens_expires ON own_tokens (expires_at)",
];
