//! The claims of a client that proves itself with a signature (RFC 7523 §3, OpenID Connect Core §9).

use serde::Deserialize;

use crate::clock::{MINUTE, Millis, SECOND};

/// The `client_assertion_type` of a JWT (RFC 7523 §2.2).
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Longest assertion that is looked at, in bytes.
pub const ASSERTION_MAX: usize = 8 * 1024;
/// Most time that an assertion lives: it is remembered for so long, because it works once.
const LIFETIME_MAX: Millis = 5 * MINUTE;
/// The time by which a client's clock may be off.
const SKEW: Millis = MINUTE;

/// The claims. Times are Unix seconds, and may have fractions (RFC 7519 §2).
#[derive(Clone, Debug, Deserialize)]
pub struct AssertionClaims {
    /// The client.
    pub iss: String,
    /// The client.
    pub sub: String,
    /// For whom it is meant.
    pub aud: Audience,
    /// The moment when it ends.
    pub exp: f64,
    /// Before that it does not count.
    pub nbf: Option<f64>,
    /// The moment when it was made.
    pub iat: Option<f64>,
    /// Names it.
    pub jti: Option<String>,
}

/// One or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

/// The reason why an assertion proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssertionError {
    /// Another client, or none.
    #[error("iss and sub of the assertion must both be the client ID")]
    Client,
    /// Meant for another server.
    #[error("aud of the assertion must be the issuer or the token endpoint")]
    Audience,
    /// Over.
    #[error("the assertion has expired")]
    Expired,
    /// Not yet.
    #[error("the assertion does not count yet")]
    Early,
    /// For too long.
    #[error("the assertion may live 5 minutes at most")]
    Long,
}

impl AssertionClaims {
    /// Says if a client proves itself to this server with these claims, now. Gives when they end, in Unix milliseconds.
    /// `audiences` are this server's names.
    ///
    /// # Errors
    /// [`AssertionError`] for the first thing that is wrong.
    pub fn check(&self, client_id: &str, audiences: &[&str], now: Millis) -> Result<Millis, AssertionError> {
        if self.iss != client_id || self.sub != client_id {
            return Err(AssertionError::Client);
        }
        let meant = match &self.aud {
            Audience::One(audience) => audiences.contains(&audience.as_str()),
            Audience::Several(several) => several.iter().any(|one| audiences.contains(&one.as_str())),
        };
        if !meant {
            return Err(AssertionError::Audience);
        }
        let ends = millis(self.exp);
        if ends + SKEW <= now {
            return Err(AssertionError::Expired);
        }
        let begins = self.iat.map_or(now, |at| millis(at).min(now));
        if ends > begins + LIFETIME_MAX + SKEW {
            return Err(AssertionError::Long);
        }
        let early = |at: Option<f64>| at.is_some_and(|at| millis(at) > now + SKEW);
        if early(self.nbf) || early(self.iat) {
            return Err(AssertionError::Early);
        }
        Ok(ends + SKEW)
    }

    /// The name of an assertion among those of its client: `jti`, else what was signed. Not the signature: some can be
    /// written in two ways.
    pub fn name(&self, assertion: &str) -> String {
        match &self.jti {
            Some(jti) => format!("jti {jti}"),
            None => format!("jwt {}", assertion.rsplit_once('.').map_or(assertion, |(signed, _)| signed)),
        }
    }
}

/// Seconds of somebody else's making, as milliseconds.
#[expect(
    clippy::cast_possible_truncation,
    reason = "casting saturates, and no time at all becomes the beginning"
)]
fn millis(seconds: f64) -> Millis {
    let bound = 1e12;
    (seconds.clamp(-bound, bound) * SECOND as f64) as Millis
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Millis = 1_000_000 * SECOND;

    fn claims(change: impl FnOnce(&mut AssertionClaims)) -> AssertionClaims {
        let mut claims = AssertionClaims {
            iss: "app_1".to_owned(),
            sub: "app_1".to_owned(),
            aud: Audience::One("https://gate.example".to_owned()),
            exp: 1_000_060.0,
            nbf: None,
            iat: None,
            jti: Some("1".to_owned()),
        };
        change(&mut claims);
        claims
    }

    #[test]
    fn each_claim_counts() {
        let check = |change: fn(&mut AssertionClaims)| {
            claims(change).check("app_1", &["https://gate.example", "https://gate.example/oauth/token"], NOW)
        };
        assert_eq!(check(|_| {}), Ok(NOW + 120 * SECOND));
        let several = |claims: &mut AssertionClaims| {
            claims.aud =
                Audience::Several(vec!["x".to_owned(), "https://gate.example/oauth/token".to_owned()]);
        };
        assert!(check(several).is_ok());
        assert_eq!(check(|claims| claims.iss = "app_2".to_owned()), Err(AssertionError::Client));
        assert_eq!(check(|claims| claims.sub = "usr_1".to_owned()), Err(AssertionError::Client));
        let slash =
            |claims: &mut AssertionClaims| claims.aud = Audience::One("https://gate.example/".to_owned());
        assert_eq!(check(slash), Err(AssertionError::Audience));
        assert_eq!(check(|claims| claims.aud = Audience::Several(vec![])), Err(AssertionError::Audience));
        assert_eq!(check(|claims| claims.exp = 999_940.0), Err(AssertionError::Expired));
        assert_eq!(check(|claims| claims.exp = f64::NAN), Err(AssertionError::Expired));
        assert_eq!(check(|claims| claims.exp = f64::INFINITY), Err(AssertionError::Long));
        assert!(
            check(|claims| claims.exp = 1_000_360.0).is_ok(),
            "5 minutes, and a clock that is a minute off"
        );
        assert_eq!(check(|claims| claims.exp = 1_000_361.0), Err(AssertionError::Long));
        let old = |claims: &mut AssertionClaims| claims.iat = Some(999_700.0);
        assert!(check(old).is_ok());
        let older = |claims: &mut AssertionClaims| claims.iat = Some(999_699.0);
        assert_eq!(check(older), Err(AssertionError::Long));
        assert_eq!(check(|claims| claims.nbf = Some(1_000_061.0)), Err(AssertionError::Early));
        assert_eq!(check(|claims| claims.iat = Some(2e9)), Err(AssertionError::Early));
    }

    #[test]
    fn another_signature_is_the_same_assertion() {
        let unnamed = claims(|claims| claims.jti = None);
        assert_eq!(unnamed.name("a.b.c"), unnamed.name("a.b.d"));
        assert_ne!(unnamed.name("a.b.c"), unnamed.name("a.x.c"));
    }
}
