//! The reasons why something could not be fetched.

use std::error::Error as _;

use super::resolver::{NotPublic, UnknownName};

/// The reason why something could not be fetched, in words for whoever named the address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// It is no https URL.
    #[error("is not an https URL")]
    Url,
    /// The name or number leads to an address that is not public.
    #[error("leads to an address that is not public")]
    NotPublic,
    /// There is no such name.
    #[error("is at a name that does not exist")]
    UnknownName,
    /// No connection, or not a trusted one.
    #[error("cannot be reached over https")]
    Unreachable,
    /// It took too long.
    #[error("did not answer in time")]
    Slow,
    /// Something else than 200; redirects are not followed.
    #[error("answered {0} instead of 200")]
    Status(u16),
    /// The answer is longer than allowed.
    #[error("is longer than {0} bytes")]
    TooLong(usize),
    /// The answer is of another media type.
    #[error("is not {0}")]
    MediaType(&'static str),
}

impl FetchError {
    /// Tells a failure that may pass, and says nothing of what stands at the address, from one that shows that it stands
    /// there no longer: no such name, another answer, or one that may not be read. A name that leads to this network may
    /// do so only for this server's resolver.
    pub const fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::NotPublic
                | Self::Unreachable
                | Self::Slow
                | Self::Status(300..=399 | 401 | 403 | 408 | 421 | 425 | 429 | 500..)
        )
    }

    /// Says if somebody answered for the address, over https and with its own certificate.
    pub const fn is_answer(&self) -> bool {
        matches!(self, Self::Status(_) | Self::TooLong(_) | Self::MediaType(_))
    }
}

impl From<reqwest::Error> for FetchError {
    fn from(error: reqwest::Error) -> Self {
        tracing::info!(?error, "a request to somebody else's address failed");
        let mut source = error.source();
        while let Some(cause) = source {
            if cause.is::<NotPublic>() {
                return Self::NotPublic;
            }
            if cause.is::<UnknownName>() {
                return Self::UnknownName;
            }
            source = cause.source();
        }
        if error.is_timeout() { Self::Slow } else { Self::Unreachable }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n11_a_failure_that_may_pass_is_told_from_one_that_says_something() {
        let passes = |status| FetchError::Status(status).may_pass();
        let passing: Vec<u16> = (100..600).filter(|&status| passes(status)).collect();
        let expected: Vec<u16> = (300..400).chain([401, 403, 408, 421, 425, 429]).chain(500..600).collect();
        assert_eq!(passing, expected);
        for error in [FetchError::Unreachable, FetchError::Slow, FetchError::NotPublic] {
            assert!(error.may_pass() && !error.is_answer(), "{error}");
        }
        for error in [FetchError::UnknownName, FetchError::Url] {
            assert!(!error.may_pass() && !error.is_answer(), "{error}");
        }
        for error in [FetchError::TooLong(1), FetchError::MediaType("JSON"), FetchError::Status(404)] {
            assert!(!error.may_pass() && error.is_answer(), "{error}");
        }
    }
}
