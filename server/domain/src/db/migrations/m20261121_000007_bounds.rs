//! What strangers and single people can cause has a bound, and what is to be counted for it is counted from an index.

use super::Statements;

pub(super) const MIGRATION: Statements = Statements::new(
    module_path!(),
    &[
        // The asker: the person who was signed in, else the network where it can be told. A request that was answered or
        // has expired holds nothing any more, which is 0 bytes.
        "ALTER TABLE authorization_requests ADD COLUMN user_id TEXT",
        "ALTER TABLE authorization_requests ADD COLUMN network TEXT",
        "ALTER TABLE authorization_requests ADD COLUMN bytes BIGINT NOT NULL DEFAULT 0",
        "UPDATE authorization_requests SET bytes = LENGTH(redirect_uri) + COALESCE(LENGTH(state), 0)",
        "CREATE INDEX authorization_requests_of_strangers ON authorization_requests (network, bytes)
        WHERE user_id IS NULL AND bytes > 0",
        "CREATE INDEX authorization_requests_of_people ON authorization_requests (user_id, created_at)
        WHERE user_id IS NOT NULL AND bytes > 0",
        // The place of a refresh token in its family: old ones are forgotten.
        "ALTER TABLE refresh_tokens ADD COLUMN generation BIGINT NOT NULL DEFAULT 0",
        // People with very many live grants of the same software.
        "CREATE INDEX client_entry_users_many ON client_entry_users (grants) WHERE grants > 100",
        // The deeds of a person, newest last.
        "CREATE INDEX audit_events_actor ON audit_events (actor_id, id)",
    ],
);
