//! The client for all requests that the server itself makes.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::Duration,
};

use http::{HeaderMap, HeaderValue, header};
use reqwest::{Certificate, Client, ClientBuilder, Proxy, redirect::Policy};
use url::{Host, Url};

use super::{
    Body, FetchError, FetchRequest, FetchResponse, Fetched,
    address::is_public,
    cache_control::max_age,
    resolver::{CheckedResolver, Resolver},
};

/// The time that a request may take, from the name's resolution to the last byte (`protocol.md` C5).
pub const TIMEOUT: Duration = Duration::from_secs(5);

/// The client for all requests that the server itself makes.
#[derive(Clone)]
pub struct FetchClient {
    /// `None` where the machine has no certificates to check servers with.
    client: Option<Client>,
    policy: AddressPolicy,
    /// Says if a proxy asks for the addresses of names.
    by_proxy: bool,
}

/// The addresses that requests may go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressPolicy {
    /// To public addresses only.
    Public,
    /// To this machine too, for development.
    PublicAndLoopback,
}

impl AddressPolicy {
    pub(super) fn allows(self, address: IpAddr) -> bool {
        is_public(address) || (self == Self::PublicAndLoopback && address.to_canonical().is_loopback())
    }
}

/// The proxy that requests go through. It may hold a password, so it does not show itself.
#[derive(Clone)]
pub struct OutboundProxy(Proxy);

impl OutboundProxy {
    /// Reads an http URL of a host, with a port and a user where it wants them; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok().filter(|url| url.scheme() == "http" && url.host().is_some())?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        Proxy::all(url).ok().filter(|_| bare).map(Self)
    }
}

impl fmt::Debug for OutboundProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OutboundProxy")
    }
}

impl FetchClient {
    /// A client that asks `names` for addresses. Servers are checked with the machine's certificates, or with `roots`
    /// where there are any.
    pub fn new(policy: AddressPolicy, names: Arc<dyn Resolver>, roots: Vec<Certificate>) -> Self {
        Self::with_timeout(policy, names, roots, TIMEOUT)
    }

    /// The same with another timeout.
    pub fn with_timeout(
        policy: AddressPolicy,
        names: Arc<dyn Resolver>,
        roots: Vec<Certificate>,
        timeout: Duration,
    ) -> Self {
        let builder = Client::builder().dns_resolver(CheckedResolver { names, policy }).no_proxy();
        Self::build(builder, policy, roots, timeout, false)
    }

    /// A client that reaches everything through an HTTP proxy (RFC 9110 §9.3.6, `CONNECT`), which sees host and port and
    /// nothing else: TLS ends here. The proxy asks for the addresses of names, so this client cannot check them: **the
    /// proxy has to refuse connections to addresses that are not public, its own machine and the network behind it
    /// included.** Addresses that stand in the URL itself, and `localhost`, are refused here as without a proxy.
    pub fn by_proxy(
        policy: AddressPolicy,
        OutboundProxy(proxy): OutboundProxy,
        roots: Vec<Certificate>,
    ) -> Self {
        Self::build(Client::builder().no_proxy().proxy(proxy), policy, roots, TIMEOUT, true)
    }

    fn build(
        builder: ClientBuilder,
        policy: AddressPolicy,
        roots: Vec<Certificate>,
        timeout: Duration,
        by_proxy: bool,
    ) -> Self {
        let builder = builder
            .redirect(Policy::none())
            .referer(false)
            .https_only(true)
            // Every request asks for the addresses anew, and none waits on a connection of another.
            .pool_max_idle_per_host(0)
            .timeout(timeout)
            .user_agent(concat!("Gatepass/", env!("CARGO_PKG_VERSION")));
        let builder = if roots.is_empty() { builder } else { builder.tls_certs_only(roots) };
        let client = builder
            .build()
            .inspect_err(|error| tracing::error!(%error, "nothing outside can be fetched"))
            .ok();
        Self { client, policy, by_proxy }
    }

    /// Fetches JSON of at most `max` bytes.
    ///
    /// # Errors
    /// [`FetchError`] with what is wrong with the address or its answer.
    pub async fn json(&self, url: &str, max: usize) -> Result<Fetched, FetchError> {
        let fetched = self.get(url, "application/json, application/*;q=0.5", max).await?;
        let media_type = fetched.media_type.as_str();
        let structured = media_type.starts_with("application/") && media_type.ends_with("+json");
        if media_type == "application/json" || structured {
            Ok(fetched)
        } else {
            Err(FetchError::MediaType("JSON"))
        }
    }

