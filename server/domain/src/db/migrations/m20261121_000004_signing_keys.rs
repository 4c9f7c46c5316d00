//! Signing keys take turns: a key is published before it signs.

use super::Statements;

pub(super) const MIGRATION: Statements = Statements::new(
    module_path!(),
    &["ALTER TABLE signing_keys ADD COLUMN signs_from BIGINT NOT NULL DEFAULT 0"],
);
