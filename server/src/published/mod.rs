//! What clients publish about themselves on the web: client ID metadata documents, and keys.

pub mod documents;
pub mod keys;

use std::sync::Arc;

use crate::{
    outbound::{FetchError, Fetched, Outbound},
    rate_limit::{RateLimits, TooMany},
};

/// Fetches what clients publish, no more often from one host than its owner can bear.
pub struct Fetcher {
    outbound: Outbound,
    limits: Arc<RateLimits>,
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
    /// Fetches with `outbound`, as often from a host as `limits` allow.
    pub const fn new(outbound: Outbound, limits: Arc<RateLimits>) -> Self {
        Self { outbound, limits }
    }

    async fn json(&self, url: &str, max: usize) -> Result<Fetched, Unavailable> {
        let host = url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
        self.limits.host.take(&host.unwrap_or_default())?;
        Ok(self.outbound.json(url, max).await?)
    }
}
