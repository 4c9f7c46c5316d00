//! The state of a grant as people see it, from its own columns and its client's.

use sea_orm::FromQueryResult;
use types::{
    apps::GrantState,
    client::ClientStatus,
    grant::{GrantStatus, RevokeReason},
};

use crate::clock::Millis;

/// The columns that tell it.
#[derive(FromQueryResult)]
pub(super) struct StateColumns {
    status: GrantStatus,
    paused_at: Option<Millis>,
    /// The status of the client, which may be deleted.
    client_status: String,
    revoked_at: Option<Millis>,
    revoke_reason: Option<RevokeReason>,
    /// The name of whoever revoked it.
    revoked_by: Option<String>,
}

impl From<StateColumns> for GrantState {
    fn from(row: StateColumns) -> Self {
        if row.status == GrantStatus::Revoked {
            let reason = row.revoke_reason.unwrap_or(RevokeReason::Person);
            Self::Revoked { at: row.revoked_at.unwrap_or_default(), by: reason.by(row.revoked_by.as_deref()) }
        } else if row.client_status == ClientStatus::Active.as_str() {
            row.paused_at.map_or(Self::Active, |since| Self::Paused { since })
        } else {
            Self::Disabled
        }
    }
}
