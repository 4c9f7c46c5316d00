//! Access tokens: JWTs in the profile of RFC 9068.

use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};

use super::{
    CryptoError,
    signing_key::{PublicJwk, SigningKey},
};

/// The `typ` of an access token (RFC 9068 §2.1).
pub const ACCESS_TOKEN_TYPE: &str = "at+jwt";

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
    pub client_id: String,
    /// Names this token.
    pub jti: String,
    /// When it was issued.
    pub iat: i64,
    /// When it ends.
    pub exp: i64,
    /// What it was issued for, for people who read tokens; the grant decides.
    pub scope: String,
    /// The grant that decides what the token may do at the moment of a call.
    pub grant: String,
    /// Present when the client asked for less than the grant: then `scope` is a ceiling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub narrowed: Option<bool>,
}

/// The keys that sign and verify access tokens. The first one signs.
#[derive(Clone)]
pub struct KeyRing {
    keys: Vec<SigningKey>,
}

impl KeyRing {
    /// A ring of keys, newest first.
    ///
    /// # Errors
    /// [`CryptoError::Key`] when there is none.
    pub fn new(keys: Vec<SigningKey>) -> Result<Self, CryptoError> {
        if keys.is_empty() { Err(CryptoError::Key) } else { Ok(Self { keys }) }
    }

    /// The public keys, as the JWK Set publishes them.
    pub fn public(&self) -> impl Iterator<Item = &PublicJwk> {
        self.keys.iter().map(|key| &key.public)
    }

    /// Signs an access token.
    ///
    /// # Errors
    /// [`CryptoError::Sign`] when the key cannot sign.
    pub fn sign(&self, claims: &AccessClaims) -> Result<String, CryptoError> {
        let key = self.keys.first().ok_or(CryptoError::Key)?;
        let header = Header {
            typ: Some(ACCESS_TOKEN_TYPE.to_owned()),
            alg: Algorithm::ES256,
            kid: Some(key.public.kid.clone()),
            ..Header::default()
        };
        jsonwebtoken::encode(&header, claims, &key.encoding).map_err(|_| CryptoError::Sign)
    }

    /// The claims of a token that one of the keys signed, whatever its age: the caller compares `exp` with its clock.
    /// `None` when it is no access token of this issuer.
    pub fn verify(&self, token: &str, issuer: &str) -> Option<AccessClaims> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        if header.typ.as_deref() != Some(ACCESS_TOKEN_TYPE) {
            return None;
        }
        let key = self.keys.iter().find(|key| Some(&key.public.kid) == header.kid.as_ref())?;
        let mut validation = Validation::new(Algorithm::ES256);
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

    fn ring() -> KeyRing {
        KeyRing::new(vec![SigningKey::from_pkcs8(&SigningKey::generate_pkcs8().unwrap()).unwrap()]).unwrap()
    }

    fn claims() -> AccessClaims {
        AccessClaims {
            iss: "https://issuer.example".into(),
            sub: "usr_1".into(),
            aud: vec!["https://issuer.example/mcp".into()],
            client_id: "c".into(),
            jti: "j".into(),
            iat: 1,
            exp: 2,
            scope: "mcp:read".into(),
            grant: "grt_1".into(),
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
        let header =
            Header { kid: Some(ring.keys[0].public.kid.clone()), alg: Algorithm::ES256, ..Header::default() };
        let token = jsonwebtoken::encode(&header, &claims(), &ring.keys[0].encoding).unwrap();
        assert_eq!(ring.verify(&token, "https://issuer.example"), None);
    }
}
