//! Forward-only migrations, the same on SQLite and PostgreSQL.

mod m20261121_000001_initial;
mod m20261121_000002_clients;
mod m20261121_000003_connected_apps;
mod m20261121_000004_signing_keys;
mod m20261121_000005_client_documents;
mod m20261121_000006_own_grants;
mod m20261121_000007_bounds;
mod m20261121_000008_document_fetches;
mod m20261126_000009_lists;
mod m20261126_000010_superseding;
mod m20261127_000011_grant_states;

use sea_orm::{ConnectionTrait, DatabaseBackend};
use sea_orm_migration::{MigrationTrait, MigratorTrait};

use crate::{
    db::{Database, database::sql},
    error::Result,
};

/// Names the advisory lock that replicas take before they migrate or make a signing key.
pub const STARTUP_LOCK: i64 = 0x6761_7465_7061_7373;

/// The migrations in their order.
struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_initial::Migration),
            Box::new(m20261121_000002_clients::Migration),
            Box::new(m20261121_000003_connected_apps::Migration),
            Box::new(m20261121_000004_signing_keys::Migration),
            Box::new(m20261121_000005_client_documents::Migration),
            Box::new(m20261121_000006_own_grants::Migration),
            Box::new(m20261121_000007_bounds::Migration),
            Box::new(m20261121_000008_document_fetches::Migration),
            Box::new(m20261126_000009_lists::Migration),
            Box::new(m20261126_000010_superseding::Migration),
            Box::new(m20261127_000011_grant_states::Migration),
        ]
    }
}

/// Brings the database to the newest schema, all of it or not at all. Replicas may do this at the same time.
pub async fn migrate(db: &Database) -> Result<()> {
    migrate_by(db, None).await
}

/// Takes so many steps towards the newest schema, or all of them.
pub async fn migrate_by(db: &Database, steps: Option<u32>) -> Result<()> {
    let transaction = db.begin().await?;
    if transaction.get_database_backend() == DatabaseBackend::Postgres {
        let lock = sql(&transaction, "SELECT pg_advisory_xact_lock($1)", [STARTUP_LOCK.into()]);
        transaction.query_one_raw(lock).await?;
    }
    Migrator::up(&transaction.inner, steps).await?;
    transaction.commit().await
}
