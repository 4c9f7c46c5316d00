//! Grants of each status have an index of their own, where they are looked for: few wait or were never used, and with
//! one index for all SQLite read those that live by their status.

use super::Statements;

pub(super) const MIGRATION: Statements = Statements::new(
    module_path!(),
    &[
        "DROP INDEX grants_status_authorized",
        "CREATE INDEX grants_pending ON grants (id) WHERE status = 'pending'",
        "CREATE INDEX grants_expired ON grants (authorized_at) WHERE status = 'expired'",
        // Live ones of a person and a client by their age: the latest are told, and only old ones can be superseded.
        "CREATE INDEX grants_live ON grants (user_id, client_id, authorized_at, id) WHERE status = 'active'",
    ],
);
