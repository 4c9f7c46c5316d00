//! Redirect URIs of requests: which registered one they are, and the answer on them (OAuth 2.1 §2.3, RFC 8252 §7).
//! What may be registered is decided by [`types::redirect_uri`].

use types::web_address::{WebAddress, scheme_of};

/// Says if the URI of a request is the registered one: byte for byte, except that the host of an http loopback URI may
/// be spelled in any way and name any port (RFC 8252 §7.3, `protocol.md` N9).
pub fn matches(registered: &str, requested: &str) -> bool {
    if registered == requested {
        return true;
    }
    match (loopback_without_port(registered), loopback_without_port(requested)) {
        (Some(registered), Some(requested)) => registered == requested,
        _ => false,
    }
}

/// An http loopback URI as its host and what stands behind the port; `None` for any other URI. What is loopback is said
/// once, where URIs are registered: [`WebAddress::is_loopback`].
fn loopback_without_port(uri: &str) -> Option<(String, &str)> {
    let address = WebAddress::parse(uri).filter(|address| !address.secure && address.is_loopback())?;
    let (_, rest) = uri.split_once("//")?;
    let path = &rest[rest.find(['/', '?', '#']).unwrap_or(rest.len())..];
    Some((address.canonical_host(), path))
}

/// The URI as one text for all ports and spellings under which it is the same to [`matches`].
pub fn without_port(uri: &str) -> String {
    loopback_without_port(uri).map_or_else(|| uri.to_owned(), |(host, path)| format!("http://{host}{path}"))
}

/// Words for a person about a redirect URI: the host (or the scheme of a private-use URI), and whether it is a
/// program on their own computer.
pub fn describe(uri: &str) -> (String, bool) {
    match (WebAddress::parse(uri), scheme_of(uri)) {
        (Some(address), _) => (address.authority(), address.is_loopback()),
        (None, Some((scheme, _))) => (format!("{scheme}://"), true),
        (None, None) => (uri.to_owned(), true),
    }
}

/// The different hosts of redirect URIs, sorted, and without ports where they are loopback: programs that wait on
/// another port each time are the same software.
pub fn hosts(uris: &[String]) -> Vec<String> {
    let host = |uri: &String| match WebAddress::parse(uri) {
        Some(address) if address.is_loopback() => address.host.to_lowercase(),
        Some(address) => address.authority().to_lowercase(),
        None => describe(uri).0.to_lowercase(),
    };
    let different: std::collections::BTreeSet<_> = uris.iter().map(host).collect();
    different.into_iter().collect()
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
    let separator = match uri.split_once('?') {
        None => "?",
        Some((_, query)) if query.is_empty() || query.ends_with('&') => "",
        Some(_) => "&",
    };
    format!("{uri}{separator}{}", query.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_where_an_answer_goes() {
        for (uri, host, local) in [
            ("https://app.example/cb", "app.example", false),
            ("https://app.example:8443/cb", "app.example:8443", false),
            ("http://127.0.0.1:5000/cb", "127.0.0.1:5000", true),
            ("http://[::1]/cb", "[::1]", true),
            ("cursor://anysphere/cb", "cursor://", true),
            ("com.example.app:/oauth", "com.example.app://", true),
        ] {
            assert_eq!(describe(uri), (host.to_owned(), local), "{uri}");
        }
        let uris =
            ["http://127.0.0.1:5/cb", "https://B.example/1", "http://127.0.0.1:6/", "https://b.example/2"];
        assert_eq!(hosts(&uris.map(str::to_owned)), ["127.0.0.1", "b.example"]);
    }

    /// Found by the property tests: where there is no path, a fragment stood for none.
    #[test]
    fn a2_a_fragment_is_no_part_of_a_port() {
        assert!(matches("http://localhost:7", "http://localhost:8"));
        for requested in
            ["http://localhost:7#x", "http://localhost:8#x", "http://localhost#/", "http://localhost:8/#"]
        {
            assert!(!matches("http://localhost:7", requested), "{requested}");
        }
    }

    /// Addresses that the strict reader takes are read the same way by the browsers' parser: none leads elsewhere than
    /// we say.
    #[test]
    fn r5_browsers_read_the_same_host() {
        use types::redirect_uri::{KNOWN_SCHEMES, RedirectRules};
        let rules = RedirectRules { known_schemes: KNOWN_SCHEMES.map(str::to_owned).to_vec() };
        let pieces = [
            "https",
            "http",
            "HTTP",
            ":",
            "//",
            "/",
            "@",
            "?",
            "#",
            "[",
            "]",
            "::1",
            "127.0.0.1",
            "0x7f.1",
            "1.2.3",
            "localhost",
            "e.com",
            "E.com",
            ".",
            "..",
            "%2e",
            "%40",
            ":80",
            ":",
            ":65536",
            "\\",
            ";",
            "xn--e-0ga",
            "_",
            "-",
            "cursor",
            "javascript",
        ];
        // Every text of up to four pieces after a scheme, in an order that does not repeat.
        for first in ["https://", "http://", "https:", "cursor:"] {
            for a in pieces {
                for b in pieces {
                    for c in pieces {
                        let uri = format!("{first}{a}{b}{c}");
                        if rules.check(&uri).is_err() {
                            continue;
                        }
                        // The ASCII form of no international name leads nowhere.
                        let Ok(parsed) = url::Url::parse(&uri) else {
                            assert!(uri.contains("xn--"), "{uri}");
                            continue;
                        };
                        assert!(parsed.username().is_empty() && parsed.password().is_none(), "{uri}");
                        if let Some(address) = WebAddress::parse(&uri) {
                            assert_eq!(
                                parsed.host_str(),
                                Some(address.host.to_lowercase().as_str()),
                                "{uri}"
                            );
                            assert_eq!(
                                parsed.port_or_known_default(),
                                address.port.or(parsed.port_or_known_default()),
                                "{uri}"
                            );
                        }
                    }
                }
            }
        }
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
            ("http://[0:0:0:0:0:0:0:1]/cb", "http://[0:0:0:0:0:0:0:1]:7/cb", true),
            ("http://[0:0:0:0:0:0:0:1]/cb", "http://[::1]:7/cb", true),
            ("HTTP://127.0.0.1/cb", "HTTP://127.0.0.1:8/cb", true),
            ("HTTP://127.0.0.1/cb", "http://127.0.0.1:8/cb", true),
            ("http://Localhost:3000/cb", "http://Localhost:3001/cb", true),
            ("http://localhost/cb", "http://127.0.0.1/cb", false),
            ("http://localhost/cb", "http://localhost/CB", false),
            ("http://localhost/cb", "http://localhost/./cb", false),
            ("http://localhost/cb", "http://localhost./cb", false),
            ("https://localhost/cb", "https://localhost:7/cb", false),
            ("http://[::1]/cb", "http://[::ffff:127.0.0.1]/cb", false),
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
        assert_eq!(with_params("https://e.com/cb?", &[("code", "1")]), "https://e.com/cb?code=1");
        // Found by the property tests: this question mark belongs to the value of `to`.
        assert_eq!(with_params("https://e.com/cb?to=x?", &[("code", "1")]), "https://e.com/cb?to=x?&code=1");
    }
}
