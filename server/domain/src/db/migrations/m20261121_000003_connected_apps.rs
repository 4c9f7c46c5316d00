//! The Apps tab reads one page of many grants in its order, of an organization or of one person in it.

use super::Statements;

pub(super) const MIGRATION: Statements = Statements::new(
    module_path!(),
    &[
        "DROP INDEX grants_organization_used",
        "CREATE INDEX grants_organization_used
        ON grants (organization_id, status, (COALESCE(last_used_at, 0)), authorized_at, id)",
        "DROP INDEX grants_user",
        "CREATE INDEX grants_user_used
        ON grants (user_id, organization_id, status, (COALESCE(last_used_at, 0)), authorized_at, id)",
        // Grants that were revoked a moment ago stand among the active ones.
        "CREATE INDEX grants_revoked ON grants (organization_id, revoked_at) WHERE revoked_at IS NOT NULL",
    ],
);
