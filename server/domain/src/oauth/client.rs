//! A client.

use types::{
    client::{AuthMethod, ClientSource, ClientStatus, ClientType, GrantType},
    id::{ClientId, UserId},
};

/// The source of a client's public keys (RFC 7591 §2, `jwks` and `jwks_uri`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// With its registration, as JSON; a [`crate::crypto::client_keys::KeySet`].
    Registered(String),
    /// At an https address of its own.
    At(String),
}

impl KeySource {
    /// As people see it: the set, or its address.
    pub fn into_text(self) -> String {
        match self {
            Self::Registered(text) | Self::At(text) => text,
        }
    }
}

/// A registered client.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its client ID.
    pub id: ClientId,
    /// The one who registered it.
    pub source: ClientSource,
    /// Its name, presentable.
    pub name: String,
    /// Its purpose, in the words of whoever made it; may be empty.
    pub description: String,
    /// Its website, if it gave one.
    pub website: Option<String>,
    /// At least one; each passed [`types::redirect_uri::RedirectRules::check`].
    pub redirect_uris: Vec<String>,
    /// The way it proves itself.
    pub auth_method: AuthMethod,
    /// Its public keys. A public client may have some, and may prove itself with them.
    pub keys: Option<KeySource>,
    /// Says if an administrator said that it serves this server's resources, so that it may look into their tokens.
    pub resource_server: bool,
    /// The grant types that it may ask the token endpoint for.
    pub grant_types: Vec<GrantType>,
    /// The scopes of a request without any; never a ceiling.
    pub default_scope: Option<String>,
    /// Says if an administrator vouches for it. What that is worth now says [`Self::is_verified`].
    pub verified: bool,
    /// The moment when the document that describes it was fetched last, in Unix milliseconds, while it cannot be fetched.
    pub stale_since: Option<i64>,
    /// The user it belongs to.
    pub owner_id: Option<UserId>,
    /// The entry of the administrators' list that it belongs to.
    pub entry_id: String,
    /// Its state now.
    pub status: ClientStatus,
    /// The moment when it was registered, in Unix milliseconds.
    pub created_at: i64,
    /// The network address from which it was registered.
    pub created_address: String,
    /// The moment when it last became another app to people, in Unix milliseconds: by its name, its redirect URIs, or
    /// the website of a verified one.
    pub changed_at: Option<i64>,
}

impl Client {
    /// Says if a person registered or vouched for it, so that an error may be sent to its redirect URI without
    /// asking the user first (RFC 9700 §4.11).
    pub const fn is_trusted(&self) -> bool {
        self.is_verified() || matches!(self.source, ClientSource::Admin)
    }

    /// Says if people are told that an administrator vouches for it: that was about what its document says, so it does
    /// not count while nobody can read that.
    pub const fn is_verified(&self) -> bool {
        self.verified && self.stale_since.is_none()
    }

    /// Says if it may be used.
    pub const fn is_active(&self) -> bool {
        matches!(self.status, ClientStatus::Active)
    }

    /// Says if it can keep a secret.
    pub const fn kind(&self) -> ClientType {
        if self.auth_method.is_confidential() { ClientType::Confidential } else { ClientType::Public }
    }

    /// Says if the client may use a grant type.
    pub fn may(&self, kind: GrantType) -> bool {
        self.grant_types.contains(&kind)
    }
}
