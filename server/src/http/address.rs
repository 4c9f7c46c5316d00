//! Where a request comes from.

use std::{convert::Infallible, net::SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use http::request::Parts;

/// The network address of the peer, without its port. Headers that a client could forge are not asked.
#[derive(Clone, Debug)]
pub struct Address(pub String);

impl Address {
    /// The address of a request; `unknown` where there is no connection, as in tests.
    pub fn of(parts: &Parts) -> Self {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Self(peer.map_or_else(
            || "unknown".to_owned(),
            |ConnectInfo(address)| address.ip().to_canonical().to_string(),
        ))
    }
}

impl<S: Sync> FromRequestParts<S> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}
