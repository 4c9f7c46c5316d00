//! Redirect URIs: what may be registered, and what matches (OAuth 2.1 §2.3, RFC 8252 §7, RFC 9700 §2.1).

use std::net::{Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Longest redirect URI, in bytes.
pub const MAX_LENGTH: usize = 2_048;

/// Private-use schemes without a dot that known clients use, although OAuth 2.1 §2.3.1 wants one.
pub const KNOWN_SCHEMES: [&str; 8] =
    ["cursor", "vscode", "vscode-insiders", "claude", "windsurf", "zed", "raycast", "goose"];

/// Schemes that would run or show content instead of reaching a client.
const DANGEROUS_SCHEMES: [&str; 8] = ["javascript", "data", "vbscript", "blob", "file", "about", "ftp", "ws"];

/// Why a redirect URI cannot be registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedirectUriError {
    /// Longer than [`MAX_LENGTH`].
    #[error("is longer than 2048 bytes")]
    TooLong,
    /// Not an absolute URI, or one with characters that no URI has.
    #[error("is not an absolute URI")]
    NotAbsolute,
    /// Has a `#fragment`.
    #[error("must not have a fragment")]
    Fragment,
    /// Has `user:password@`.
    #[error("must not have user information")]
    UserInfo,
    /// Has a `*`.
    #[error("must not have a wildcard")]
    Wildcard,
    /// `http` is for the loopback host only.
    #[error("must use https, or http with a loopback host")]
    PlainHttp,
    /// A scheme that no client may have.
    #[error("has a scheme that is not allowed")]
    Scheme,
}

/// The rules with their one setting: which private-use schemes need no dot.
#[derive(Clone, Debug)]
pub struct RedirectRules {
    /// Lower-case schemes such as `cursor`.
    pub known_schemes: Vec<String>,
}

impl RedirectRules {
    /// Whether the URI may be registered.
    ///
    /// # Errors
    /// [`RedirectUriError`] says which rule it breaks.
    pub fn check(&self, uri: &str) -> Result<(), RedirectUriError> {
        if uri.len() > MAX_LENGTH {
            return Err(RedirectUriError::TooLong);
        }
        if !uri.bytes().all(|byte| byte.is_ascii_graphic()) || uri.contains(['\\', '"', '<', '>', '`']) {
            return Err(RedirectUriError::NotAbsolute);
        }
        let url = Url::parse(uri).map_err(|_| RedirectUriError::NotAbsolute)?;
        if uri.contains('#') {
            return Err(RedirectUriError::Fragment);
        }
        if uri.contains('*') {
            return Err(RedirectUriError::Wildcard);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(RedirectUriError::UserInfo);
        }
        match url.scheme() {
            "https" if uri.to_ascii_lowercase().starts_with("https://") => Ok(()),
            "http" if is_loopback(&url) && uri.to_ascii_lowercase().starts_with("http://") => Ok(()),
            "http" => Err(RedirectUriError::PlainHttp),
            scheme if DANGEROUS_SCHEMES.contains(&scheme) => Err(RedirectUriError::Scheme),
            scheme if scheme.contains('.') || self.known_schemes.iter().any(|known| known == scheme) => {
                Ok(())
            }
            _ => Err(RedirectUriError::Scheme),
        }
    }
}

/// Whether the URI of a request is the registered one: byte for byte, except that an http loopback URI may name any
/// port (RFC 8252 §7.3).
pub fn matches(registered: &str, requested: &str) -> bool {
    if registered == requested {
        return true;
    }
    match (loopback_without_port(registered), loopback_without_port(requested)) {
        (Some(registered), Some(requested)) => registered == requested,
        _ => false,
    }
}

/// An http loopback URI as the parts around its port; `None` for any other URI. Works on the raw text, because
/// parsing would make different URIs alike.
fn loopback_without_port(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("http://")?;
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (host, port) = match authority.strip_prefix('[') {
        Some(_) => authority.split_at(authority.find(']')? + 1),
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let is_port = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok();
    let port_is_one = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
    (["127.0.0.1", "[::1]", "localhost"].contains(&host) && port_is_one).then_some((host, path))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address == Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(address)) => address == Ipv6Addr::LOCALHOST,
        None => false,
    }
}

/// What a person is told about a redirect URI: the host (or the scheme of a private-use URI), and whether it is a
/// program on their own computer.
pub fn describe(uri: &str) -> (String, bool) {
    match Url::parse(uri) {
        Ok(url) if matches!(url.scheme(), "https" | "http") => {
            let host = url.host_str().unwrap_or_default().to_owned();
            let local = is_loopback(&url);
            (url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}")), local)
        }
        Ok(url) => (format!("{}://", url.scheme()), true),
        Err(_) => (uri.to_owned(), true),
    }
}

