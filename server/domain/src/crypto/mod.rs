//! Secrets, hashes, keys and tokens. Knows nothing of requests or rows.

pub mod client_keys;
pub mod id;
pub mod jwt;
pub mod mac;
pub mod password;
pub mod random;
pub mod sealed;
pub mod secret;
pub mod signing_key;

/// The reason why a cryptographic operation failed. Deliberately says little.
#[derive(Debug, thiserror::Error)]
pub enum CryptoError {
    /// A sealed value was made under another key or for another purpose.
    #[error("a sealed value does not open with this key")]
    Unseal,
    /// A key is damaged or of the wrong length.
    #[error("a key cannot be used")]
    Key,
    /// A token could not be signed.
    #[error("a token could not be signed")]
    Sign,
    /// A password hash is damaged.
    #[error("a password hash cannot be used")]
    PasswordHash,
    /// Too many passwords wait to be hashed already.
    #[error("too many passwords wait to be hashed")]
    Busy,
    /// The system gives no thread to hash passwords on.
    #[error("no thread for passwords: {0}")]
    Thread(#[source] std::io::Error),
}
