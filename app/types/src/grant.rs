//! The states of a grant, those who act with it, and the reasons why it ends.

use crate::words;

/// The state of a grant. `Pending` until its first code is exchanged; `Revoked` and `Expired` are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantStatus {
    /// Consented, its code not yet exchanged. Not shown, opens nothing.
    Pending,
    /// In use.
    Active,
    /// In use, but calls are refused until it is resumed. Its tokens are refreshed meanwhile.
    Paused,
    /// Ended by somebody or something. A tombstone.
    Revoked,
    /// Its code was never exchanged.
    Expired,
}

words!(GrantStatus {
    Pending = "pending",
    Active = "active",
    Paused = "paused",
    Revoked = "revoked",
    Expired = "expired",
});

impl GrantStatus {
    /// Says if the client holds something: it has tokens, and people see it.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Active | Self::Paused)
    }

    /// The status as the database has it. A paused grant is stored as an active one with the moment of its pause: what
    /// counts and lists live grants need not tell them apart.
    #[must_use]
    pub const fn stored(self) -> Self {
        if matches!(self, Self::Paused) { Self::Active } else { self }
    }

    /// The status behind the stored one, with the moment of the pause.
    #[must_use]
    pub const fn read(stored: Self, paused_at: Option<i64>) -> Self {
        if matches!(stored, Self::Active) && paused_at.is_some() { Self::Paused } else { stored }
    }
}

/// The one who acts with a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The client for the person who authorized it.
    Person,
    /// The client by itself (RFC 6749 §4.4), with no more than the person who authorized it may do.
    Client,
}

words!(Subject {
    Person = "person",
    Client = "client",
});

/// The reason why a grant was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevokeReason {
    /// A person pressed `Revoke`.
    Person,
    /// An administrator pressed `Revoke all access`.
    AllAccess,
    /// A person deleted the client.
    ClientDeleted,
    /// The client revoked its own token (RFC 7009).
    Client,
    /// An authorization code was used again, late (`protocol.md` T5).
    CodeReplayed,
    /// A refresh token was used again after its window (`protocol.md` F2).
    RefreshReplayed,
    /// The person has too much newer access of the same app.
    Superseded,
    /// The person is no member of the organization any more.
    MemberRemoved,
    /// The product was deleted.
    ProductDeleted,
    /// The organization was deleted.
    OrganizationDeleted,
    /// The person's account was deleted.
    AccountDeleted,
}

words!(RevokeReason {
    Person = "person",
    AllAccess = "all_access",
    ClientDeleted = "client_deleted",
    Client = "client",
    CodeReplayed = "code_replayed",
    RefreshReplayed = "refresh_replayed",
    Superseded = "superseded",
    MemberRemoved = "member_removed",
    ProductDeleted = "product_deleted",
    OrganizationDeleted = "organization_deleted",
    AccountDeleted = "account_deleted",
});

impl RevokeReason {
    /// More about it than who did it, for people.
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            Self::Person | Self::Client => None,
            Self::AllAccess => Some("with all other access of the app"),
            Self::ClientDeleted => Some("because the app was deleted"),
            Self::CodeReplayed => Some("because an authorization code was used twice"),
            Self::RefreshReplayed => Some("because an old refresh token was used again"),
            Self::Superseded => Some("because there is much newer access of the same app"),
            Self::MemberRemoved => Some("because the person left the organization"),
            Self::ProductDeleted => Some("because the product was deleted"),
            Self::OrganizationDeleted => Some("because the organization was deleted"),
            Self::AccountDeleted => Some("because the account was deleted"),
        }
    }

    /// The one who did it, for people; `person` is the one who pressed the button.
    pub fn by(self, person: Option<&str>) -> String {
        let who = match self {
            Self::Person
            | Self::AllAccess
            | Self::ClientDeleted
            | Self::MemberRemoved
            | Self::ProductDeleted
            | Self::OrganizationDeleted
            | Self::AccountDeleted => person.unwrap_or("a former member"),
            Self::Client => "the app itself",
            Self::CodeReplayed | Self::RefreshReplayed | Self::Superseded => "Gatepass",
        };
        self.reason().map_or_else(|| who.to_owned(), |why| format!("{who}, {why}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_survives_its_stored_form() {
        for status in GrantStatus::ALL {
            let paused_at = (status == GrantStatus::Paused).then_some(1);
            assert_eq!(GrantStatus::read(status.stored(), paused_at), status);
            assert_ne!(status.stored(), GrantStatus::Paused);
        }
    }
}
