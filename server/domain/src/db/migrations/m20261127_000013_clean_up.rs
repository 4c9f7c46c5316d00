//! What the clean-up looks for each minute is read from an index that has nothing else.

use super::Statements;

pub(super) const MIGRATION: Statements = Statements::new(
    module_path!(),
    &[
        // Rotated refresh tokens that keep their answer.
        "CREATE INDEX refresh_tokens_replay ON refresh_tokens (rotated_at) WHERE replay IS NOT NULL",
        // Authorization requests that hold something. Said in other words than in the indexes that count those of a
        // person or network, which are the better ones for that.
        "CREATE INDEX authorization_requests_holding ON authorization_requests (expires_at) WHERE bytes <> 0",
        // Grants that ended, of all organizations.
        "CREATE INDEX grants_ended ON grants (revoked_at) WHERE revoked_at IS NOT NULL",
    ],
);
