//! What clients publish about themselves on the web: client ID metadata documents, and keys.

pub mod documents;
pub mod keys;

use crate::{
    http::rate_limit::{RateLimiter, TooMany},
    outbound::{FetchError, Fetched, Outbound},
};

/// Fetches what clients publish, no more often from one host than its owner can bear.
pub struct Fetcher {
    outbound: Outbound,
    by_host: RateLimiter,
}

/// Why something that a client publishes could not be had.
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
    /// Fetches with `outbound`, as often from a host as `by_host` allows.
    pub const fn new(outbound: Outbound, by_host: RateLimiter) -> Self {
        Self { outbound, by_host }
    }

    async fn json(&self, url: &str, max: usize) -> Result<Fetched, Unavailable> {
        let host = url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
        self.by_host.take(&host.unwrap_or_default())?;
        Ok(self.outbound.json(url, max).await?)
    }
}
