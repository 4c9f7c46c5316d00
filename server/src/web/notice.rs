//! A sentence about what was just done, on its way to the page that follows: in a cookie that this page takes away.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    clock::{MINUTE, Millis},
    config::Config,
};
use http::{HeaderMap, HeaderValue};

use super::cookies::{self, CookieName};

/// The time for which the page that follows may be asked for.
const LIFETIME: Millis = MINUTE;
/// Longest sentence, in bytes.
const LENGTH_MAX: usize = 600;

/// The cookie with a sentence; `None` for none.
pub fn cookie(config: &Config, sentence: &str) -> Option<HeaderValue> {
    let fits = !sentence.is_empty() && sentence.len() <= LENGTH_MAX;
    fits.then(|| cookies::set(config, CookieName::Notice, &URL_SAFE_NO_PAD.encode(sentence), LIFETIME))
}

/// The sentence that a request brings.
pub fn read(headers: &HeaderMap, config: &Config) -> Option<String> {
    let value = cookies::read(headers, config, CookieName::Notice)?;
    let sentence = URL_SAFE_NO_PAD.decode(value).ok()?;
    String::from_utf8(sentence).ok().filter(|sentence| sentence.len() <= LENGTH_MAX)
}
