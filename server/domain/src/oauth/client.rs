//! A client.

use std::{fmt, str::FromStr};

use types::client::{ClientSource, ClientStatus, ClientType};

use crate::error::Error;

/// The way a client proves itself at the token endpoint (RFC 7591 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthMethod {
    /// A public client: PKCE only.
    None,
    /// HTTP Basic (RFC 6749 §2.3.1).
    SecretBasic,
    /// The secret in the body.
    SecretPost,
    /// A signature (RFC 7523 §2.2), checked with keys that the client publishes.
    PrivateKeyJwt,
}

impl AuthMethod {
    /// All methods, as metadata lists them.
    pub const ALL: [Self; 4] = [Self::None, Self::SecretBasic, Self::SecretPost, Self::PrivateKeyJwt];

    /// The registered name of the method.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::SecretBasic => "client_secret_basic",
            Self::SecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }

    /// Says if the client has to prove itself.
    pub const fn is_confidential(self) -> bool {
        !matches!(self, Self::None)
    }

    /// Says if it does so with a secret that this server gave it.
    pub const fn has_secret(self) -> bool {
        matches!(self, Self::SecretBasic | Self::SecretPost)
    }
}

impl fmt::Display for AuthMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no method of this server.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown client authentication method")]
pub struct UnknownAuthMethod;

impl FromStr for AuthMethod {
    type Err = UnknownAuthMethod;

    fn from_str(text: &str) -> Result<Self, UnknownAuthMethod> {
        Self::ALL.into_iter().find(|method| method.as_str() == text).ok_or(UnknownAuthMethod)
    }
}

/// A grant type that a client may have (RFC 7591 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantType {
    /// RFC 6749 §4.1.
    AuthorizationCode,
    /// RFC 6749 §6.
    RefreshToken,
    /// RFC 6749 §4.4: the client by itself, with the grant that somebody made for it.
    ClientCredentials,
}

impl GrantType {
    /// All grant types, as metadata lists them.
    pub const ALL: [Self; 3] = [Self::AuthorizationCode, Self::RefreshToken, Self::ClientCredentials];
    /// Those with which a client works for people, and which it may register.
    pub const FOR_PEOPLE: [Self; 2] = [Self::AuthorizationCode, Self::RefreshToken];

    /// The registered name of the grant type.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::ClientCredentials => "client_credentials",
        }
    }

    /// The grant type of that name, if this server has it.
    pub fn known(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

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
    pub id: String,
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
    pub owner_id: Option<String>,
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

/// Reads the stored word of a source.
pub(crate) fn source_of(word: &str) -> Result<ClientSource, Error> {
    ClientSource::from_word(word)
        .ok_or_else(|| Error::Corrupt { column: "clients.source", value: word.to_owned() })
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
