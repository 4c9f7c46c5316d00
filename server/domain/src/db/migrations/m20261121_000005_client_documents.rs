//! Clients that describe themselves in a document on the web, and prove themselves with keys.

use sea_orm::{ConnectionTrait, DatabaseBackend, DbErr, Statement};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        let postgres = manager.get_database_backend() == DatabaseBackend::Postgres;
        if postgres {
            db.execute_unprepared(SOURCES_ON_POSTGRES).await?;
        } else {
            admit_source_on_sqlite(db).await?;
        }
        for statement in STATEMENTS {
            let bytes = if postgres { "BYTEA" } else { "BLOB" };
            db.execute_unprepared(&statement.replace("{BYTES}", bytes)).await?;
        }
        Ok(())
    }
}

const SOURCES_ON_POSTGRES: &str = "ALTER TABLE clients DROP CONSTRAINT clients_source_check,
    ADD CONSTRAINT clients_source_check CHECK (source IN ('admin', 'user', 'dynamic', 'metadata_document'))";

/// SQLite cannot change a check, and making the table anew would take its grants along. For changes that leave the rows
/// as they are, its manual names this way: to write the table's definition (`lang_altertable`, section 7).
async fn admit_source_on_sqlite(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    let (before, after) = ("'user', 'dynamic')", "'user', 'dynamic', 'metadata_document')");
    let write =
        "UPDATE sqlite_schema SET sql = replace(sql, $1, $2) WHERE name = 'clients' AND instr(sql, $1) > 0";
    db.execute_unprepared("PRAGMA writable_schema = ON").await?;
    let values = [before.into(), after.into()];
    let written =
        db.execute_raw(Statement::from_sql_and_values(db.get_database_backend(), write, values)).await?;
    db.execute_unprepared("PRAGMA writable_schema = RESET").await?;
    if written.rows_affected() != 1 {
        return Err(DbErr::Custom("the table clients is not as it was made".to_owned()));
    }
    Ok(())
}

const STATEMENTS: &[&str] = &[
    // Public keys of a client: a JWK Set, or where one is.
    "ALTER TABLE clients ADD COLUMN jwks TEXT",
    "ALTER TABLE clients ADD COLUMN jwks_uri TEXT",
    // Whether it may look into the tokens that it is handed.
    "ALTER TABLE clients ADD COLUMN resource_server BOOLEAN NOT NULL DEFAULT FALSE",
    // The documents at client IDs that are addresses, as they were fetched last.
    "CREATE TABLE client_documents (
        client_id TEXT NOT NULL PRIMARY KEY REFERENCES clients (id) ON DELETE CASCADE,
        body TEXT NOT NULL,
        fetched_at BIGINT NOT NULL,
        fresh_until BIGINT NOT NULL,
        logo {BYTES},
        logo_type TEXT
    )",
    // Assertions with which clients proved themselves: each works once. Named by their hash.
    "CREATE TABLE used_assertions (
        hash TEXT NOT NULL PRIMARY KEY,
        expires_at BIGINT NOT NULL
    )",
    "CREATE INDEX used_assertions_expires ON used_assertions (expires_at)",
];
