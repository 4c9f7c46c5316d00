//! People register apps, and administrators watch all of them: the life of a client, and the list of entries that
//! administrators see.

use std::collections::BTreeSet;

use aws_lc_rs::digest;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sea_orm::{ConnectionTrait, DatabaseBackend, Statement, Value};
use sea_orm_migration::prelude::*;
use url::{Host, Url};

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        // SQLite cannot add a stored generated column to a table, PostgreSQL 15 has no virtual ones.
        let kind =
            if manager.get_database_backend() == DatabaseBackend::Postgres { "STORED" } else { "VIRTUAL" };
        for statement in STATEMENTS {
            db.execute_unprepared(&statement.replace("{GENERATED}", kind)).await?;
        }
        add_entries(db).await
    }
}

/// Gives the clients that are there already their entries.
async fn add_entries(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    let query = "SELECT id, source, name, CAST(redirect_uris AS TEXT) AS redirect_uris, owner_id, created_at
        FROM clients ORDER BY created_at, id";
    for row in db.query_all_raw(sql(db, query, [])).await? {
        let id: String = row.try_get("", "id")?;
        let source: String = row.try_get("", "source")?;
        let name: String = row.try_get("", "name")?;
        let uris: String = row.try_get("", "redirect_uris")?;
        let uris: Vec<String> =
            serde_json::from_str(&uris).map_err(|error| DbErr::Json(error.to_string()))?;
        let hosts = hosts(&uris);
        let entry = entry(&source, &id, &name, &hosts);
        let owner: Option<String> = row.try_get("", "owner_id")?;
        let registered_at: i64 = row.try_get("", "created_at")?;
        let own = "UPDATE clients SET entry_id = $2 WHERE id = $1";
        db.execute_raw(sql(db, own, [id.into(), entry.as_str().into()])).await?;
        let add = "INSERT INTO client_entries VALUES ($1, $2, $3, $4, $5, $6, 1, 0, 0, 0, $7)
            ON CONFLICT (id) DO UPDATE SET registrations = client_entries.registrations + 1,
                registered_at = excluded.registered_at";
        let sort_name = name.to_lowercase();
        let values = [
            entry.into(),
            name.into(),
            sort_name.into(),
            hosts.into(),
            source.into(),
            owner.into(),
            registered_at.into(),
        ];
        db.execute_raw(sql(db, add, values)).await?;
    }
    for statement in COUNTS {
        db.execute_unprepared(statement).await?;
    }
    Ok(())
}

fn sql<const N: usize>(db: &impl ConnectionTrait, query: &str, values: [Value; N]) -> Statement {
    Statement::from_sql_and_values(db.get_database_backend(), query, values)
}

/// The entry of a client, by the rule of this migration's time.
fn entry(source: &str, client_id: &str, name: &str, hosts: &str) -> String {
    let hash = |text: &str| {
        let hash = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, text.as_bytes()));
        hash[..26].to_owned()
    };
    match source {
        "dynamic" => format!("swe_{}", hash(&format!("{}\n{hosts}", name.to_lowercase()))),
        "metadata_document" => format!("doc_{}", hash(client_id)),
        _ => client_id.to_owned(),
    }
}

/// The different hosts of redirect URIs, sorted, without ports where they are loopback.
fn hosts(uris: &[String]) -> String {
    let host = |uri: &String| match Url::parse(uri) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => {
            let host = url.host_str().unwrap_or_default().to_lowercase();
            let loopback = match url.host() {
                Some(Host::Ipv4(address)) => address.is_loopback(),
                Some(Host::Ipv6(address)) => address.is_loopback(),
                Some(Host::Domain(name)) => name == "localhost",
                None => false,
            };
            url.port().filter(|_| !loopback).map_or(host.clone(), |port| format!("{host}:{port}"))
        }
        Ok(url) => format!("{}://", url.scheme()),
        Err(_) => uri.to_lowercase(),
    };
    uris.iter().map(host).collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(" ")
}

