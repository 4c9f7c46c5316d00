//! The life of a grant.

use std::{fmt, str::FromStr};

/// What a grant is. `Pending` until its first code is exchanged; `Revoked` and `Expired` are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantStatus {
    /// Consented, its code not yet exchanged. Not shown, opens nothing.
    Pending,
    /// In use.
    Active,
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
    /// The status after the code is exchanged; `None` where that may not happen.
    pub const fn activate(self) -> Option<Self> {
        match self {
            Self::Pending => Some(Self::Active),
            Self::Active | Self::Revoked | Self::Expired => None,
        }
    }

    /// The status after a revocation; `None` where there is nothing left to revoke.
    pub const fn revoke(self) -> Option<Self> {
        match self {
            Self::Pending | Self::Active => Some(Self::Revoked),
            Self::Revoked | Self::Expired => None,
        }
    }
}

impl fmt::Display for GrantStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        })
    }
}

impl FromStr for GrantStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        [Self::Pending, Self::Active, Self::Revoked, Self::Expired]
            .into_iter()
            .find(|status| status.to_string() == text)
            .ok_or(UnknownStatus)
    }
}

/// Why a grant was revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevokeReason {
    /// A person pressed `Revoke`.
    Person,
    /// The client revoked its own token (RFC 7009).
    Client,
    /// An authorization code was used again, late (`protocol.md` T5).
    CodeReplayed,
    /// A refresh token was used again after its window (`protocol.md` F2).
    RefreshReplayed,
}

impl RevokeReason {
    /// The stored word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Client => "client",
            Self::CodeReplayed => "code_replayed",
            Self::RefreshReplayed => "refresh_replayed",
        }
    }

    /// Reads the stored word; anything else counts as a person's deed.
    pub fn from_stored(word: &str) -> Self {
        [Self::Client, Self::CodeReplayed, Self::RefreshReplayed]
            .into_iter()
            .find(|reason| reason.as_str() == word)
            .unwrap_or(Self::Person)
    }

    /// Who did it, for people; `person` is the one who pressed the button.
    pub fn by(self, person: Option<&str>) -> String {
        match self {
            Self::Person => person.unwrap_or("a former member").to_owned(),
            Self::Client => "the app itself".to_owned(),
            Self::CodeReplayed => "Gatepass, because an authorization code was used twice".to_owned(),
            Self::RefreshReplayed => "Gatepass, because an old refresh token was used again".to_owned(),
        }
    }
}
