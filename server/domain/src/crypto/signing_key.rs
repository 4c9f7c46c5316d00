//! ES256 keys that sign access tokens (RFC 7518 §3.4).

use aws_lc_rs::{
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde::Serialize;
use zeroize::Zeroizing;

use super::{CryptoError, secret::sha256};
use crate::clock::Millis;

/// The public half of a key as published in the JWK Set (RFC 7517, RFC 7518 §6.2.1).
#[derive(Clone, Debug, Serialize)]
pub struct PublicJwk {
    kty: &'static str,
    crv: &'static str,
    #[serde(rename = "use")]
    usage: &'static str,
    alg: &'static str,
    /// Names the key in the `kid` header of tokens: its thumbprint (RFC 7638).
    pub kid: String,
    x: String,
    y: String,
}

/// A key pair, ready to sign and to verify.
#[derive(Clone)]
pub struct SigningKey {
    /// The public half.
    pub public: PublicJwk,
    /// Signs tokens that are issued from this moment on, until another key takes over.
    pub signs_from: Millis,
    pub(super) encoding: EncodingKey,
    pub(super) decoding: DecodingKey,
}

impl SigningKey {
    /// A new private key as PKCS#8, to be sealed and stored.
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
        // An uncompressed point: 0x04, 32 bytes x, 32 bytes y.
        let point = pair.public_key().as_ref();
        let (x, y) = point.get(1..33).zip(point.get(33..65)).ok_or(CryptoError::Key)?;
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        let kid = sha256(format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#).as_bytes());
        let decoding = DecodingKey::from_ec_components(&x, &y).map_err(|_| CryptoError::Key)?;
        Ok(Self {
            public: PublicJwk { kty: "EC", crv: "P-256", usage: "sig", alg: "ES256", kid, x, y },
            signs_from: 0,
            encoding: EncodingKey::from_ec_der(pkcs8),
            decoding,
        })
    }

    /// The same key, to sign from a moment on.
    pub fn signing_from(self, signs_from: Millis) -> Self {
        Self { signs_from, ..self }
    }
}
