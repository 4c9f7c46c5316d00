//! ES256 keys that sign access tokens (RFC 7518 §3.4).

use std::sync::Arc;

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header,
    jwk::{Jwk, PublicKeyUse, ThumbprintHash},
};
use serde::Serialize;
use zeroize::Zeroizing;

use super::CryptoError;
use crate::clock::Millis;

/// The signature of access tokens.
pub(super) const ALGORITHM: Algorithm = Algorithm::ES256;

/// A key pair, ready to sign and to verify.
#[derive(Clone)]
pub struct SigningKey {
    /// Names the key in the `kid` header of tokens: its thumbprint (RFC 7638).
    pub kid: String,
    /// The public half, as the JWK Set publishes it (RFC 7517, RFC 7518 §6.2.1).
    pub public: Jwk,
    /// Signs tokens that are issued from this moment on, until another key takes over.
    pub signs_from: Millis,
    pair: Arc<EcdsaKeyPair>,
    pub(super) decoding: DecodingKey,
}

impl SigningKey {
    /// A new private key as PKCS#8, to be sealed and stored. `jsonwebtoken` makes no keys.
    ///
    /// # Errors
    /// [`CryptoError::Key`] when no key could be made.
    pub fn generate_pkcs8() -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
            .map_err(|_| CryptoError::Key)?;
        Ok(Zeroizing::new(document.as_ref().to_vec()))
    }

    /// Loads a private key from PKCS#8, to sign from the beginning of time.
    ///
    /// # Errors
    /// [`CryptoError::Key`] when it is not a P-256 key.
    pub fn from_pkcs8(pkcs8: &[u8]) -> Result<Self, CryptoError> {
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)
            .map_err(|_| CryptoError::Key)?;
        let encoding = EncodingKey::from_ec_der(pkcs8);
        let mut public = Jwk::from_encoding_key(&encoding, ALGORITHM).map_err(|_| CryptoError::Key)?;
        let kid = public.thumbprint(ThumbprintHash::SHA256).map_err(|_| CryptoError::Key)?;
        public.common.key_id = Some(kid.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        let decoding = DecodingKey::from_jwk(&public).map_err(|_| CryptoError::Key)?;
        Ok(Self { kid, public, signs_from: 0, pair: Arc::new(pair), decoding })
    }

    /// The same key, to sign from a moment on.
    pub fn signing_from(self, signs_from: Millis) -> Self {
        Self { signs_from, ..self }
    }

    /// Signs claims: a JWS in compact form (RFC 7515 §7.1). `jsonwebtoken` would read the key anew for each, which takes
    /// as long as the signature.
    ///
    /// # Errors
    /// [`CryptoError::Sign`] when they cannot be written as JSON, or the key cannot sign.
    pub(super) fn sign(&self, header: &Header, claims: &impl Serialize) -> Result<String, CryptoError> {
        let part = |json: serde_json::Result<Vec<u8>>| {
            json.map(|json| URL_SAFE_NO_PAD.encode(json)).map_err(|_| CryptoError::Sign)
        };
        let mut token = part(serde_json::to_vec(header))?;
        token.push('.');
        token.push_str(&part(serde_json::to_vec(claims))?);
        let signature =
            self.pair.sign(&SystemRandom::new(), token.as_bytes()).map_err(|_| CryptoError::Sign)?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature.as_ref(), &mut token);
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use serde_json::json;

    use super::*;

    const PKCS8: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgHrQ/6kfo4uMBPLUNeD4rhPIH2vSc+B5xH2Osg9xkPTahRANCAAQm\
        u/cJRlKJwr8/hUORioSDgcR9Xsf1QDaWnxd5uJQ0pRcVjQtF3eg3O5N5WnupihSCCJkUl9tSjqc1OEafM+AD";
    const KID: &str = "T4URHAl0Rx2jLgZwXjPwMQm9sl7vRx3ifVlWfX2tnls";

    /// Keys in databases are found by this name: it must never change.
    #[test]
    fn a_stored_key_keeps_its_name_and_shows_its_public_half_only() {
        let pkcs8 = STANDARD.decode(PKCS8).unwrap();
        let key = SigningKey::from_pkcs8(&pkcs8).unwrap();
        assert_eq!(key.kid, KID);
        let public = json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": KID,
            "x": "Jrv3CUZSicK_P4VDkYqEg4HEfV7H9UA2lp8XebiUNKU",
            "y": "FxWNC0Xd6Dc7k3lae6mKFIIImRSX21KOpzU4Rp8z4AM",
        });
        assert_eq!(serde_json::to_value(&key.public).unwrap(), public);
        assert!(SigningKey::from_pkcs8(&pkcs8[1..]).is_err());
        assert!(SigningKey::from_pkcs8(&[]).is_err());
    }
}
