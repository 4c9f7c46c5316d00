//! Requests, and the answers to them.

use std::time::Duration;

use http::HeaderMap;

use super::FetchError;
use crate::clock::Millis;

/// An answer that was fetched.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The body, whole.
    pub body: Vec<u8>,
    /// The media type, in lower case and without parameters.
    pub media_type: String,
    /// The time for which it may be kept, as its `Cache-Control` says, in milliseconds; 0 when it says nothing or no.
    pub max_age: Millis,
}

/// A request to somebody else's address.
#[derive(Debug)]
pub struct FetchRequest<'a> {
    /// An https URL.
    pub url: &'a str,
    /// The media types that are wanted (RFC 9110 §12.5.1).
    pub accept: &'static str,
    /// Further headers, such as credentials for this address.
    pub headers: HeaderMap,
    /// The body; without one it is a `GET`, with one a `POST`.
    pub body: Option<Body>,
    /// The time that it may take, the body of the answer included; [`super::TIMEOUT`] without one.
    pub timeout: Option<Duration>,
}

/// The body of a request.
#[derive(Debug)]
pub struct Body {
    /// Its media type.
    pub media_type: &'static str,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl<'a> FetchRequest<'a> {
    /// Asks for whatever is at an address.
    pub fn get(url: &'a str) -> Self {
        Self { url, accept: "*/*", headers: HeaderMap::new(), body: None, timeout: None }
    }

    /// Sends something there.
    pub fn post(url: &'a str, media_type: &'static str, bytes: Vec<u8>) -> Self {
        Self { body: Some(Body { media_type, bytes }), ..Self::get(url) }
    }
}

/// An answer whose body is still to come.
#[derive(Debug)]
pub struct FetchResponse(pub(super) reqwest::Response);

impl FetchResponse {
    /// Its status.
    pub fn status(&self) -> http::StatusCode {
        self.0.status()
    }

    /// Its headers.
    pub fn headers(&self) -> &HeaderMap {
        self.0.headers()
    }

    /// The next piece of the body, of whatever length; `None` at its end. Whoever reads counts what they keep.
    ///
    /// # Errors
    /// [`FetchError`] when the connection breaks or the time is over.
    pub async fn chunk(&mut self) -> Result<Option<bytes::Bytes>, FetchError> {
        self.0.chunk().await.map_err(FetchError::from)
    }

    /// The rest of the body, of at most `max` bytes.
    ///
    /// # Errors
    /// [`FetchError::TooLong`] when it is longer; nothing more is read then.
    pub async fn whole(mut self, max: usize) -> Result<Vec<u8>, FetchError> {
        if self.0.content_length().is_some_and(|length| length > max as u64) {
            return Err(FetchError::TooLong(max));
        }
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            if body.len() + chunk.len() > max {
                return Err(FetchError::TooLong(max));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}