/// The redirect URI with the answer to an authorization request: its parameters, `state` as it came, and `iss`
/// (RFC 9207).
pub fn with_answer(uri: &str, answer: &[(&str, &str)], state: Option<&str>, issuer: &str) -> String {
    let state = state.map(|state| ("state", state));
    let params: Vec<_> = answer.iter().copied().chain(state).chain([("iss", issuer)]).collect();
    with_params(uri, &params)
}

/// The redirect URI with parameters added, keeping the query that it has.
fn with_params(uri: &str, params: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(params);
    let separator = if !uri.contains('?') {
        "?"
    } else if uri.ends_with(['?', '&']) {
        ""
    } else {
        "&"
    };
    format!("{uri}{separator}{}", query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> RedirectRules {
        RedirectRules { known_schemes: KNOWN_SCHEMES.map(str::to_owned).to_vec() }
    }

    #[test]
    fn what_real_clients_register_is_taken() {
        for uri in [
            "https://claude.ai/api/mcp/auth_callback",
            "https://vscode.dev/redirect",
            "http://127.0.0.1/",
            "http://127.0.0.1:33418/",
            "http://localhost:8787/callback",
            "http://[::1]/cb",
            "cursor://anysphere.cursor-mcp/oauth/callback",
            "com.example.app:/oauth",
            "https://example.com/cb?tenant=1",
        ] {
            assert_eq!(rules().check(uri), Ok(()), "{uri}");
        }
    }

    #[test]
    fn what_could_harm_is_refused() {
        use RedirectUriError as E;
        for (uri, error) in [
            ("", E::NotAbsolute),
            ("/callback", E::NotAbsolute),
            ("//example.com/cb", E::NotAbsolute),
            ("https://exa mple.com", E::NotAbsolute),
            ("https://example.com/\r\nX: y", E::NotAbsolute),
            ("https:/example.com", E::Scheme),
            ("https://example.com/cb#x", E::Fragment),
            ("https://example.com/cb#", E::Fragment),
            ("https://user@example.com/cb", E::UserInfo),
            ("https://user:pw@example.com/cb", E::UserInfo),
            ("https://*.example.com/cb", E::Wildcard),
            ("http://example.com/cb", E::PlainHttp),
            ("http://127.0.0.1.example.com/cb", E::PlainHttp),
            ("http://127.0.0.2/cb", E::PlainHttp),
            ("javascript:alert(1)", E::Scheme),
            ("JavaScript://x/%0aalert(1)", E::Scheme),
            ("data:text/html,x", E::Scheme),
            ("file:///etc/passwd", E::Scheme),
            ("about:blank", E::Scheme),
            ("unknown://x", E::Scheme),
        ] {
            assert_eq!(rules().check(uri), Err(error), "{uri}");
        }
        assert_eq!(rules().check(&format!("https://e.com/{}", "a".repeat(MAX_LENGTH))), Err(E::TooLong));
    }

    #[test]
    fn a2_only_the_port_of_a_loopback_uri_may_differ() {
        for (registered, requested, same) in [
            ("http://127.0.0.1/cb", "http://127.0.0.1:5000/cb", true),
            ("http://127.0.0.1:1/cb", "http://127.0.0.1:5000/cb", true),
            ("http://localhost:1/cb", "http://localhost/cb", true),
            ("http://[::1]:1/cb", "http://[::1]:65535/cb", true),
            ("http://127.0.0.1", "http://127.0.0.1:7", true),
            ("http://127.0.0.1", "http://127.0.0.1:7/", false),
            ("http://127.0.0.1/cb", "http://localhost/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:5000/cb/", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:5000/cb?x=1", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:99999/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:+80/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:50@evil.example/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1:5000\\@evil.example/cb", false),
            ("http://127.0.0.1/cb", "http://127.0.0.1.evil.example/cb", false),
            ("https://example.com/cb", "https://example.com:444/cb", false),
            ("https://example.com/cb", "https://example.com/cb/", false),
            ("https://example.com/cb", "https://EXAMPLE.com/cb", false),
            ("https://example.com/cb", "https://example.com/cb?a", false),
        ] {
            assert_eq!(matches(registered, requested), same, "{registered} and {requested}");
        }
    }

    #[test]
    fn parameters_are_added_behind_those_that_are_there() {
        assert_eq!(with_params("https://e.com/cb", &[("a", "x y")]), "https://e.com/cb?a=x+y");
        assert_eq!(with_params("https://e.com/cb?t=1", &[("a", "%2F")]), "https://e.com/cb?t=1&a=%252F");
        assert_eq!(with_params("cursor://x/cb", &[("code", "1")]), "cursor://x/cb?code=1");
    }
}
