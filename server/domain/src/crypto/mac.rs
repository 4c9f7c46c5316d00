//! Marks that only the server can make: HMAC-SHA-256 (RFC 2104), as base64url.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::random;

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

    /// The mark of a text under a mask: another one each time, so that nobody learns it from how well pages that have it
    /// compress (BREACH).
    pub fn masked_mark(&self, text: &str) -> String {
        let mask = random::bytes::<32>();
        let mark = hmac::sign(&self.0, text.as_bytes());
        let hidden = mask.iter().zip(mark.as_ref()).map(|(mask, byte)| mask ^ byte);
        URL_SAFE_NO_PAD.encode(mask.iter().copied().chain(hidden).collect::<Vec<_>>())
    }

    /// Says if this is a masked mark of the text.
    pub fn is_masked_mark(&self, masked: &str, text: &str) -> bool {
        let Ok(masked) = URL_SAFE_NO_PAD.decode(masked) else { return false };
        let Some((mask, hidden)) = masked.split_at_checked(32) else { return false };
        let mark: Vec<u8> = mask.iter().zip(hidden).map(|(mask, byte)| mask ^ byte).collect();
        hidden.len() == mask.len() && hmac::verify(&self.0, text.as_bytes(), &mark).is_ok()
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
    fn a_masked_mark_is_another_each_time_and_of_one_text() {
        let key = MacKey::new(&[1; 32]);
        let [one, other] = [key.masked_mark("text"), key.masked_mark("text")];
        assert_ne!(one, other);
        assert!(key.is_masked_mark(&one, "text") && key.is_masked_mark(&other, "text"));
        assert!(!key.is_masked_mark(&one, "other") && !MacKey::new(&[2; 32]).is_masked_mark(&one, "text"));
        for wrong in ["", "x", &one[1..], &one[..43], &key.mark("text"), &format!("{one}AAAA")] {
            assert!(!key.is_masked_mark(wrong, "text"), "{wrong}");
        }
    }

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
