//! The first schema. Plain SQL that both databases read; row-level security for PostgreSQL at the end.

use sea_orm::{ConnectionTrait, DatabaseBackend};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        for statement in TABLES {
            db.execute_unprepared(statement).await?;
        }
        if manager.get_database_backend() == DatabaseBackend::Postgres {
            for statement in ROW_LEVEL_SECURITY {
                db.execute_unprepared(statement).await?;
            }
        }
        Ok(())
    }
}

const TABLES: &[&str] = &[
    // Facts about the database itself, such as that it holds the demo workspace.
    "CREATE TABLE settings (
        name TEXT NOT NULL PRIMARY KEY,
        value TEXT NOT NULL
    )",
    // People. E-mail addresses are stored in lower case.
    "CREATE TABLE users (
        id TEXT NOT NULL PRIMARY KEY,
        email TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        password_hash TEXT NOT NULL,
        instance_admin BOOLEAN NOT NULL,
        disabled_at BIGINT,
        created_at BIGINT NOT NULL
    )",
    // Sign-ins; the cookie itself is never stored.
    "CREATE TABLE sessions (
        id_hash TEXT NOT NULL PRIMARY KEY,
        user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        address TEXT NOT NULL
    )",
    "CREATE INDEX sessions_user ON sessions (user_id)",
    "CREATE INDEX sessions_expires ON sessions (expires_at)",
    "CREATE TABLE organizations (
        id TEXT NOT NULL PRIMARY KEY,
        slug TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL,
        created_at BIGINT NOT NULL
    )",
    "CREATE TABLE memberships (
        organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
        user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
        created_at BIGINT NOT NULL,
        PRIMARY KEY (organization_id, user_id)
    )",
    "CREATE INDEX memberships_user ON memberships (user_id)",
    "CREATE TABLE products (
        id TEXT NOT NULL PRIMARY KEY,
        organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
        slug TEXT NOT NULL,
        name TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        UNIQUE (organization_id, slug)
    )",
    // Roles of members who are neither owner nor admin of the organization.
    "CREATE TABLE product_roles (
        product_id TEXT NOT NULL REFERENCES products (id) ON DELETE CASCADE,
        user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        role TEXT NOT NULL CHECK (role IN ('viewer', 'editor', 'operator', 'admin')),
        PRIMARY KEY (product_id, user_id)
    )",
    "CREATE INDEX product_roles_user ON product_roles (user_id)",
    // OAuth clients. redirect_uris is a JSON list; grant_types is space-separated.
    "CREATE TABLE clients (
        id TEXT NOT NULL PRIMARY KEY,
        source TEXT NOT NULL CHECK (source IN ('admin', 'user', 'dynamic')),
        name TEXT NOT NULL,
        website TEXT,
        redirect_uris JSON NOT NULL,
        auth_method TEXT NOT NULL,
        grant_types TEXT NOT NULL,
        default_scope TEXT,
        ceiling TEXT,
        verified BOOLEAN NOT NULL,
        owner_id TEXT REFERENCES users (id) ON DELETE SET NULL,
        disabled_at BIGINT,
        created_at BIGINT NOT NULL,
        created_address TEXT NOT NULL
    )",
    "CREATE INDEX clients_source_created ON clients (source, created_at)",
    "CREATE TABLE client_secrets (
        id TEXT NOT NULL PRIMARY KEY,
        client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
        hash TEXT NOT NULL,
        prefix TEXT NOT NULL,
        last_four TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        last_used_at BIGINT,
        retired_at BIGINT
    )",
    "CREATE INDEX client_secrets_client ON client_secrets (client_id)",
    // Requests that wait for a person. Named by the hash of their handle, bound to the browser by the hash of a cookie.
    "CREATE TABLE authorization_requests (
        handle_hash TEXT NOT NULL PRIMARY KEY,
        browser_hash TEXT NOT NULL,
        client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
        redirect_uri TEXT NOT NULL,
        state TEXT,
        scopes TEXT NOT NULL,
        resources TEXT NOT NULL,
        code_challenge TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        answered_at BIGINT
    )",
    "CREATE INDEX authorization_requests_client ON authorization_requests (client_id)",
    "CREATE INDEX authorization_requests_expires ON authorization_requests (expires_at)",
    // One authorization each: user, client, product, scopes, resources. Ended ones stay as tombstones.
    "CREATE TABLE grants (
        id TEXT NOT NULL PRIMARY KEY,
        user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE,
        organization_id TEXT NOT NULL REFERENCES organizations (id) ON DELETE CASCADE,
        product_id TEXT NOT NULL REFERENCES products (id) ON DELETE CASCADE,
        scopes TEXT NOT NULL,
        resources TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('pending', 'active', 'revoked', 'expired')),
        authorized_at BIGINT NOT NULL,
        authorized_address TEXT NOT NULL,
        last_used_at BIGINT,
        use_count BIGINT NOT NULL,
        revoked_at BIGINT,
        revoked_by TEXT,
        revoke_reason TEXT
    )",
    "CREATE INDEX grants_organization_used ON grants (organization_id, last_used_at)",
    "CREATE INDEX grants_user ON grants (user_id)",
    "CREATE INDEX grants_client ON grants (client_id)",
    "CREATE INDEX grants_product ON grants (product_id)",
    "CREATE INDEX grants_status_authorized ON grants (status, authorized_at)",
    // Authorization codes, with the access token that each was exchanged for.
    "CREATE TABLE codes (
        hash TEXT NOT NULL PRIMARY KEY,
        grant_id TEXT NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
        client_id TEXT NOT NULL,
        redirect_uri TEXT NOT NULL,
        code_challenge TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        consumed_at BIGINT,
        access_jti TEXT,
        access_expires_at BIGINT
    )",
    "CREATE INDEX codes_grant ON codes (grant_id)",
    "CREATE INDEX codes_expires ON codes (expires_at)",
    // Refresh tokens, with the access token issued beside each. A rotated one keeps its sealed answer for a moment.
    "CREATE TABLE refresh_tokens (
        hash TEXT NOT NULL PRIMARY KEY,
        grant_id TEXT NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
        client_id TEXT NOT NULL,
        resources TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        expires_at BIGINT NOT NULL,
        family_expires_at BIGINT NOT NULL,
        rotated_at BIGINT,
        replay TEXT,
        replay_count INTEGER NOT NULL,
        access_jti TEXT NOT NULL,
        access_expires_at BIGINT NOT NULL
    )",
    "CREATE INDEX refresh_tokens_grant ON refresh_tokens (grant_id)",
    "CREATE INDEX refresh_tokens_expires ON refresh_tokens (expires_at)",
    // Access tokens that their client revoked before they expired.
    "CREATE TABLE revoked_tokens (
        jti TEXT NOT NULL PRIMARY KEY,
        expires_at BIGINT NOT NULL
    )",
    "CREATE INDEX revoked_tokens_expires ON revoked_tokens (expires_at)",
    // Private keys, sealed under the master key.
    "CREATE TABLE signing_keys (
        kid TEXT NOT NULL PRIMARY KEY,
        sealed_private TEXT NOT NULL,
        created_at BIGINT NOT NULL
    )",
    // Who did what, when and from where. Keeps its ids when what they name is gone.
    "CREATE TABLE audit_events (
        id TEXT NOT NULL PRIMARY KEY,
        at BIGINT NOT NULL,
        action TEXT NOT NULL,
        actor_id TEXT,
        address TEXT NOT NULL,
        client_id TEXT,
        grant_id TEXT,
        organization_id TEXT,
        detail TEXT
    )",
    "CREATE INDEX audit_events_grant ON audit_events (grant_id, at)",
    "CREATE INDEX audit_events_client ON audit_events (client_id, at)",
    // A product's data.
    "CREATE TABLE work_items (
        id TEXT NOT NULL PRIMARY KEY,
        product_id TEXT NOT NULL REFERENCES products (id) ON DELETE CASCADE,
        title TEXT NOT NULL,
        description TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('open', 'in_progress', 'done')),
        created_by TEXT NOT NULL,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL
    )",
    "CREATE INDEX work_items_product_updated ON work_items (product_id, updated_at)",
];

/// A product's rows are visible only in a transaction that named the product. Unset means no rows, also for the owner
/// of the table.
const ROW_LEVEL_SECURITY: &[&str] = &[
    "ALTER TABLE work_items ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE work_items FORCE ROW LEVEL SECURITY",
    "CREATE POLICY work_items_of_product ON work_items
        USING (product_id = current_setting('gatepass.product_id', true))
        WITH CHECK (product_id = current_setting('gatepass.product_id', true))",
];
