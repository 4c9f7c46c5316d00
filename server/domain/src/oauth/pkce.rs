//! Proof Key for Code Exchange (RFC 7636), S256 only.

use crate::crypto::secret::{constant_time_eq, sha256};

/// A `code_challenge` made with S256: 43 characters of base64url (RFC 7636 §4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge(String);

/// The reason why the PKCE parameters of an authorization request are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChallengeError {
    /// Every client has to use PKCE (OAuth 2.1 §4.1.1).
    #[error("code_challenge is required")]
    Missing,
    /// Absent means `plain`, and plain is refused.
    #[error("code_challenge_method must be S256")]
    Method,
    /// Not the 43 characters that S256 gives.
    #[error("code_challenge must be 43 characters of base64url")]
    Malformed,
}

/// A `code_verifier` that did not make the challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifierError {
    /// Outside RFC 7636 §4.1.
    #[error("code_verifier must be 43 to 128 characters of A-Z a-z 0-9 - . _ ~")]
    Malformed,
    /// It made another challenge.
    #[error("code_verifier does not match")]
    Other,
}

impl Challenge {
    /// Reads the parameters of an authorization request.
    ///
    /// # Errors
    /// [`ChallengeError`] says which rule is broken.
    pub fn parse(challenge: Option<&str>, method: Option<&str>) -> Result<Self, ChallengeError> {
        let challenge = challenge.ok_or(ChallengeError::Missing)?;
        if method != Some("S256") {
            return Err(ChallengeError::Method);
        }
        let well_formed = challenge.len() == 43
            && challenge.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        if well_formed { Ok(Self(challenge.to_owned())) } else { Err(ChallengeError::Malformed) }
    }

    /// A challenge that was stored before.
    pub const fn stored(challenge: String) -> Self {
        Self(challenge)
    }

    /// The text to store.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Checks that the `code_verifier` made this challenge.
    ///
    /// # Errors
    /// [`VerifierError`] tells one that is none from another one.
    pub fn check(&self, verifier: &str) -> Result<(), VerifierError> {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if !(43..=128).contains(&verifier.len()) || !verifier.bytes().all(unreserved) {
            return Err(VerifierError::Malformed);
        }
        if constant_time_eq(&sha256(verifier.as_bytes()), &self.0) {
            Ok(())
        } else {
            Err(VerifierError::Other)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_the_rfc_holds() {
        let challenge = Challenge::parse(Some(CHALLENGE), Some("S256")).unwrap();
        assert_eq!(challenge.check(VERIFIER), Ok(()));
        assert_eq!(challenge.check(&VERIFIER.replace('d', "e")), Err(VerifierError::Other));
        for malformed in
            ["", &"a".repeat(42), &"a".repeat(129), &VERIFIER.replace('d', "+"), &VERIFIER.replace('d', "é")]
        {
            assert_eq!(challenge.check(malformed), Err(VerifierError::Malformed), "{malformed}");
        }
    }

    #[test]
    fn plain_and_malformed_challenges_are_refused() {
        assert_eq!(Challenge::parse(None, Some("S256")), Err(ChallengeError::Missing));
        assert_eq!(Challenge::parse(Some(CHALLENGE), None), Err(ChallengeError::Method));
        assert_eq!(Challenge::parse(Some(CHALLENGE), Some("plain")), Err(ChallengeError::Method));
        assert_eq!(Challenge::parse(Some(&CHALLENGE[1..]), Some("S256")), Err(ChallengeError::Malformed));
        assert_eq!(
            Challenge::parse(Some(&CHALLENGE.replace('E', "=")), Some("S256")),
            Err(ChallengeError::Malformed)
        );
    }
}
