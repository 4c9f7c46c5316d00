//! Headers that every answer has, and the content security policy of pages (`protocol.md` A8).

use axum::{extract::Request, middleware::Next, response::Response};
use http::{HeaderName, HeaderValue, header};

const EVERYWHERE: [(HeaderName, HeaderValue); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    // no-referrer would make Chrome send `Origin: null` with our own forms.
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
];

/// Adds the headers that every answer has.
pub async fn everywhere(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in EVERYWHERE {
        response.headers_mut().entry(name).or_insert(value);
    }
    response
}

/// Forbids caches to keep the answer, and gives it the policy of documents without scripts where it has none.
pub async fn private(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    response
}

/// The content security policy of a page. No `form-action`: Chrome applies it to the whole chain of redirects, and
/// the consent form's chain ends at the client.
pub fn page_policy(nonce: &str) -> HeaderValue {
    let policy = format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).expect("a nonce is ASCII")
}
