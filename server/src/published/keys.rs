//! The public keys of clients, with their registration or at an address of their own.

use std::sync::Arc;

use moka::sync::Cache;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Fetcher, Unavailable};
use crate::{
    clock::{Clock, DAY, MINUTE, Millis},
    crypto::{
        client_keys::{KeySet, KeySetError, Unverified},
        jwt::{HeaderError, header},
    },
    oauth::client::KeySource,
    outbound::FetchError,
    rate_limit::TooMany,
};

/// Largest JWK Set that is fetched, in bytes.
const SET_MAX: usize = 64 * 1024;
/// Keys are kept for at least so long, except when one is missing …
const KEPT_MIN: Millis = 5 * MINUTE;
/// … and at most so long.
const KEPT_MAX: Millis = DAY;
/// How soon keys may be fetched again because one is missing, or there were none.
const AGAIN: Millis = MINUTE;
/// How many sets are remembered.
const SETS_MAX: u64 = 1_000;

/// Why a signature could not be checked, or proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No key of the client made it.
    #[error("no key of this client made this signature")]
    NotSigned,
    /// Whoever made it: it demands what this server does not know.
    #[error("the assertion {0}")]
    Critical(HeaderError),
    /// What stands at the address is no set of keys.
    #[error("the document at jwks_uri {0}")]
    Set(KeySetError),
    /// The address cannot be reached.
    #[error("the document at jwks_uri {0}")]
    Fetch(FetchError),
    /// It was asked for too often.
    #[error(transparent)]
    TooMany(TooMany),
}

impl From<Unavailable> for KeyError {
    fn from(unavailable: Unavailable) -> Self {
        match unavailable {
            Unavailable::TooMany(too_many) => Self::TooMany(too_many),
            Unavailable::Fetch(error) => Self::Fetch(error),
        }
    }
}

/// What was found at an address: keys, or why there are none. Times are the monotonic clock's.
#[derive(Clone)]
struct Kept {
    keys: Result<Arc<KeySet>, KeyError>,
    fetched_at: Millis,
    fresh_until: Millis,
}

/// The keys of clients.
#[derive(Clone)]
pub struct Keys {
    fetcher: Arc<Fetcher>,
    clock: Arc<dyn Clock>,
    kept: Cache<String, Kept>,
}

impl Keys {
    /// Keys that `fetcher` gets; none are known yet.
    pub fn new(fetcher: Arc<Fetcher>, clock: Arc<dyn Clock>) -> Self {
        Self { fetcher, clock, kept: Cache::new(SETS_MAX) }
    }

    /// The claims of a token that a key of the client signed. `address` is where it came from: whoever sends it may make
    /// this server fetch the keys, but not without end.
    ///
    /// # Errors
    /// [`KeyError`] when none did, or its keys cannot be had.
    pub async fn verify<T: DeserializeOwned>(
        &self,
        source: &KeySource,
        token: &str,
        address: &str,
    ) -> Result<T, KeyError> {
        // Whoever signed it: nothing is fetched for that.
        if let Err(error @ HeaderError::Critical) = header(token) {
            return Err(KeyError::Critical(error));
        }
        let uri = match source {
            KeySource::Registered(keys) => {
                let set: Value = serde_json::from_str(keys).unwrap_or_default();
                let keys = KeySet::parse(&set).map_err(KeyError::Set)?;
                return keys.verify(token).map_err(|_| KeyError::NotSigned);
            }
            KeySource::At(uri) => uri,
        };
        let now = self.clock.monotonic();
        if let Some(kept) = self.kept.get(uri).filter(|kept| kept.fresh_until > now) {
            match kept.keys?.verify(token) {
                Ok(claims) => return Ok(claims),
                // The client may have a new key since.
                Err(Unverified::UnknownKey) if kept.fetched_at + AGAIN <= now => {}
                Err(_) => return Err(KeyError::NotSigned),
            }
        }
        let limits = &self.fetcher.limits;
        limits.keys_of_address.take_known(limits.network(address).as_deref()).map_err(KeyError::TooMany)?;
        let found = self.fetch(uri).await;
        let (keys, fresh_until) = match found {
            Ok((keys, max_age)) => (Ok(keys), now + max_age.clamp(KEPT_MIN, KEPT_MAX)),
            // A failure is remembered for a moment: who asks again at once gets the same answer, and asks nobody.
            Err(error) => (Err(error), now + AGAIN),
        };
        self.kept.insert(uri.to_owned(), Kept { keys: keys.clone(), fetched_at: now, fresh_until });
        keys?.verify(token).map_err(|_| KeyError::NotSigned)
    }

    async fn fetch(&self, uri: &str) -> Result<(Arc<KeySet>, Millis), KeyError> {
        let fetched = self.fetcher.keys(uri, SET_MAX).await?;
        let set: Value = serde_json::from_slice(&fetched.body).unwrap_or_default();
        let keys = KeySet::parse(&set).map_err(KeyError::Set)?;
        Ok((Arc::new(keys), fetched.max_age))
    }
}
