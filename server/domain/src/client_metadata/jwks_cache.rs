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
    fetch::FetchError,
    oauth::client::KeySource,
    rate_limit::TooMany,
};

/// Largest JWK Set that is fetched, in bytes.
const SET_MAX: usize = 64 * 1024;
/// JwksCache are kept for at least so long, except when one is missing …
const KEPT_MIN: Millis = 5 * MINUTE;
/// … and at most so long.
const KEPT_MAX: Millis = DAY;
/// The time after which keys may be fetched again because one is missing, or there were none.
const AGAIN: Millis = MINUTE;
/// The time after their fetch for which keys are taken for those of the client while they cannot be fetched again.
pub const STALE_MAX: Millis = DAY;
/// Number of sets that are remembered.
const SETS_MAX: u64 = 1_000;

/// The reason why a signature could not be checked, or proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No key of the client made it.
    #[error("no key of this client made this signature")]
    NotSigned,
    /// Whoever made it: it demands what this server does not know.
    #[error("the assertion {0}")]
    Critical(HeaderError),
    /// No set of keys stands at the address.
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

/// The find at an address. Times are the monotonic clock's.
#[derive(Clone)]
struct Kept {
    /// The keys that were fetched last, and when.
    keys: Option<(Arc<KeySet>, Millis)>,
    /// The reason why the last fetch brought none.
    failure: Option<KeyError>,
    tried_at: Millis,
    fresh_until: Millis,
}

impl Kept {
    /// Draws the consequence of a failure: keys that were good before stay for a while if it says nothing of them.
    fn after(failure: KeyError, before: Option<Self>, now: Millis) -> Self {
        let says_nothing = match &failure {
            KeyError::Fetch(error) => error.may_pass(),
            KeyError::TooMany(_) => true,
            KeyError::NotSigned | KeyError::Critical(_) | KeyError::Set(_) => false,
        };
        let keys = before.and_then(|before| before.keys).filter(|_| says_nothing);
        // A failure is remembered for a moment: who asks again at once gets the same answer, and asks nobody.
        Self { keys, failure: Some(failure), tried_at: now, fresh_until: now + AGAIN }
    }

    /// The claims of a token that one of the keys signed; `Ok(None)` when it names a key that is not among them.
    fn verify<T: DeserializeOwned>(&self, token: &str, now: Millis) -> Result<Option<T>, KeyError> {
        let stale = self.failure.is_some();
        let serving = self.keys.as_ref().filter(|(_, fetched_at)| !stale || fetched_at + STALE_MAX > now);
        match (serving, &self.failure) {
            (Some((keys, _)), failure) => match (keys.verify(token), failure) {
                (Ok(claims), _) => Ok(Some(claims)),
                // Perhaps it is among those that cannot be fetched.
                (Err(Unverified::UnknownKey), Some(failure)) => Err(failure.clone()),
                (Err(Unverified::UnknownKey), None) => Ok(None),
                (Err(_), _) => Err(KeyError::NotSigned),
            },
            (None, Some(failure)) => Err(failure.clone()),
            (None, None) => Ok(None),
        }
    }
}

/// The keys of clients.
#[derive(Clone)]
pub struct JwksCache {
    fetcher: Arc<Fetcher>,
    clock: Arc<dyn Clock>,
    kept: Cache<String, Kept>,
}

impl JwksCache {
    /// JwksCache that `fetcher` gets; none are known yet.
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
        let before = self.kept.get(uri);
        if let Some(kept) = before.as_ref().filter(|kept| kept.fresh_until > now) {
            match kept.verify(token, now)? {
                Some(claims) => return Ok(claims),
                // The client may have a new key since.
                None if kept.tried_at + AGAIN <= now => {}
                None => return Err(KeyError::NotSigned),
            }
        }
        let limits = &self.fetcher.limits;
        limits.keys_of_address.take_known(limits.network(address).as_deref()).map_err(KeyError::TooMany)?;
        let kept = match self.fetch(uri).await {
            Ok((keys, max_age)) => Kept {
                keys: Some((keys, now)),
                failure: None,
                tried_at: now,
                fresh_until: now + max_age.clamp(KEPT_MIN, KEPT_MAX),
            },
            Err(failure) => Kept::after(failure, before, now),
        };
        self.kept.insert(uri.to_owned(), kept.clone());
        kept.verify(token, now)?.ok_or(KeyError::NotSigned)
    }

    async fn fetch(&self, uri: &str) -> Result<(Arc<KeySet>, Millis), KeyError> {
        let fetched = self.fetcher.keys(uri, SET_MAX).await?;
        let set: Value = serde_json::from_slice(&fetched.body).unwrap_or_default();
        let keys = KeySet::parse(&set).map_err(KeyError::Set)?;
        Ok((Arc::new(keys), fetched.max_age))
    }
}
