//! A grant may belong to no product, and may be paused.

use super::Statements;

pub(super) const MIGRATION: Statements =
    Statements { postgres: POSTGRES, sqlite: SQLITE, ..Statements::new(module_path!(), BOTH) };

const POSTGRES: &[&str] = &[
    "ALTER TABLE grants ALTER COLUMN organization_id DROP NOT NULL",
    "ALTER TABLE grants ALTER COLUMN product_id DROP NOT NULL",
    "DROP INDEX grants_alike",
];

// SQLite changes no column: another one takes its place.
const SQLITE: &[&str] = &[
    "DROP INDEX grants_organization_used",
    "DROP INDEX grants_user_used",
    "DROP INDEX grants_revoked",
    "DROP INDEX grants_product",
    "DROP INDEX grants_alike",
    "ALTER TABLE grants ADD COLUMN in_organization TEXT REFERENCES organizations (id) ON DELETE CASCADE",
    "ALTER TABLE grants ADD COLUMN in_product TEXT REFERENCES products (id) ON DELETE CASCADE",
    "UPDATE grants SET in_organization = organization_id, in_product = product_id",
    "ALTER TABLE grants DROP COLUMN organization_id",
    "ALTER TABLE grants DROP COLUMN product_id",
    "ALTER TABLE grants RENAME COLUMN in_organization TO organization_id",
    "ALTER TABLE grants RENAME COLUMN in_product TO product_id",
    "CREATE INDEX grants_organization_used
        ON grants (organization_id, status, (COALESCE(last_used_at, 0)), authorized_at, id)",
    "CREATE INDEX grants_user_used
        ON grants (user_id, organization_id, status, (COALESCE(last_used_at, 0)), authorized_at, id)",
    "CREATE INDEX grants_revoked ON grants (organization_id, revoked_at) WHERE revoked_at IS NOT NULL",
    "CREATE INDEX grants_product ON grants (product_id)",
];

const BOTH: &[&str] = &[
    "ALTER TABLE grants ADD COLUMN paused_at BIGINT",
    "CREATE INDEX grants_alike ON grants (user_id, client_id, product_id, status)",
];
