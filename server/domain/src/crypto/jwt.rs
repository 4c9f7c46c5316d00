//! Access tokens: JWTs in the profile of RFC 9068.

use std::sync::{Arc, PoisonError, RwLock};

use jsonwebtoken::{Header, Validation, jwk::JwkSet};
use serde::{Deserialize, Serialize};
use types::id::{ClientId, GrantId};

use super::{
    CryptoError,
    signing_key::{ALGORITHM, SigningKey},
};
use crate::clock::SECOND;

/// The `typ` of an access token (RFC 9068 §2.1).
pub const ACCESS_TOKEN_TYPE: &str = "at+jwt";

/// The reason why the header of a JWT is not read any further. The words complete «The token …».
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// There is none that could be read.
    #[error("is no JWT")]
    Unreadable,
    /// It demands an extension, and this server knows none.
    #[error("has a critical header (crit) that this server does not know")]
    Critical,
}

/// The header of a JWT that demands nothing that this server does not know (RFC 7515 §4.1.11).
///
/// # Errors
/// [`HeaderError`] for anything else.
pub fn header(token: &str) -> Result<Header, HeaderError> {
    let header = jsonwebtoken::decode_header(token).map_err(|_| HeaderError::Unreadable)?;
    if header.crit.is_some() { Err(HeaderError::Critical) } else { Ok(header) }
}

/// The claims of an access token (RFC 9068 §2.2). Times are Unix seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessClaims {
    /// The issuer.
    pub iss: String,
    /// The user.
    pub sub: String,
    /// The resources that the token opens.
    pub aud: Vec<String>,
    /// The client.
    pub client_id: ClientId,
    /// Names this token.
    pub jti: String,
    /// The moment when it was issued.
    pub iat: i64,
    /// The moment when it ends.
    pub exp: i64,
    /// The scopes that it was issued for, for people who read tokens; the grant decides.
    pub scope: String,
    /// The grant that decides what the token may do at the moment of a call.
    pub grant: GrantId,
    /// Present when the client asked for less than the grant: then `scope` is a ceiling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub narrowed: Option<bool>,
}

/// The keys that sign and verify access tokens; others may take their place while the server runs.
pub struct KeyRing(RwLock<Arc<[SigningKey]>>);

impl KeyRing {
    /// A ring of keys, the one that signs last of all first.
    ///
    /// # Errors
    /// [`CryptoError::Key`] when there is none.
    pub fn new(keys: Vec<SigningKey>) -> Result<Self, CryptoError> {
        if keys.is_empty() { Err(CryptoError::Key) } else { Ok(Self(RwLock::new(keys.into()))) }
    }

    /// Puts other keys in the place of all, in the order of [`KeyRing::new`].
    ///
    /// # Errors
    /// [`CryptoError::Key`] when there is none: then the ring stays as it is.
    pub fn replace(&self, keys: Vec<SigningKey>) -> Result<(), CryptoError> {
        if keys.is_empty() {
            return Err(CryptoError::Key);
        }
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = keys.into();
        Ok(())
    }

    /// The keys as they are now.
    pub fn keys(&self) -> Arc<[SigningKey]> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The JWK Set that is published: the keys that will sign and those that have signed, too.
    pub fn public(&self) -> JwkSet {
        JwkSet { keys: self.keys().iter().map(|key| key.public.clone()).collect() }
    }

    /// Signs an access token, with the key whose turn it is when the token is issued.
    ///
    /// # Errors
    /// [`CryptoError::Sign`] when the key cannot sign.
    pub fn sign(&self, claims: &AccessClaims) -> Result<String, CryptoError> {
        let keys = self.keys();
        let issued_at = claims.iat.saturating_mul(SECOND);
        let current = keys.iter().find(|key| key.signs_from <= issued_at);
        let key = current.or(keys.last()).ok_or(CryptoError::Key)?;
        let header = Header {
            typ: Some(ACCESS_TOKEN_TYPE.to_owned()),
            alg: ALGORITHM,
            kid: Some(key.kid.clone()),
            ..Header::default()
        };
        key.sign(&header, claims)
    }

    /// Says if the key of this name is in the ring.
    pub fn has(&self, kid: &str) -> bool {
        self.keys().iter().any(|key| key.kid == kid)
    }

    /// The name of the key that a token says signed it.
    pub fn kid_of(token: &str) -> Option<String> {
        jsonwebtoken::decode_header(token).ok()?.kid
    }

