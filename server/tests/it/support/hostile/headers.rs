//! Headers as strangers send them.

use http::{HeaderName, HeaderValue};
use proptest::{collection::vec, prelude::*, sample::select};

use super::bytes;

const HEADERS: &[&str] = &[
    "authorization",
    "content-type",
    "cookie",
    "origin",
    "referer",
    "host",
    "accept",
    "accept-language",
    "accept-encoding",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "forwarded",
    "x-request-id",
    "user-agent",
    "content-length",
    "content-encoding",
    "transfer-encoding",
    "sec-fetch-site",
    "sec-fetch-mode",
    "mcp-protocol-version",
    "range",
    "if-none-match",
    "expect",
    "upgrade",
    "access-control-request-method",
    "access-control-request-headers",
    "x-http-method-override",
    "zq1",
];

/// A header line as it can come over a connection.
pub type Header = (HeaderName, HeaderValue);

/// Any headers, some of them several times.
pub fn headers() -> impl Strategy<Value = Vec<Header>> {
    let header = (select(HEADERS), bytes()).prop_map(|(name, value)| header(name, value));
    prop_oneof![2 => Just(Vec::new()), 1 => vec(header, 0..4)]
}

/// A header with what of this value a header can hold.
pub fn header(name: &'static str, mut value: Vec<u8>) -> Header {
    for byte in &mut value {
        if (*byte < b' ' && *byte != b'\t') || *byte == 0x7f {
            *byte = b'?';
        }
    }
    (HeaderName::from_static(name), HeaderValue::from_bytes(&value).unwrap())
}
