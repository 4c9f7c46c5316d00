//! Headers that every answer has, and the content security policy of pages (`protocol.md` A8).

use http::{HeaderName, HeaderValue, Response, header};
use types::paths;

use domain::config::Config;

const EVERYWHERE: [(HeaderName, HeaderValue); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    // no-referrer would make Chrome send `Origin: null` with our own forms.
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
];

/// A year of https only (RFC 6797). Not for subdomains: they may be somebody else's.
const HTTPS_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Adds the headers that every answer has.
pub fn everywhere<B>(config: &Config, mut response: Response<B>) -> Response<B> {
    let headers = response.headers_mut();
    for (name, value) in EVERYWHERE {
        headers.entry(name).or_insert(value);
    }
    if config.secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HTTPS_ONLY);
    }
    response
}

/// Forbids caches to keep the answer, and gives it the policy of documents without scripts where it has none.
pub fn private<B>(mut response: Response<B>) -> Response<B> {
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    response
}

/// The content security policy of the page at `path`. Browsers apply `form-action` to the whole chain of redirects, so
/// consent pages have none: the chain of their form ends at the client.
pub fn page_policy(path: &str, nonce: &str) -> HeaderValue {
    let forms = if path.starts_with(paths::CONSENT) { "" } else { "form-action 'self'; " };
    let policy = format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         {forms}object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).expect("a nonce is ASCII")
}
