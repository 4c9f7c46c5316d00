//! Things that clients publish about themselves on the web: client ID metadata documents, and keys.

pub(crate) mod administration;
pub mod documents;
pub mod jwks_cache;
pub mod stored;
#[cfg(not(feature = "tables"))]
mod tables;
#[cfg(feature = "tables")]
pub mod tables;
pub mod way_out;

use std::sync::Arc;

use crate::{
    fetch::{FetchClient, FetchError, Fetched},
    rate_limit::{RateLimits, TooMany},
};

/// Fetches what clients publish, no more often from one host than its owner can bear.
pub struct Fetcher {
    client: FetchClient,
    limits: Arc<RateLimits>,
}

/// The reason why something that a client publishes could not be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// It was asked for too often.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// The request failed.
    #[error(transparent)]
    Fetch(#[from] FetchError),
}

impl Fetcher {
    /// Fetches with `client`, as often from a host as `limits` allow.
    pub const fn new(client: FetchClient, limits: Arc<RateLimits>) -> Self {
        Self { client, limits }
    }

    /// A client ID document.
    async fn document(&self, url: &str, max: usize) -> Result<Fetched, Unavailable> {
        self.limits.documents_of_host.take(&host_of(url))?;
        Ok(self.client.json(url, max).await?)
    }

    /// A logo.
    async fn logo(&self, url: &str, max: usize) -> Result<Fetched, Unavailable> {
        self.limits.documents_of_host.take(&host_of(url))?;
        Ok(self.client.image(url, max).await?)
    }

    /// A JWK Set. Strangers can make the server fetch one: documents of the same host have a limit of their own.
    async fn keys(&self, url: &str, max: usize) -> Result<Fetched, Unavailable> {
        self.limits.keys_of_host.take(&host_of(url))?;
        Ok(self.client.json(url, max).await?)
    }
}

/// The host of a URL, which limits count together.
fn host_of(url: &str) -> String {
    url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}
