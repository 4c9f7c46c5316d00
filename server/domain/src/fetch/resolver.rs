//! From names to addresses that may be connected to.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::AddressPolicy;

/// Knows the addresses of names.
#[async_trait]
pub trait Resolver: Send + Sync + 'static {
    /// Every address of a name.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when there is no such name; any other kind when nobody could be asked.
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// Asks the system.
#[derive(Clone, Copy, Debug)]
pub struct SystemResolver;

#[async_trait]
impl Resolver for SystemResolver {
    async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((name, 0)).await.map_err(told)?;
        Ok(found.map(|address| address.ip()).collect())
    }
}

/// Codes of C libraries for a name that does not exist (`EAI_NONAME`): glibc, musl, those of BSD and macOS.
const NO_NAME: [&str; 3] =
    ["Name or service not known", "Name does not resolve", "nodename nor servname provided, or not known"];

/// The same error, of the kind [`io::ErrorKind::NotFound`] where it says that there is no such name. The standard library
/// keeps the code of `getaddrinfo` to itself. What is not understood counts as nobody having answered.
fn told(error: io::Error) -> io::Error {
    let words = error.to_string();
    let unknown = NO_NAME.iter().any(|sentence| words.ends_with(sentence));
    if unknown { io::Error::new(io::ErrorKind::NotFound, error) } else { error }
}

/// There is no such name.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("there is no such name")]
pub(super) struct UnknownName;

/// One of the addresses of a name is not public.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the name leads to an address that is not public")]
pub(super) struct NotPublic;

/// Gives the addresses of a name when all of them may be connected to: a name that leads inside and outside at once was
/// made for no honest reason.
pub(super) struct CheckedResolver {
    pub(super) names: Arc<dyn Resolver>,
    pub(super) policy: AddressPolicy,
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (names, policy) = (Arc::clone(&self.names), self.policy);
        Box::pin(async move {
            let addresses = match names.addresses(name.as_str()).await {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(UnknownName.into()),
                found => found?,
            };
            if addresses.iter().any(|&address| !policy.allows(address)) {
                return Err(NotPublic.into());
            }
            // The port is that of the URL.
            let checked: Addrs = Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(checked)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn n11_a_name_that_cannot_exist_is_told_from_a_resolver_that_does_not_answer() {
        // No resolver is asked for what is no name.
        let impossible = SystemResolver.addresses("-.invalid..").await.unwrap_err();
        assert_eq!(impossible.kind(), io::ErrorKind::NotFound, "{impossible}");
        let again = "failed to lookup address information: Temporary failure in name resolution";
        assert_ne!(told(io::Error::other(again)).kind(), io::ErrorKind::NotFound);
    }
}
