//! Clients that act by themselves, each with one grant of its own.

use super::Statements;

pub(super) const MIGRATION: Statements = Statements::new(
    module_path!(),
    &[
        "ALTER TABLE grants ADD COLUMN subject TEXT NOT NULL DEFAULT 'person' CHECK (subject IN ('person', 'client'))",
        "CREATE UNIQUE INDEX grants_own ON grants (client_id) WHERE subject = 'client' AND status = 'active'",
        // Access tokens that such clients got. Those of people are counted with their codes and refresh tokens.
        "CREATE TABLE own_tokens (
        jti TEXT NOT NULL PRIMARY KEY,
        grant_id TEXT NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
        expires_at BIGINT NOT NULL
    )",
        "CREATE INDEX own_tokens_grant ON own_tokens (grant_id, expires_at)",
        "CREATE INDEX own_tokens_expires ON own_tokens (expires_at)",
    ],
);
