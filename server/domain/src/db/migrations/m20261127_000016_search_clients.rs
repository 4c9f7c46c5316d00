//! A search goes through the names and websites of all clients: on SQLite in an index that has nothing else, a fifth of the
//! work. PostgreSQL reads the table in any case, and its indexes hold no long texts.

use super::Statements;

pub(super) const MIGRATION: Statements = Statements {
    sqlite: &["CREATE INDEX clients_search ON clients (LOWER(name), LOWER(COALESCE(website, '')), id)"],
    ..Statements::new(module_path!(), &[])
};
