//! What tells two accesses of the same app apart, and whether the newer one takes the place of the older.

use super::Statements;

pub(super) const MIGRATION: Statements = Statements::new(
    module_path!(),
    &[
        // The address of answers, without a port; the browser, hashed; the moment of the request; the device; and whether
        // the person wants earlier access replaced. Grants from before have none of it, and nothing supersedes them.
        "ALTER TABLE grants ADD COLUMN redirect_uri TEXT",
        "ALTER TABLE grants ADD COLUMN browser_hash TEXT",
        "ALTER TABLE grants ADD COLUMN requested_at BIGINT",
        "ALTER TABLE grants ADD COLUMN device TEXT",
        "ALTER TABLE grants ADD COLUMN replaces BOOLEAN NOT NULL DEFAULT FALSE",
        "CREATE INDEX grants_alike ON grants (user_id, client_id, product_id) WHERE status = 'active'",
    ],
);
