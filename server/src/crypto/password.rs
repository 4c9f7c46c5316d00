//! Passwords: argon2id, off the async threads.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString},
};

use tokio::sync::Semaphore;

use super::{CryptoError, random};
use crate::error::Result;

/// Hashes and verifies passwords with one set of parameters.
#[derive(Clone)]
pub struct PasswordHasher {
    argon2: Argon2<'static>,
    /// How many hashes are worked on at once: each takes memory, and anybody may ask for one.
    turns: Arc<Semaphore>,
    /// Verified against when there is no such account, so that both cases take the same time.
    decoy: Arc<str>,
    /// See [`work`](Self::work).
    work: Arc<AtomicU64>,
}

impl PasswordHasher {
    /// The parameters that OWASP recommends for argon2id: 19 MiB, two passes, one lane.
    ///
    /// # Errors
    /// When the decoy cannot be hashed.
    pub fn recommended() -> Result<Self> {
        Self::with_cost(19 * 1024, 2)
    }

    /// Other parameters: memory in KiB, and passes. Tests use the least there is.
    ///
    /// # Errors
    /// When argon2 refuses the parameters.
    pub fn with_cost(memory_kib: u32, passes: u32) -> Result<Self> {
        let params = Params::new(memory_kib, passes, 1, None).map_err(|_| CryptoError::PasswordHash)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let decoy = hash_with(&argon2, "nobody has this password")?.into();
        let turns = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Ok(Self { argon2, turns: Arc::new(Semaphore::new(turns)), decoy, work: Arc::default() })
    }

    /// The hash to store, in PHC format.
    ///
    /// # Errors
    /// When argon2 fails or the task is cancelled.
    pub async fn hash(&self, password: String) -> Result<String> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.expect("the semaphore is never closed");
        let argon2 = self.argon2.clone();
        let hash = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            hash_with(&argon2, &password)
        });
        Ok(hash.await??)
    }

    /// Whether the password belongs to the stored hash. Without a stored hash the answer is no, after as much work.
    ///
    /// # Errors
    /// When the stored hash is damaged or the task is cancelled.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<bool> {
        let turn = Arc::clone(&self.turns).acquire_owned().await.expect("the semaphore is never closed");
        let argon2 = self.argon2.clone();
        let known = stored.is_some();
        let hash = stored.unwrap_or_else(|| self.decoy.to_string());
        let work = Arc::clone(&self.work);
        tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let parsed = PasswordHash::new(&hash).map_err(|_| CryptoError::PasswordHash)?;
            // Those of the stored hash are used, whatever new hashes are made with.
            let params = Params::try_from(&parsed).map_err(|_| CryptoError::PasswordHash)?;
            let matches = argon2.verify_password(password.as_bytes(), &parsed).is_ok();
            work.fetch_add(u64::from(params.m_cost()) * u64::from(params.t_cost()), Ordering::Relaxed);
            Ok(matches && known)
        })
        .await?
    }

    /// What all verifications so far have cost: memory in KiB times passes, summed up. An attempt to sign in costs the
    /// same whether the account exists or not, or its time would tell.
    pub fn work(&self) -> u64 {
        self.work.load(Ordering::Relaxed)
    }
}

fn hash_with(argon2: &Argon2<'_>, password: &str) -> Result<String, CryptoError> {
    let salt = SaltString::encode_b64(&random::bytes::<16>()).map_err(|_| CryptoError::PasswordHash)?;
    let hash = argon2.hash_password(password.as_bytes(), &salt).map_err(|_| CryptoError::PasswordHash)?;
    Ok(hash.to_string())
}
