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
mod m20261127_000012_service_tokens;
mod m20261127_000013_clean_up;
mod m20261127_000014_uncounted_grants;
mod m20261127_000015_grants_by_status;
mod m20261127_000016_search_of_apps;
mod m20261128_000017_fewer_indexes;
mod m20261128_000018_workspaces;

use std::sync::Arc;

use sea_orm::{
    ConnectionTrait, DatabaseBackend, DbErr, ProxyDatabaseTrait, ProxyExecResult, ProxyRow, Statement,
    from_query_result_to_proxy_row,
};
use sea_orm_migration::{MigrationName, MigrationTrait, MigratorTrait, SchemaManager};

use crate::{
    db::{Database, Transaction, database::sql},
    error,
};

/// Names the advisory lock that replicas take before they migrate or make a signing key.
pub const STARTUP_LOCK: i64 = 0x6761_7465_7061_7373;

/// A migration that is nothing but statements.
struct Statements {
    /// The path of its module, whose last part is its name.
    module: &'static str,
    /// Statements for PostgreSQL alone, before the others.
    postgres: &'static [&'static str],
    /// Statements for SQLite alone, before the others.
    sqlite: &'static [&'static str],
    /// Statements that both understand.
    both: &'static [&'static str],
}

impl Statements {
    const fn new(module: &'static str, both: &'static [&'static str]) -> Self {
        Self { module, postgres: &[], sqlite: &[], both }
    }
}

impl MigrationName for Statements {
    fn name(&self) -> &str {
        self.module.rsplit("::").next().unwrap_or(self.module)
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Statements {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let own = match manager.get_database_backend() {
            DatabaseBackend::Postgres => self.postgres,
            _ => self.sqlite,
        };
        for statement in own.iter().chain(self.both) {
            manager.get_connection().execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

/// The migrations in their order.
struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_initial::Migration),
            Box::new(m20261121_000002_clients::Migration),
            Box::new(m20261121_000003_connected_apps::MIGRATION),
            Box::new(m20261121_000004_signing_keys::MIGRATION),
            Box::new(m20261121_000005_client_documents::Migration),
            Box::new(m20261121_000006_own_grants::MIGRATION),
            Box::new(m20261121_000007_bounds::MIGRATION),
            Box::new(m20261121_000008_document_fetches::MIGRATION),
            Box::new(m20261126_000009_lists::MIGRATION),
            Box::new(m20261126_000010_superseding::MIGRATION),
            Box::new(m20261127_000011_grant_states::MIGRATION),
            Box::new(m20261127_000012_service_tokens::MIGRATION),
            Box::new(m20261127_000013_clean_up::MIGRATION),
            Box::new(m20261127_000014_uncounted_grants::MIGRATION),
            Box::new(m20261127_000015_grants_by_status::MIGRATION),
            Box::new(m20261127_000016_search_of_apps::MIGRATION),
            Box::new(m20261128_000017_fewer_indexes::MIGRATION),
            Box::new(m20261128_000018_workspaces::MIGRATION),
        ]
    }
}

/// Brings the database to the newest schema, all of it or not at all. Replicas may do this at the same time.
pub async fn migrate(db: &Database) -> error::Result<()> {
    migrate_by(db, None).await
}

/// Takes so many steps towards the newest schema, or all of them.
pub async fn migrate_by(db: &Database, steps: Option<u32>) -> error::Result<()> {
    let transaction = Arc::new(db.begin().await?);
    if transaction.get_database_backend() == DatabaseBackend::Postgres {
        let lock = sql(&*transaction, "SELECT pg_advisory_xact_lock($1)", [STARTUP_LOCK.into()]);
        transaction.query_one_raw(lock).await?;
    }
    let through = Through(Arc::clone(&transaction));
    let connection =
        sea_orm::Database::connect_proxy(transaction.get_database_backend(), Arc::new(Box::new(through)))
            .await?;
    Migrator::up(&connection, steps).await?;
    drop(connection);
    Arc::into_inner(transaction).expect("nothing else holds on to it").commit().await
}

/// A transaction as SeaORM's migrations want their connection.
#[derive(Debug)]
struct Through(Arc<Transaction>);

#[async_trait::async_trait]
impl ProxyDatabaseTrait for Through {
    async fn query(&self, statement: Statement) -> Result<Vec<ProxyRow>, DbErr> {
        Ok(self.0.query_all_raw(statement).await?.iter().map(from_query_result_to_proxy_row).collect())
    }

    async fn execute(&self, statement: Statement) -> Result<ProxyExecResult, DbErr> {
        let done = if statement.values.is_some() {
            self.0.execute_raw(statement).await?
        } else {
            self.0.execute_unprepared(&statement.sql).await?
        };
        Ok(ProxyExecResult::new(0, done.rows_affected()))
    }
}
