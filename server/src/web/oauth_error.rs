//! Errors of the protocol endpoints, as JSON (RFC 6749 §5.2).

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use crate::log::brief;
use domain::{error::Error, oauth::error_code::ErrorCode, rate_limit::TooMany};

/// An error answer: a code for programs, a description for developers.
#[derive(Clone, Debug)]
pub struct OAuthError {
    /// The code of the fault.
    pub code: ErrorCode,
    /// The reason, in a sentence. Never anything internal.
    pub description: String,
    /// The exact reason, for the log.
    pub reason: Option<String>,
    /// The HTTP status.
    pub status: StatusCode,
    /// Further headers.
    pub headers: Vec<(header::HeaderName, HeaderValue)>,
}

impl OAuthError {
    /// An error with status 400.
    pub fn new(code: ErrorCode, description: impl Into<String>) -> Self {
        let (status, headers) = (StatusCode::BAD_REQUEST, Vec::new());
        Self { code, description: description.into(), reason: None, status, headers }
    }

    /// The same with what the log says.
    pub fn because(self, reason: &dyn ToString) -> Self {
        Self { reason: Some(reason.to_string()), ..self }
    }

    /// The client did not prove itself: 401, naming the scheme if it used one (RFC 6749 §5.2).
    pub fn invalid_client(description: &str, used_basic: bool) -> Self {
        let headers = if used_basic {
            vec![(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"gatepass\""))]
        } else {
            Vec::new()
        };
        Self { status: StatusCode::UNAUTHORIZED, headers, ..Self::new(ErrorCode::InvalidClient, description) }
    }

    /// A parameter that has to be there is not.
    pub fn missing(name: &str) -> Self {
        Self::new(ErrorCode::InvalidRequest, format!("{name} is required"))
    }
}

/// A description with the characters that RFC 6749 §5.2 allows: printable ASCII without quote and backslash.
pub fn wire_description(text: &str) -> String {
    let allowed = |character: char| matches!(character, ' '..='!' | '#'..='[' | ']'..='~');
    text.chars().map(|character| if allowed(character) { character } else { '?' }).collect()
}

impl From<Error> for OAuthError {
    fn from(error: Error) -> Self {
        tracing::error!(%error, "a protocol request failed inside");
        Self {
            status: StatusCode::INTERNAL_SERVER_ERROR,
            ..Self::new(ErrorCode::ServerError, "the server could not answer, try again")
        }
    }
}

impl From<domain::oauth::params::Repeated> for OAuthError {
    fn from(repeated: domain::oauth::params::Repeated) -> Self {
        Self::new(ErrorCode::InvalidRequest, repeated.to_string())
    }
}

impl From<TooMany> for OAuthError {
    fn from(too_many: TooMany) -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            headers: vec![(header::RETRY_AFTER, too_many.retry_after())],
            ..Self::new(ErrorCode::TemporarilyUnavailable, "too many attempts, try again later")
        }
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let reason = brief(self.reason.as_deref().unwrap_or(&self.description));
        tracing::info!(error = self.code.as_str(), reason, "refused");
        let body =
            json!({ "error": self.code.as_str(), "error_description": wire_description(&self.description) });
        let mut response = (self.status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response();
        response.headers_mut().extend(self.headers);
        response
    }
}
