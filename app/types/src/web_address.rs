//! http and https addresses, read strictly (RFC 3986 §3, RFC 9110 §4.2).
//!
//! The browser checks addresses as people type them, and a full URL parser with its tables of international names
//! would be a third of the whole application. International names are to be given in their ASCII form.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Splits a URI after its scheme; `None` when it has none.
pub fn scheme_of(uri: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = uri.split_once(':')?;
    let mut bytes = scheme.bytes();
    let letter_first = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic());
    let others = bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    (letter_first && others).then_some((scheme, rest))
}

/// The parts of an http or https address that decide where it leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WebAddress<'a> {
    /// https.
    pub secure: bool,
    /// A name, an IPv4 address, or an IPv6 address in its brackets; as written.
    pub host: &'a str,
    /// The port, if it is written.
    pub port: Option<u16>,
}

impl<'a> WebAddress<'a> {
    /// Reads an address. `None` for anything that is not plainly one: user information, an empty or percent-encoded
    /// host, a port that is none, a host of digits that is not four bytes.
    pub fn parse(uri: &'a str) -> Option<Self> {
        let (scheme, rest) = scheme_of(uri)?;
        let secure = match scheme {
            scheme if scheme.eq_ignore_ascii_case("https") => true,
            scheme if scheme.eq_ignore_ascii_case("http") => false,
            _ => return None,
        };
        let authority = rest.strip_prefix("//")?.split(['/', '?', '#']).next()?;
        let host_end = match authority.strip_prefix('[') {
            Some(_) => authority.find(']')? + 1,
            None => authority.find(':').unwrap_or(authority.len()),
        };
        let (host, port) = authority.split_at(host_end);
        let port = match port {
            "" => None,
            port => {
                let digits = port.strip_prefix(':')?;
                digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
                Some(digits.parse().ok()?)
            }
        };
        is_host(host).then_some(Self { secure, host, port })
    }

    /// Says if it leads to the person's own computer (RFC 8252 §7.3; `localhost` because clients use it).
    pub fn is_loopback(&self) -> bool {
        self.host.eq_ignore_ascii_case("localhost")
            || self.host.parse() == Ok(Ipv4Addr::LOCALHOST)
            || ipv6(self.host) == Some(Ipv6Addr::LOCALHOST)
    }

    /// The name or address of the host, one text for all its spellings.
    pub fn canonical_host(&self) -> String {
        ipv6(self.host).map_or_else(|| self.host.to_ascii_lowercase(), |address| format!("[{address}]"))
    }

    /// Host and port, as people read them.
    pub fn authority(&self) -> String {
        self.port.map_or_else(|| self.host.to_owned(), |port| format!("{}:{port}", self.host))
    }
}

fn ipv6(host: &str) -> Option<Ipv6Addr> {
    host.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

fn is_host(host: &str) -> bool {
    if host.starts_with('[') {
        return ipv6(host).is_some();
    }
    let name = host.strip_suffix('.').unwrap_or(host);
    let labels = name.split('.').all(|label| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    });
    // Browsers read a host whose last label looks like a number as an IPv4 address, in many spellings.
    let last = name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    let number = last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x");
    labels && host.len() <= 253 && (!number || host.parse::<Ipv4Addr>().is_ok())
}
