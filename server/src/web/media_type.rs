//! The media type that a request says its body has.

use http::{HeaderMap, header};

/// Says if the body is said to be of this media type, and of no other. Parameters say nothing more about the types that
/// this server takes.
pub fn is(headers: &HeaderMap, wanted: &str) -> bool {
    let mut types = headers.get_all(header::CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else { return false };
    let essence = only.to_str().ok().and_then(|text| text.split(';').next()).unwrap_or_default();
    essence.trim().eq_ignore_ascii_case(wanted)
}
