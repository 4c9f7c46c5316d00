//! The states of a grant, those who act with it, and the reasons why it ends.

use std::{fmt, str::FromStr};

use crate::clock::Millis;

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

/// The text names no status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown grant status")]
pub struct UnknownStatus;

impl GrantStatus {
    /// All states.
    pub const ALL: [Self; 5] = [Self::Pending, Self::Active, Self::Paused, Self::Revoked, Self::Expired];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }

    /// Says if the client holds something: it has tokens, and people see it.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Active | Self::Paused)
    }
}

impl fmt::Display for GrantStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for GrantStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        Self::ALL.into_iter().find(|status| status.as_str() == text).ok_or(UnknownStatus)
    }
}

/// The stored word. A paused grant is stored as an active one with the moment of its pause: what counts and lists live
/// grants need not tell them apart.
pub const fn stored_word(status: GrantStatus) -> &'static str {
    match status {
        GrantStatus::Paused => GrantStatus::Active.as_str(),
        other => other.as_str(),
    }
}

/// Reads what is stored.
pub fn read_status(word: &str, paused_at: Option<Millis>) -> Option<GrantStatus> {
    match word.parse() {
        Ok(GrantStatus::Active) if paused_at.is_some() => Some(GrantStatus::Paused),
        Ok(GrantStatus::Paused) | Err(_) => None,
        Ok(status) => Some(status),
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

impl Subject {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Client => "client",
        }
    }

    /// Reads the stored word.
    pub fn from_stored(word: &str) -> Option<Self> {
        [Self::Person, Self::Client].into_iter().find(|subject| subject.as_str() == word)
    }
}

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
}

impl RevokeReason {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::AllAccess => "all_access",
            Self::ClientDeleted => "client_deleted",
            Self::Client => "client",
            Self::CodeReplayed => "code_replayed",
            Self::RefreshReplayed => "refresh_replayed",
            Self::Superseded => "superseded",
        }
    }

    /// Reads the stored word; anything else counts as a person's deed.
    pub fn from_stored(word: &str) -> Self {
        [
            Self::AllAccess,
            Self::ClientDeleted,
            Self::Client,
            Self::CodeReplayed,
            Self::RefreshReplayed,
            Self::Superseded,
        ]
        .into_iter()
        .find(|reason| reason.as_str() == word)
        .unwrap_or(Self::Person)
    }

    /// More about it than who did it, for people.
    pub const fn reason(self) -> Option<&'static str> {
        match self {
            Self::Person | Self::Client => None,
            Self::AllAccess => Some("with all other access of the app"),
            Self::ClientDeleted => Some("because the app was deleted"),
            Self::CodeReplayed => Some("because an authorization code was used twice"),
            Self::RefreshReplayed => Some("because an old refresh token was used again"),
            Self::Superseded => Some("because there is much newer access of the same app"),
        }
    }

    /// The one who did it, for people; `person` is the one who pressed the button.
    pub fn by(self, person: Option<&str>) -> String {
        let who = match self {
            Self::Person | Self::AllAccess | Self::ClientDeleted => person.unwrap_or("a former member"),
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
            assert_eq!(read_status(stored_word(status), paused_at), Some(status));
        }
        assert_eq!(read_status("paused", None), None);
        assert_eq!(read_status("", None), None);
    }
}
