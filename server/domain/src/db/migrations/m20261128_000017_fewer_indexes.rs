//! Grants that a person gave a client are read from one index by their status and age, those of a client from one that has
//! their scopes. Each index of grants is written three times until an app has its tokens.

use super::Statements;

pub(super) const MIGRATION: Statements = Statements::new(
    module_path!(),
    &[
        "DROP INDEX grants_live",
        "DROP INDEX grants_alike",
        "CREATE INDEX grants_alike ON grants (user_id, client_id, status, authorized_at, id, product_id)",
        "DROP INDEX grants_client_scopes",
        "DROP INDEX grants_client_used",
        "CREATE INDEX grants_client_used ON grants (client_id, status, (COALESCE(last_used_at, 0)), id, scopes)",
    ],
);
