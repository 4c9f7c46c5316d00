//! OAuth clients, as the people see them who register and administer them.

use crate::id::ClientId;
use serde::{Deserialize, Serialize};

use crate::words;

use super::{activity::Activity, client_form::RegistrationRules, service_access::ServiceAccess};

/// Most secrets of one client that work at the same time: the one in use, and the one that replaces it.
pub const LIVE_SECRETS_MAX: usize = 2;

/// The source of a client's registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientSource {
    /// An administrator.
    Admin,
    /// A user.
    User,
    /// The client itself (RFC 7591).
    Dynamic,
    /// A document on the web, whose address is the client ID.
    MetadataDocument,
}

words!(ClientSource {
    Admin = "admin",
    User = "user",
    Dynamic = "dynamic",
    MetadataDocument = "metadata_document",
});

impl ClientSource {
    /// The word that pages show.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Admin => "Registered by an administrator",
            Self::User => "Registered by a user",
            Self::Dynamic => "Registered itself",
            Self::MetadataDocument => "Client ID document",
        }
    }

    /// Says if people describe the client here; what comes by itself describes itself.
    pub const fn is_described_here(self) -> bool {
        matches!(self, Self::Admin | Self::User)
    }
}

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

words!(AuthMethod {
    None = "none",
    SecretBasic = "client_secret_basic",
    SecretPost = "client_secret_post",
    PrivateKeyJwt = "private_key_jwt",
});

impl AuthMethod {
    /// Says if the client has to prove itself.
    pub const fn is_confidential(self) -> bool {
        !matches!(self, Self::None)
    }

    /// Says if it does so with a secret that this server gave it.
    pub const fn has_secret(self) -> bool {
        matches!(self, Self::SecretBasic | Self::SecretPost)
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

words!(GrantType {
    AuthorizationCode = "authorization_code",
    RefreshToken = "refresh_token",
    ClientCredentials = "client_credentials",
});

impl GrantType {
    /// Those with which a client works for people, and which it may register.
    pub const FOR_PEOPLE: [Self; 2] = [Self::AuthorizationCode, Self::RefreshToken];
}

/// Says if a client can keep a secret (OAuth 2.1 §2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientType {
    /// A web server: it authenticates with a secret.
    #[default]
    Confidential,
    /// A browser, desktop or mobile app: everybody can read what is in it.
    Public,
}

impl ClientType {
    /// The word that pages show.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Confidential => "Confidential",
            Self::Public => "Public",
        }
    }
}

/// The state of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientStatus {
    /// It may be used.
    Active,
    /// Its owner switched it off, and can switch it on again.
    Disabled,
    /// An administrator switched it off; only an administrator can switch it on again.
    Blocked,
}

words!(ClientStatus {
    Active = "active",
    Disabled = "disabled",
    Blocked = "blocked",
});

impl ClientStatus {
    /// The word that pages show.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Disabled => "Disabled",
            Self::Blocked => "Blocked",
        }
    }
}

/// The credentials of a client. The secret is shown once and never again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// The client ID.
    pub client_id: ClientId,
    /// A new secret, for a confidential client.
    pub client_secret: Option<String>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}

/// Number of people, grants and tokens behind some clients: as a dialog counts before something ends, and what ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Impact {
    /// Clients.
    pub clients: u64,
    /// Different people with a live grant.
    pub users: u64,
    /// Live grants.
    pub grants: u64,
    /// Access and refresh tokens that work now.
    pub tokens: u64,
}

/// Everything that owner and administrators see of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientDetails {
    /// The client ID.
    pub client_id: ClientId,
    /// Its name.
    pub name: String,
    /// Its purpose.
    pub description: String,
    /// Its website, as a host to show and a URL to open.
    pub website: Option<(String, String)>,
    /// The one who registered it.
    pub source: ClientSource,
    /// Says if it has secrets.
    pub kind: ClientType,
    /// Says if an administrator vouches for it.
    pub verified: bool,
    /// Its state now.
    pub status: ClientStatus,
    /// The addresses that answers may go to.
    pub redirect_uris: Vec<String>,
    /// The name and e-mail address of the user it belongs to.
    pub owner: Option<(String, String)>,
    /// The moment when it was registered, in Unix milliseconds.
    pub created_at: i64,
    /// Different people with a live grant.
    pub users: u64,
    /// Live grants.
    pub grants: u64,
    /// The last call, in Unix milliseconds.
    pub last_used_at: Option<i64>,
    /// Newest first: those that work, and those retired lately.
    pub secrets: Vec<SecretRow>,
    /// Its public keys: a JWK Set, or where one is.
    pub keys: Option<String>,
    /// Its access by itself.
    pub own: ServiceAccess,
    /// Its activity.
    pub activity: Activity,
    /// For the form and the snippets.
    pub rules: RegistrationRules,
    /// The moment when the page was made, in Unix milliseconds.
    pub now: i64,
}

impl ClientDetails {
    /// Says if people may change it: what registered itself describes itself.
    pub const fn editable(&self) -> bool {
        self.source.is_described_here()
    }

    /// Number of secrets that work.
    pub fn live_secrets(&self) -> usize {
        self.secrets.iter().filter(|secret| secret.retired_at.is_none()).count()
    }
}

/// A client secret, without its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretRow {
    /// `sec_…`.
    pub id: String,
    /// Its first characters.
    pub prefix: String,
    /// Its last four characters.
    pub last_four: String,
    /// The moment when it was made, in Unix milliseconds.
    pub created_at: i64,
    /// The moment when the client last authenticated with it, in Unix milliseconds.
    pub last_used_at: Option<i64>,
    /// The moment when it was retired, in Unix milliseconds; `None` while it works.
    pub retired_at: Option<i64>,
}