    /// Fetches an image of at most `max` bytes, of a kind that holds nothing but pixels.
    ///
    /// # Errors
    /// [`FetchError`] with what is wrong with the address or its answer.
    pub async fn image(&self, url: &str, max: usize) -> Result<Fetched, FetchError> {
        let fetched = self.get(url, "image/png, image/webp, image/jpeg, image/gif", max).await?;
        if is_image(&fetched.media_type, &fetched.body) {
            Ok(fetched)
        } else {
            Err(FetchError::MediaType("a PNG, WebP, JPEG or GIF image"))
        }
    }

    async fn get(&self, url: &str, accept: &'static str, max: usize) -> Result<Fetched, FetchError> {
        let response = self.send(FetchRequest { accept, ..FetchRequest::get(url) }).await?;
        if response.status() != http::StatusCode::OK {
            return Err(FetchError::Status(response.status().as_u16()));
        }
        let (media_type, max_age) = (media_type(response.headers()), max_age(response.headers()));
        Ok(Fetched { media_type, max_age, body: response.whole(max).await? })
    }

    /// Sends a request, and gives the answer as soon as its head is here, whatever its status. No redirect is followed.
    ///
    /// # Errors
    /// [`FetchError`] with what is wrong with the address, or with the way there.
    pub async fn send(&self, request: FetchRequest<'_>) -> Result<FetchResponse, FetchError> {
        let client = self.client.as_ref().ok_or(FetchError::Unreachable)?;
        let url = self.checked(request.url)?;
        let builder = match request.body {
            None => client.get(url),
            Some(Body { media_type, bytes }) => client
                .post(url)
                .header(header::CONTENT_TYPE, HeaderValue::from_static(media_type))
                .body(bytes),
        };
        let builder = builder.headers(request.headers);
        let builder = builder.header(header::ACCEPT, HeaderValue::from_static(request.accept));
        let builder = match request.timeout {
            Some(timeout) => builder.timeout(timeout),
            None => builder,
        };
        builder.send().await.map(FetchResponse).map_err(FetchError::from)
    }

    /// The address, if it may be asked. What a name leads to is checked when it is resolved.
    fn checked(&self, url: &str) -> Result<Url, FetchError> {
        let url = Url::parse(url).map_err(|_| FetchError::Url)?;
        if url.scheme() != "https" || !url.username().is_empty() || url.password().is_some() {
            return Err(FetchError::Url);
        }
        // Numbers are not asked of any resolver.
        let number = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(name)) if self.by_proxy && is_localhost(name) => {
                Some(Ipv4Addr::LOCALHOST.into())
            }
            Some(Host::Domain(_)) => None,
            None => return Err(FetchError::Url),
        };
        if number.is_some_and(|address| !self.policy.allows(address)) {
            return Err(FetchError::NotPublic);
        }
        Ok(url)
    }
}

/// Says if a name is that of the machine that asks for it (RFC 6761 §6.3).
fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name == "localhost" || name.ends_with(".localhost")
}

fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Says if the bytes are what the media type says: browsers get them from us, so nothing else may hide in them.
fn is_image(media_type: &str, body: &[u8]) -> bool {
    match media_type {
        "image/png" => body.starts_with(b"\x89PNG\r\n\x1a\n"),
        "image/jpeg" => body.starts_with(b"\xff\xd8\xff"),
        "image/gif" => body.starts_with(b"GIF8"),
        "image/webp" => body.starts_with(b"RIFF") && body.get(8..12) == Some(b"WEBP"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn c4_a_number_is_checked_like_a_name() {
        struct Nobody;
        #[async_trait::async_trait]
        impl Resolver for Nobody {
            async fn addresses(&self, name: &str) -> std::io::Result<Vec<IpAddr>> {
                panic!("asked for {name}")
            }
        }
        let outbound = FetchClient::new(AddressPolicy::Public, Arc::new(Nobody), Vec::new());
        for url in [
            "https://127.0.0.1/x",
            "https://[::1]/x",
            "https://169.254.169.254/x",
            "https://2130706433/x",
            "https://0x7f.1/x",
            "https://[::ffff:10.0.0.1]/x",
        ] {
            assert_eq!(outbound.json(url, 10).await.unwrap_err(), FetchError::NotPublic, "{url}");
        }
        for url in ["http://a.example/x", "https://u:p@a.example/x", "ftp://a.example/", "a.example", ""] {
            assert_eq!(outbound.json(url, 10).await.unwrap_err(), FetchError::Url, "{url}");
        }
    }

    #[test]
    fn an_image_is_what_it_says() {
        assert!(is_image("image/png", b"\x89PNG\r\n\x1a\n..."));
        assert!(is_image("image/webp", b"RIFF....WEBPVP8 "));
        for (media_type, body) in [
            ("image/png", &b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..]),
            ("image/svg+xml", b"<svg/>"),
            ("text/html", b"\x89PNG\r\n\x1a\n"),
            ("image/jpeg", b""),
        ] {
            assert!(!is_image(media_type, body), "{media_type}");
        }
    }
}