    /// The claims of a token that one of the keys signed, whatever its age: the caller compares `exp` with its clock.
    /// `None` when it is no access token of this issuer.
    pub fn verify(&self, token: &str, issuer: &str) -> Option<AccessClaims> {
        let header = header(token).ok()?;
        if header.typ.as_deref() != Some(ACCESS_TOKEN_TYPE) {
            return None;
        }
        let keys = self.keys();
        let key = keys.iter().find(|key| Some(&key.kid) == header.kid.as_ref())?;
        let mut validation = Validation::new(ALGORITHM);
        // The library would compare with the machine's clock.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.set_issuer(&[issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        Some(jsonwebtoken::decode(token, &key.decoding, &validation).ok()?.claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> SigningKey {
        SigningKey::from_pkcs8(&SigningKey::generate_pkcs8().unwrap()).unwrap()
    }

    fn ring() -> KeyRing {
        KeyRing::new(vec![key()]).unwrap()
    }

    fn claims() -> AccessClaims {
        AccessClaims {
            iss: "https://issuer.example".into(),
            sub: "usr_1".into(),
            aud: vec!["https://issuer.example/mcp".into()],
            client_id: "c".parse().unwrap(),
            jti: "j".into(),
            iat: 1,
            exp: 2,
            scope: "mcp:read".into(),
            grant: "grt_1".parse().unwrap(),
            narrowed: None,
        }
    }

    #[test]
    fn a_signed_token_verifies_and_a_changed_or_foreign_one_does_not() {
        let ring = ring();
        let token = ring.sign(&claims()).unwrap();
        assert_eq!(ring.verify(&token, "https://issuer.example"), Some(claims()));
        assert_eq!(ring.verify(&token, "https://other.example"), None);
        assert_eq!(self::ring().verify(&token, "https://issuer.example"), None);
        let (head, signature) = token.rsplit_once('.').unwrap();
        assert_eq!(
            ring.verify(&format!("{head}.{}", signature.to_lowercase()), "https://issuer.example"),
            None
        );
        for garbage in ["", ".", "..", "a.b.c", "eyJhbGciOiJub25lIn0.e30."] {
            assert_eq!(ring.verify(garbage, "https://issuer.example"), None);
        }
    }

    #[test]
    fn another_kind_of_jwt_is_no_access_token() {
        let ring = ring();
        let key = &ring.keys()[0];
        let header = Header { kid: Some(key.kid.clone()), alg: ALGORITHM, ..Header::default() };
        let token = key.sign(&header, &claims()).unwrap();
        assert_eq!(ring.verify(&token, "https://issuer.example"), None);
    }

    #[test]
    fn n12_a_token_that_demands_what_nobody_here_knows_is_none() {
        let ring = ring();
        let key = &ring.keys()[0];
        let sign = |crit: Option<Vec<String>>| {
            let header = Header {
                typ: Some(ACCESS_TOKEN_TYPE.to_owned()),
                kid: Some(key.kid.clone()),
                alg: ALGORITHM,
                crit,
                ..Header::default()
            };
            key.sign(&header, &claims()).unwrap()
        };
        assert!(ring.verify(&sign(None), "https://issuer.example").is_some());
        for crit in [vec![], vec!["exp".to_owned()], vec!["b64".to_owned(), "x".to_owned()]] {
            assert_eq!(ring.verify(&sign(Some(crit.clone())), "https://issuer.example"), None, "{crit:?}");
        }
    }

    #[test]
    fn the_newest_key_signs_whose_time_has_come() {
        let (old, new, waiting) = (key(), key().signing_from(100 * SECOND), key().signing_from(200 * SECOND));
        let kids = [&old, &new, &waiting].map(|key| key.kid.clone());
        let ring = KeyRing::new(vec![waiting, new, old]).unwrap();
        for (iat, expected) in [(-1, 0), (1, 0), (99, 0), (100, 1), (199, 1), (200, 2), (i64::MAX, 2)] {
            let token = ring.sign(&AccessClaims { iat, ..claims() }).unwrap();
            let kid = jsonwebtoken::decode_header(&token).unwrap().kid.unwrap();
            assert_eq!(kid, kids[expected], "{iat}");
            assert!(ring.verify(&token, "https://issuer.example").is_some());
        }
        assert!(ring.replace(Vec::new()).is_err());
        assert_eq!(ring.public().keys.len(), 3, "a ring is never without keys");
        ring.replace(vec![key()]).unwrap();
        assert_eq!(ring.public().keys.len(), 1);
    }
}
