//! Marks that only the server can make: HMAC-SHA-256 (RFC 2104), as base64url.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The length of a mark, in characters.
pub const MARK_LENGTH: usize = 43;

/// A key that makes and checks marks.
#[derive(Clone)]
pub struct MacKey(hmac::Key);

impl MacKey {
    /// A key of these bytes.
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// The mark of a text.
    pub fn mark(&self, text: &str) -> String {
        URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, text.as_bytes()))
    }

    /// Says if this is the mark of the text, in time that does not depend on where it differs.
    pub fn is_mark(&self, mark: &str, text: &str) -> bool {
        URL_SAFE_NO_PAD.decode(mark).is_ok_and(|mark| hmac::verify(&self.0, text.as_bytes(), &mark).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_of_one_text_and_one_key() {
        let key = MacKey::new(&[1; 32]);
        let mark = key.mark("text");
        assert_eq!(mark.len(), MARK_LENGTH);
        assert!(key.is_mark(&mark, "text"));
        assert!(!key.is_mark(&mark, "other"));
        assert!(!MacKey::new(&[2; 32]).is_mark(&mark, "text"));
        for wrong in ["", "x", &mark[1..], &format!("{mark}="), &format!("{mark}A")] {
            assert!(!key.is_mark(wrong, "text"), "{wrong}");
        }
    }
}
