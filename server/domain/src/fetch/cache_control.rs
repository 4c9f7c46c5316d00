//! The time for which an answer may be kept (RFC 9111 §5.2.2).

use http::{HeaderMap, header};

use crate::clock::{Millis, SECOND};

/// The time that `Cache-Control` allows, in milliseconds; 0 when it allows nothing or is not there.
pub(super) fn max_age(headers: &HeaderMap) -> Millis {
    let values = headers.get_all(header::CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    let mut allowed = 0;
    for directive in values.flat_map(|value| value.split(',')) {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        match name.trim().to_ascii_lowercase().as_str() {
            "no-store" | "no-cache" => return 0,
            "max-age" => allowed = value.trim().trim_matches('"').parse::<u32>().map_or(0, Millis::from),
            _ => {}
        }
    }
    allowed * SECOND
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c8_only_what_is_allowed() {
        for (value, seconds) in [
            ("max-age=600", 600),
            ("public, Max-Age=\"600\"", 600),
            ("max-age=600, no-store", 0),
            ("no-cache, max-age=600", 0),
            ("private", 0),
            ("max-age=-1", 0),
            ("max-age=99999999999", 0),
            ("max-age", 0),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CACHE_CONTROL, value.parse().unwrap());
            assert_eq!(max_age(&headers), seconds * SECOND, "{value}");
        }
        assert_eq!(max_age(&HeaderMap::new()), 0);
    }
}
