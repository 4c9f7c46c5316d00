//! The tokens of clients that act for themselves are named as the field names them, and every number has 64 bits.

use super::Statements;

pub(super) const MIGRATION: Statements = Statements {
    // SQLite's numbers have as many as they need.
    postgres: &["ALTER TABLE refresh_tokens ALTER COLUMN replay_count TYPE BIGINT"],
    ..Statements::new(module_path!(), &["ALTER TABLE own_tokens RENAME TO service_tokens"])
};
