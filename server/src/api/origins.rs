//! The web pages that may call the resources (`protocol.md` M6).

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, uri::Authority};
use tower::ServiceBuilder;
use tower_http::cors::{AllowOrigin, CorsLayer};
use url::{Host, Url};

use super::json_body;
use crate::{log::brief, web::security_headers};
use domain::config::Config;

/// The time for which browsers may remember a preflight answer.
const PREFLIGHT_AGE: Duration = Duration::from_secs(600);

/// The request headers that MCP clients in browsers send, beside those of every call.
const CALL_HEADERS: [HeaderName; 8] = [
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    header::ACCEPT,
    HeaderName::from_static("mcp-protocol-version"),
    HeaderName::from_static("mcp-method"),
    HeaderName::from_static("mcp-name"),
    HeaderName::from_static("mcp-session-id"),
    HeaderName::from_static("last-event-id"),
];

/// Hosts that this server answers to, and origins whose pages may call it.
pub(super) struct Origins {
    hosts: Vec<String>,
    exact: Vec<String>,
    loopback: bool,
}

impl Origins {
    /// The issuer itself, what `--allowed-origins` names, and this machine if the issuer is on it.
    pub(super) fn of(config: &Config) -> Self {
        let exact = std::iter::once(&config.issuer).chain(&config.options.allowed_origins).cloned().collect();
        Self { hosts: config.hosts.clone(), exact, loopback: config.loopback }
    }

    fn allow(&self, origin: &HeaderValue) -> bool {
        let Ok(text) = origin.to_str() else {
            return false;
        };
        self.exact.iter().any(|exact| exact == text) || (self.loopback && is_loopback(text))
    }

    fn allow_host(&self, authority: &Authority) -> bool {
        // A host in the list without a port stands for every port: a proxy may add its own.
        self.hosts.iter().any(|host| {
            authority.as_str().eq_ignore_ascii_case(host) || authority.host().eq_ignore_ascii_case(host)
        })
    }

    /// The hosts, as rmcp wants them.
    pub(super) fn rmcp_hosts(&self) -> Vec<String> {
        self.hosts.clone()
    }

    /// The origins, as rmcp wants them: it takes one without a port for all ports.
    pub(super) fn rmcp_origins(&self) -> Vec<String> {
        let exact = self.exact.iter().filter_map(|origin| {
            let url = Url::parse(origin).ok()?;
            Some(format!("{}://{}:{}", url.scheme(), url.host_str()?, url.port_or_known_default()?))
        });
        let schemes = if self.loopback { &["http", "https"][..] } else { &[] };
        let hosts = ["localhost", "127.0.0.1", "[::1]"];
        let loopback = schemes.iter().flat_map(|scheme| hosts.map(|host| format!("{scheme}://{host}:*")));
        exact.chain(loopback).collect()
    }

    /// Routes that only these hosts and origins reach, and whose answers no cache keeps.
    pub(super) fn common_layers(self, routes: Router) -> Router {
        let this = Arc::new(self);
        routes.route_layer(
            ServiceBuilder::new()
                .map_response(security_headers::private::<Body>)
                .layer(from_fn_with_state(Arc::clone(&this), refuse_foreign))
                .layer(this.cors()),
        )
    }

    /// Answers preflights without a token and lets the pages of allowed origins read answers, challenges included.
    fn cors(self: Arc<Self>) -> CorsLayer {
        CorsLayer::new()
            .allow_origin(AllowOrigin::predicate(move |origin, _| self.allow(origin)))
            .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
            .allow_headers(CALL_HEADERS)
            .expose_headers([header::WWW_AUTHENTICATE, header::RETRY_AFTER, header::LOCATION])
            .max_age(PREFLIGHT_AGE)
    }
}

fn is_loopback(origin: &str) -> bool {
    let Ok(url) = Url::parse(origin) else {
        return false;
    };
    let loopback = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address == std::net::Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(address)) => address == std::net::Ipv6Addr::LOCALHOST,
        None => false,
    };
    loopback && matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == origin
}

/// Refuses requests to another host (DNS rebinding) and from pages of other origins, before anything else is asked
/// (MCP transports, «Security Warning»). No `Origin`: no browser.
async fn refuse_foreign(State(origins): State<Arc<Origins>>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let host = match headers.get(header::HOST) {
        Some(host) => Authority::try_from(host.as_bytes()).ok(),
        None => request.uri().authority().cloned(),
    };
    if !host.is_some_and(|host| origins.allow_host(&host)) {
        tracing::warn!(host = repeated(headers, &header::HOST), "call to another host refused");
        return json_body::error(
            StatusCode::FORBIDDEN,
            "access_denied",
            "this server does not answer to this host",
        );
    }
    if !headers.get_all(header::ORIGIN).iter().all(|origin| origins.allow(origin)) {
        tracing::warn!(origin = repeated(headers, &header::ORIGIN), "call from another origin refused");
        return json_body::error(
            StatusCode::FORBIDDEN,
            "access_denied",
            "pages of this origin may not call this server",
        );
    }
    next.run(request).await
}

/// A header as the log repeats it.
fn repeated(headers: &HeaderMap, name: &HeaderName) -> String {
    headers.get(name).map(brief).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins(issuer: &str, hosts: &[&str], loopback: bool) -> Origins {
        Origins {
            hosts: hosts.iter().map(ToString::to_string).collect(),
            exact: vec![issuer.to_owned(), "https://app.example".to_owned()],
            loopback,
        }
    }

    #[test]
    fn m6_only_listed_origins_may_call() {
        let public = origins("https://gate.example", &["gate.example"], false);
        let local = origins("http://127.0.0.1:3000", &["127.0.0.1:3000"], true);
        let allow =
            |origins: &Origins, origin: &'static str| origins.allow(&HeaderValue::from_static(origin));
        for good in ["https://gate.example", "https://app.example"] {
            assert!(allow(&public, good), "{good}");
        }
        for bad in [
            "null",
            "",
            "https://gate.example:8443",
            "http://gate.example",
            "https://gate.example.evil.example",
            "https://gate.example/",
            "http://localhost:6274",
            "https://evil.example",
            "*",
        ] {
            assert!(!allow(&public, bad), "{bad}");
        }
        for good in ["http://127.0.0.1:3000", "http://localhost:6274", "http://[::1]:1", "http://localhost"] {
            assert!(allow(&local, good), "{good}");
        }
        for bad in [
            "http://localhost.evil.example",
            "http://localhost:6274/x",
            "ftp://localhost",
            "http://10.0.0.1:3000",
        ] {
            assert!(!allow(&local, bad), "{bad}");
        }
    }

    #[test]
    fn m6_only_listed_hosts_are_answered() {
        let allow = |hosts: &[&str], host: &'static str| {
            origins("https://gate.example", hosts, false).allow_host(&Authority::from_static(host))
        };
        assert!(allow(&["gate.example"], "GATE.example"));
        assert!(allow(&["gate.example"], "gate.example:443"));
        assert!(allow(&["127.0.0.1:3000", "[::1]:3000"], "[::1]:3000"));
        assert!(!allow(&["127.0.0.1:3000"], "127.0.0.1:3001"));
        assert!(!allow(&["127.0.0.1:3000"], "127.0.0.1"));
        assert!(!allow(&["gate.example"], "evil.example"));
    }

    #[test]
    fn rmcp_is_told_every_port() {
        let told = origins("https://gate.example", &["gate.example"], false).rmcp_origins();
        assert_eq!(told, ["https://gate.example:443", "https://app.example:443"]);
    }
}
