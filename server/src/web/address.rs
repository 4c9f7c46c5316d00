//! The origin of a request.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
};

use axum::extract::{ConnectInfo, FromRequestParts, Request};
use http::{HeaderMap, HeaderName, request::Parts};
use ipnet::IpNet;

use domain::config::Config;

/// The header that each proxy appends the address of its peer to.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The network address of whoever made the request, without a port; `unknown` where there is no connection, as in
/// tests.
#[derive(Clone, Debug)]
pub struct Address(pub String);

impl Address {
    /// The address of a request, as [`layer`] found it.
    pub fn of(parts: &Parts) -> Self {
        parts.extensions.get().cloned().unwrap_or_else(|| Self("unknown".to_owned()))
    }
}

/// Finds out where a request comes from, and leaves it in the request's extensions.
pub fn found(config: &Config, mut request: Request) -> Request {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    if let Some(peer) = peer {
        let address = behind_proxies(&config.options.trusted_proxies, peer, request.headers());
        request.extensions_mut().insert(Address(address.to_string()));
    }
    request
}

/// The first address, from the server's side, that is no trusted proxy. What stands before it in the header may be
/// forged, and so is the whole header when the peer itself is not trusted.
fn behind_proxies(trusted: &[IpNet], peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut nearest = peer.to_canonical();
    let values = headers.get_all(FORWARDED_FOR).iter().rev();
    let mut hops = values.flat_map(|value| value.to_str().unwrap_or_default().rsplit(','));
    while is_trusted(&nearest) {
        match hops.next().and_then(address_of_hop) {
            Some(further) => nearest = further,
            None => break,
        }
    }
    nearest
}

/// Some proxies add the port.
fn address_of_hop(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let address = hop.parse::<IpAddr>().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|hop| hop.ip()));
    address.map(|address| address.to_canonical())
}

impl<S: Sync> FromRequestParts<S> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(trusted: &[&str], peer: &str, forwarded: &[&str]) -> String {
        let trusted: Vec<IpNet> = trusted.iter().map(|network| network.parse().unwrap()).collect();
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, value.parse().unwrap());
        }
        behind_proxies(&trusted, peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let proxy = ["10.0.0.0/8"];
        for (trusted, peer, forwarded, address) in [
            (&[][..], "203.0.113.7", &["198.51.100.1"][..], "203.0.113.7"),
            (&proxy, "203.0.113.7", &["198.51.100.1"], "203.0.113.7"),
            (&proxy, "10.0.0.1", &[], "10.0.0.1"),
            (&proxy, "10.0.0.1", &["198.51.100.1"], "198.51.100.1"),
            (&proxy, "10.0.0.1", &["1.1.1.1, 198.51.100.1"], "198.51.100.1"),
            (&proxy, "10.0.0.1", &["1.1.1.1", "198.51.100.1 ,10.2.3.4"], "198.51.100.1"),
            (&proxy, "10.0.0.1", &["10.0.0.9"], "10.0.0.9"),
            (&proxy, "10.0.0.1", &["198.51.100.1:5000"], "198.51.100.1"),
            (&proxy, "10.0.0.1", &["[2001:db8::1]:5000"], "2001:db8::1"),
            (&proxy, "10.0.0.1", &["198.51.100.1, what"], "10.0.0.1"),
            (&proxy, "10.0.0.1", &["198.51.100.1,"], "10.0.0.1"),
            (&proxy, "::ffff:10.0.0.1", &["::ffff:198.51.100.1"], "198.51.100.1"),
        ] {
            assert_eq!(found(trusted, peer, forwarded), address, "{trusted:?} {peer} {forwarded:?}");
        }
    }
}
