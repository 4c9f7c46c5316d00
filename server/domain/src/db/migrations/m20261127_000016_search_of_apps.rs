//! A search of connected apps goes through the names and websites of all clients, and through grants in the order of their
//! use until enough are found. On SQLite both are read from an index that has all that is asked. PostgreSQL reads the tables
//! in any case, and its indexes hold no long texts.

use super::Statements;

pub(super) const MIGRATION: Statements = Statements {
    sqlite: &[
        "CREATE INDEX clients_search ON clients (LOWER(name), LOWER(COALESCE(website, '')), id)",
        "DROP INDEX grants_organization_used",
        "CREATE INDEX grants_organization_used ON grants (organization_id, status, (COALESCE(last_used_at, 0)),
            authorized_at, id, client_id, product_id, user_id, subject)",
    ],
    ..Statements::new(module_path!(), &[])
};
