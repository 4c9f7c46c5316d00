//! Secrets in two types: plain, seen once and never printed, and hashed, stored for ever.

use std::fmt;

use aws_lc_rs::{constant_time, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::random;

/// The purpose of a secret. Its prefix lets people and scanners recognise it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretKind {
    /// The cookie of a session.
    Session,
    /// The cookie that binds authorization requests to a browser.
    Browser,
    /// The name of an authorization request in `/consent/{handle}`.
    Handle,
    /// An authorization code.
    Code,
    /// A refresh token.
    Refresh,
    /// A client's secret.
    Client,
    /// A link that makes the first person.
    SetUp,
    /// A link that makes a member.
    Invitation,
    /// A link by mail to an account.
    Link,
}

impl SecretKind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Session => "gps_",
            Self::Browser => "gpb_",
            Self::Handle => "gph_",
            Self::Code => "gpc_",
            Self::Refresh => "gpr_",
            Self::Client => "gpk_",
            Self::SetUp => "gpf_",
            Self::Invitation => "gpi_",
            Self::Link => "gpl_",
        }
    }
}

/// A secret as its owner holds it: a prefix and 256 random bits, all of `[A-Za-z0-9_-]`.
#[derive(Clone)]
pub struct PlainSecret(Zeroizing<String>);

impl PlainSecret {
    /// A new secret.
    pub fn generate(kind: SecretKind) -> Self {
        let random = Zeroizing::new(random::bytes::<32>());
        Self(Zeroizing::new(format!("{}{}", kind.prefix(), URL_SAFE_NO_PAD.encode(*random))))
    }

    /// The text to hand out, once.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The part of it that is stored.
    pub fn hashed(&self) -> HashedSecret {
        HashedSecret::of(&self.0)
    }
}

impl fmt::Debug for PlainSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PlainSecret(…)")
    }
}

/// SHA-256 of a secret, as base64url. High-entropy secrets need no slow hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HashedSecret(String);

impl HashedSecret {
    /// The hash of a presented secret, to look it up by.
    pub fn of(presented: &str) -> Self {
        Self(sha256(presented.as_bytes()))
    }

    /// A hash that was stored before.
    pub const fn stored(hash: String) -> Self {
        Self(hash)
    }

    /// The text that is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text that is stored.
    pub fn into_string(self) -> String {
        self.0
    }
}

/// SHA-256 as base64url without padding: 43 characters.
pub fn sha256(data: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, data))
}

/// Says if two texts are the same, in time that does not depend on where they differ.
pub fn constant_time_eq(left: &str, right: &str) -> bool {
    constant_time::verify_slices_are_equal(left.as_bytes(), right.as_bytes()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_url_safe_and_never_printed() {
        let secret = PlainSecret::generate(SecretKind::Refresh);
        assert!(
            secret.expose().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
        );
        assert_eq!(secret.expose().len(), 47);
        assert!(!format!("{secret:?}").contains(&secret.expose()[4..]));
        assert_eq!(secret.hashed(), HashedSecret::of(secret.expose()));
    }
}