const STATEMENTS: &[&str] = &[
    // A deleted client stays as the tombstone that its ended grants point to.
    "ALTER TABLE clients ADD COLUMN description TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE clients ADD COLUMN entry_id TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE clients ADD COLUMN changed_at BIGINT",
    "ALTER TABLE clients ADD COLUMN blocked_at BIGINT",
    "ALTER TABLE clients ADD COLUMN deleted_at BIGINT",
    "ALTER TABLE clients ADD COLUMN status TEXT GENERATED ALWAYS AS (CASE
        WHEN deleted_at IS NOT NULL THEN 'deleted' WHEN blocked_at IS NOT NULL THEN 'blocked'
        WHEN disabled_at IS NOT NULL THEN 'disabled' ELSE 'active' END) {GENERATED}",
    "CREATE INDEX clients_owner ON clients (owner_id, created_at, id)",
    "CREATE INDEX clients_entry ON clients (entry_id, created_at, id)",
    "CREATE INDEX clients_entry_status ON clients (entry_id, status)",
    "CREATE INDEX clients_status ON clients (status, entry_id)",
    "CREATE INDEX clients_deleted ON clients (deleted_at)",
    // What administrators see as one: a client, or all dynamic registrations of the same software. The counts are
    // kept beside what they count, so that the list need not count anything.
    "CREATE TABLE client_entries (
        id TEXT NOT NULL PRIMARY KEY,
        name TEXT NOT NULL,
        sort_name TEXT NOT NULL,
        hosts TEXT NOT NULL,
        source TEXT NOT NULL,
        owner_id TEXT REFERENCES users (id) ON DELETE SET NULL,
        registrations BIGINT NOT NULL,
        users BIGINT NOT NULL,
        grants BIGINT NOT NULL,
        last_used_at BIGINT NOT NULL,
        registered_at BIGINT NOT NULL
    )",
    "CREATE INDEX client_entries_used ON client_entries (last_used_at, id)",
    "CREATE INDEX client_entries_name ON client_entries (sort_name, id)",
    "CREATE INDEX client_entries_users ON client_entries (users, id)",
    "CREATE INDEX client_entries_grants ON client_entries (grants, id)",
    "CREATE INDEX client_entries_registered ON client_entries (registered_at, id)",
    "CREATE INDEX client_entries_source ON client_entries (source, last_used_at, id)",
    "CREATE INDEX client_entries_owner ON client_entries (owner_id)",
    // How many live grants each person has of an entry; no row for none.
    "CREATE TABLE client_entry_users (
        entry_id TEXT NOT NULL REFERENCES client_entries (id) ON DELETE CASCADE,
        user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        grants BIGINT NOT NULL,
        PRIMARY KEY (entry_id, user_id)
    )",
    "CREATE INDEX client_entry_users_user ON client_entry_users (user_id)",
    // The grants of a client in the order in which pages show them.
    "DROP INDEX grants_client",
    "CREATE INDEX grants_client_used ON grants (client_id, status, (COALESCE(last_used_at, 0)), id)",
    "CREATE INDEX grants_client_scopes ON grants (client_id, status, scopes)",
    // Events are named in the order in which they happened.
    "DROP INDEX audit_events_client",
    "DROP INDEX audit_events_grant",
    "CREATE INDEX audit_events_client ON audit_events (client_id, id)",
    "CREATE INDEX audit_events_grant ON audit_events (grant_id, id)",
];

const COUNTS: [&str; 2] = [
    "INSERT INTO client_entry_users
        SELECT c.entry_id, g.user_id, COUNT(*) FROM clients c JOIN grants g ON g.client_id = c.id
        WHERE g.status = 'active' GROUP BY c.entry_id, g.user_id",
    "UPDATE client_entries SET
        users = (SELECT COUNT(*) FROM client_entry_users u WHERE u.entry_id = client_entries.id),
        grants = (SELECT COALESCE(SUM(u.grants), 0) FROM client_entry_users u WHERE u.entry_id = client_entries.id),
        last_used_at = COALESCE((SELECT MAX(g.last_used_at) FROM grants g JOIN clients c ON c.id = g.client_id
            WHERE c.entry_id = client_entries.id), 0)",
];
