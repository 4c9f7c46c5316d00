//! Pages are sent compressed, except those that carry a secret: who can make a browser load a page with words of theirs, and
//! sees how long the answers are, could learn what else stands in it (BREACH). What ties forms to a person is masked.

use axum::extract::Request;
use http::{Method, header};
use tower_http::{
    CompressionLevel,
    compression::{
        CompressionLayer,
        predicate::{Predicate, SizeAbove},
    },
};
use types::paths;

/// Smallest page that is worth it, in bytes.
const WORTH_IT: u16 = 1_024;
/// Pages with a secret in them, or in their address, begin so.
const SECRET: [&str; 6] =
    [paths::SIGN_IN, paths::SET_UP, paths::CONSENT, "/account/", "/invite/", paths::SERVER_FUNCTIONS];

/// Compresses HTML for whoever takes that.
pub fn layer() -> CompressionLayer<impl Predicate> {
    let html = |_, _, headers: &http::HeaderMap, _: &http::Extensions| {
        headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
    };
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(WORTH_IT).and(html))
}

/// Asks for nothing compressed where a secret is, or a form was sent.
pub fn not_for_secrets<B>(mut request: Request<B>) -> Request<B> {
    let path = request.uri().path();
    if request.method() != Method::GET || SECRET.iter().any(|start| path.starts_with(start)) {
        request.headers_mut().remove(header::ACCEPT_ENCODING);
    }
    request
}
