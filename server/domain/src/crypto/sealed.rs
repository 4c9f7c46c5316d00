//! Sealed values: XChaCha20-Poly1305 under a key, bound to a purpose.

use std::fmt;

use aws_lc_rs::hkdf;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use zeroize::Zeroizing;

use super::{CryptoError, random};

const NONCE_LENGTH: usize = 24;

/// A 256-bit key that seals values. Never printed.
#[derive(Clone)]
pub struct SealingKey(Zeroizing<[u8; 32]>);

impl SealingKey {
    /// A new random key.
    pub fn generate() -> Self {
        Self(Zeroizing::new(random::bytes()))
    }

    /// Reads a key from its text form, 43 characters of base64url; surrounding white space is ignored.
    ///
    /// # Errors
    /// [`CryptoError::Key`] when the text is anything else.
    pub fn parse(text: &str) -> Result<Self, CryptoError> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text.trim()).map_err(|_| CryptoError::Key)?);
        let key = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| CryptoError::Key)?;
        Ok(Self(Zeroizing::new(key)))
    }

    /// The text form of the key, for the key file.
    pub fn expose(&self) -> Zeroizing<String> {
        Zeroizing::new(URL_SAFE_NO_PAD.encode(*self.0))
    }

    /// A key that only the holder of `secret` can derive. The secret must have high entropy.
    pub fn from_secret(secret: &str, purpose: &str) -> Self {
        Self(derive(secret.as_bytes(), purpose))
    }

    /// A key for something else. Whoever has this key derives the same one.
    pub fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        derive(self.0.as_slice(), purpose)
    }

    /// Seals a value. Opening it needs the same `context`.
    pub fn seal(&self, plain: &[u8], context: &str) -> String {
        let nonce = random::bytes::<NONCE_LENGTH>();
        let sealed = XChaCha20Poly1305::new(self.0.as_slice().into())
            .encrypt(XNonce::from_slice(&nonce), Payload { msg: plain, aad: context.as_bytes() })
            .expect("values in memory are within the cipher's bounds");
        URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat())
    }

    /// Opens a sealed value.
    ///
    /// # Errors
    /// [`CryptoError::Unseal`] when key, context or value are not those of the sealing.
    pub fn open(&self, sealed: &str, context: &str) -> Result<Zeroizing<Vec<u8>>, CryptoError> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| CryptoError::Unseal)?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LENGTH).ok_or(CryptoError::Unseal)?;
        XChaCha20Poly1305::new(self.0.as_slice().into())
            .decrypt(XNonce::from_slice(nonce), Payload { msg: sealed, aad: context.as_bytes() })
            .map(Zeroizing::new)
            .map_err(|_| CryptoError::Unseal)
    }
}

/// HKDF-SHA-256 (RFC 5869).
fn derive(secret: &[u8], purpose: &str) -> Zeroizing<[u8; 32]> {
    struct KeyLength;
    impl hkdf::KeyType for KeyLength {
        fn len(&self) -> usize {
            32
        }
    }
    let mut key = Zeroizing::new([0; 32]);
    hkdf::Salt::new(hkdf::HKDF_SHA256, b"gatepass")
        .extract(secret)
        .expand(&[purpose.as_bytes()], KeyLength)
        .and_then(|okm| okm.fill(key.as_mut_slice()))
        .expect("32 bytes are within HKDF's bounds");
    key
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_key_and_context_open_a_value() {
        let key = SealingKey::generate();
        let sealed = key.seal(b"value", "purpose");
        assert_eq!(key.open(&sealed, "purpose").unwrap().as_slice(), b"value");
        assert!(key.open(&sealed, "other").is_err());
        assert!(SealingKey::generate().open(&sealed, "purpose").is_err());
        assert!(key.open(&sealed[..20], "purpose").is_err());
        assert!(key.open("", "purpose").is_err());
    }

    #[test]
    fn derived_keys_are_the_same_for_the_same_key_and_purpose_only() {
        let key = SealingKey::generate();
        assert_eq!(key.derive("purpose"), SealingKey::parse(&key.expose()).unwrap().derive("purpose"));
        assert_ne!(key.derive("purpose"), key.derive("other"));
        assert_ne!(key.derive("purpose"), SealingKey::generate().derive("purpose"));
        assert_ne!(key.derive("purpose"), key.0);
    }

    #[test]
    fn a_key_survives_its_text() {
        let key = SealingKey::generate();
        let again = SealingKey::parse(&format!("{}\n", key.expose().as_str())).unwrap();
        assert!(again.open(&key.seal(b"x", ""), "").is_ok());
        assert!(SealingKey::parse("short").is_err());
    }
}
