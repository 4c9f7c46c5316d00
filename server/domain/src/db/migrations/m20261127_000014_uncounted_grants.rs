//! What software has of grants and people is counted after the grant changed, not while somebody waits.

use super::Statements;

pub(super) const MIGRATION: Statements = Statements::new(
    module_path!(),
    &[
        // 1 for a grant that came to life and is not counted yet, -1 for one that ended and still is. Whoever removes
        // such a row leaves the counts wrong for ever.
        "ALTER TABLE grants ADD COLUMN uncounted BIGINT",
        "CREATE INDEX grants_uncounted ON grants (id) WHERE uncounted IS NOT NULL",
    ],
);
