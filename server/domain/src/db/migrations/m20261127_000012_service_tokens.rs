//! The tokens of clients that act for themselves are named as the field names them.

use super::Statements;

pub(super) const MIGRATION: Statements =
    Statements::new(module_path!(), &["ALTER TABLE own_tokens RENAME TO service_tokens"]);
