//! The reasons why the token endpoint gives no token.

use types::{client::GrantType, grant::GrantStatus, id::ClientId, scope::ScopeSet};

use crate::{
    error::Error,
    oauth::{error_code::ErrorCode, params::Repeated, pkce::VerifierError, resource::UnknownResource},
    rate_limit::TooMany,
};

/// The reason why no token is given. What it displays is for the log; clients read [`Self::description`], which tells
/// whoever guesses nothing.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant displays what it means")]
pub enum Refusal {
    #[error("{0}")]
    Repeated(#[from] Repeated),
    #[error("{0} is required")]
    Missing(&'static str),
    #[error("the grant type is unknown")]
    UnsupportedGrantType,
    #[error("the client is not registered for {}", .0.as_str())]
    Unregistered(GrantType),
    #[error("the client is switched off")]
    ClientOff,
    #[error("{0}")]
    Resource(#[from] UnknownResource),

    #[error("there is no such code")]
    UnknownCode,
    #[error("the code is of the client {0}")]
    CodeOfAnother(ClientId),
    #[error("the redirect URI is another than {0}")]
    RedirectUri(String),
    #[error("{0}")]
    Verifier(#[from] VerifierError),
    #[error("the code was used before")]
    CodeUsed,
    #[error("the code was used long before; what it opened ends")]
    CodeReplayed,
    #[error("the code has expired")]
    CodeExpired,

    #[error("there is no such refresh token")]
    UnknownToken,
    #[error("the refresh token is of the client {0}")]
    TokenOfAnother(ClientId),
    #[error("the refresh token was replaced long before; its grant ends")]
    TokenReplayed,
    #[error("the refresh token has expired")]
    TokenExpired,
    #[error("the refresh token was replaced, and the answer cannot be given again")]
    TokenReplaced,

    #[error("the grant is {0}")]
    Grant(GrantStatus),
    #[error("nothing of the grant is left: its client, person or membership is not what it was")]
    NothingLeft(Used),
    #[error("the resource is not one of the grant's")]
    ResourceNotGranted(Used),
    #[error("the scope asks for more than was granted")]
    ScopeNotGranted,
    #[error("the scope leaves nothing for the resource")]
    ScopeEmpty,

    #[error("a public client cannot have machine access")]
    PublicClient,
    #[error("nobody gave the client machine access")]
    NotByItself,
    #[error("none of these scopes was given to the client, which has {0}")]
    ScopeNotGiven(ScopeSet),

    #[error("{0}")]
    TooMany(#[from] TooMany),
    #[error("{0}")]
    Internal(#[from] Error),
}

/// A thing that was sent to be exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Used {
    Code,
    RefreshToken,
    ClientCredentials,
}

impl Refusal {
    /// The code on the wire (RFC 6749 §5.2, RFC 8707 §2).
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Repeated(_) | Self::Missing(_) => ErrorCode::InvalidRequest,
            Self::UnsupportedGrantType => ErrorCode::UnsupportedGrantType,
            Self::Unregistered(_)
            | Self::PublicClient
            | Self::NotByItself
            | Self::NothingLeft(Used::ClientCredentials) => ErrorCode::UnauthorizedClient,
            Self::Resource(_) | Self::ResourceNotGranted(_) => ErrorCode::InvalidTarget,
            Self::ScopeNotGranted | Self::ScopeEmpty | Self::ScopeNotGiven(_) => ErrorCode::InvalidScope,
            Self::TooMany(_) => ErrorCode::TemporarilyUnavailable,
            Self::Internal(_) => ErrorCode::ServerError,
            // `ClientOff` is not `invalid_client`: that makes clients register anew, and what was switched off may come
            // back.
            Self::ClientOff
            | Self::UnknownCode
            | Self::CodeOfAnother(_)
            | Self::RedirectUri(_)
            | Self::Verifier(_)
            | Self::CodeUsed
            | Self::CodeReplayed
            | Self::CodeExpired
            | Self::UnknownToken
            | Self::TokenOfAnother(_)
            | Self::TokenReplayed
            | Self::TokenExpired
            | Self::TokenReplaced
            | Self::Grant(_)
            | Self::NothingLeft(_) => ErrorCode::InvalidGrant,
        }
    }

    /// The words that clients read.
    pub fn description(&self) -> String {
        let fixed = match self {
            Self::UnknownCode
            | Self::CodeOfAnother(_)
            | Self::CodeUsed
            | Self::CodeReplayed
            | Self::CodeExpired
            | Self::Grant(_)
            | Self::NothingLeft(Used::Code) => "the code is unknown, expired or used",
            Self::UnknownToken
            | Self::TokenOfAnother(_)
            | Self::TokenReplayed
            | Self::TokenExpired
            | Self::NothingLeft(Used::RefreshToken) => "the refresh token is unknown, expired or revoked",
            Self::TokenReplaced => "the refresh token was used already",
            Self::UnsupportedGrantType => {
                "grant_type must be authorization_code, refresh_token or client_credentials"
            }
            Self::ClientOff => "this client is switched off",
            Self::RedirectUri(_) => "redirect_uri is not that of the authorization request",
            Self::ResourceNotGranted(Used::Code) => "the code is for another resource",
            Self::ResourceNotGranted(Used::RefreshToken) => "the refresh token is for another resource",
            Self::ResourceNotGranted(Used::ClientCredentials) => "the client may not act at this resource",
            Self::ScopeNotGranted => "scope asks for more than was granted",
            Self::ScopeEmpty => "scope leaves nothing for this resource",
            Self::PublicClient => "a client that cannot prove itself cannot have machine access",
            Self::NotByItself | Self::NothingLeft(Used::ClientCredentials) => {
                "nobody gave this client machine access"
            }
            Self::Unregistered(kind) => {
                return format!("this client is not registered for {}", kind.as_str());
            }
            Self::Repeated(_)
            | Self::Missing(_)
            | Self::Resource(_)
            | Self::Verifier(_)
            | Self::ScopeNotGiven(_)
            | Self::TooMany(_)
            | Self::Internal(_) => return self.to_string(),
        };
        fixed.to_owned()
    }
}
