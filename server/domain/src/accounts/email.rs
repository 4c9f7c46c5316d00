//! E-mail addresses, as far as they can be told from text.

use lettre::message::Mailbox;
use types::{account::EMAIL_MAX, failure::Failure};

use crate::oauth::text::presentable;

/// An address as it is stored: in lower case, without a name. `None` for what cannot get mail, or hides something.
pub fn parse(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let (local, domain) = text.split_once('@')?;
    // Pages show it as it is.
    let plain = presentable(&text, usize::MAX) == text && !text.contains([' ', '<', '>', '"', ',', ';']);
    let whole = !local.is_empty() && !domain.is_empty() && text.len() <= EMAIL_MAX;
    (plain && whole && text.parse::<Mailbox>().is_ok()).then_some(text)
}

/// The address that a person typed.
///
/// # Errors
/// [`Failure::Invalid`] for the field `email`.
pub fn typed(text: &str) -> Result<String, Failure> {
    parse(text).ok_or_else(|| Failure::Invalid {
        field: "email".to_owned(),
        message: "This is not an e-mail address.".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_plain_and_in_lower_case() {
        assert_eq!(parse(" Ada@Example.COM "), Some("ada@example.com".to_owned()));
        assert_eq!(parse("ada+x@sub.example"), Some("ada+x@sub.example".to_owned()));
        let long = format!("{}@example.com", "x".repeat(250));
        for no in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "a b@example.com",
            "Ada <ada@example.com>",
            "a\u{202e}b@example.com",
            &long,
        ] {
            assert_eq!(parse(no), None, "{no}");
        }
    }
}
