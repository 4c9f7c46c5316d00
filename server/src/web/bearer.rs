//! Bearer tokens at the two resources (RFC 6750), checked against the live grant on every call.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde_json::json;
use types::scope::{Resource, ScopeSet};

use domain::{
    Domain,
    config::Config,
    flows::bearer,
    oauth::{access, caller::Caller, error_code::ErrorCode, scope::baseline},
};

/// The reason why a resource stays shut.
#[derive(Debug)]
pub enum BearerError {
    /// No credentials at all: a challenge without an error code.
    Missing,
    /// Not one well-formed `Authorization: Bearer` header.
    Malformed,
    /// The token does not open it.
    Token(bearer::Refusal),
}

impl<T: Into<bearer::Refusal>> From<T> for BearerError {
    fn from(refusal: T) -> Self {
        Self::Token(refusal.into())
    }
}

/// Finds who calls this resource, and counts it as a use of the grant.
///
/// # Errors
/// [`BearerError`] for [`refuse`].
pub async fn authenticate(
    domain: &Domain,
    resource: Resource,
    headers: &HeaderMap,
) -> Result<Caller, BearerError> {
    let token = bearer_token(headers)?;
    Ok(bearer::authenticate(domain, resource, token).await?)
}

/// The one bearer token of a request. Query and body are never asked (OAuth 2.1 §5.1).
fn bearer_token(headers: &HeaderMap) -> Result<&str, BearerError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or(BearerError::Missing)?;
    if values.next().is_some() {
        return Err(BearerError::Malformed);
    }
    let (scheme, token) =
        value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(BearerError::Malformed)?;
    let token = token.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || token.contains([' ', ',']) {
        return Err(BearerError::Malformed);
    }
    Ok(token)
}

/// The answer to a request that does not get through, with the challenge that tells the client what to do
/// (RFC 6750 §3, RFC 9728 §5.1).
pub fn refuse(config: &Config, resource: Resource, error: BearerError) -> Response {
    let metadata = config.url(&resource_metadata_path(resource));
    let challenge = |code: Option<ErrorCode>, scope: Option<ScopeSet>| {
        let code = code.map(|code| format!("error=\"{}\", ", code.as_str())).unwrap_or_default();
        let scope = scope.map(|scope| format!(", scope=\"{scope}\"")).unwrap_or_default();
        HeaderValue::from_str(&format!("Bearer {code}resource_metadata=\"{metadata}\"{scope}"))
            .expect("URLs and scopes are ASCII")
    };
    let answer = |status: StatusCode, code: ErrorCode, description: &str, challenge: Option<HeaderValue>| {
        let body = json!({ "error": code.as_str(), "error_description": description });
        let mut response = (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response();
        if let Some(challenge) = challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    };
    let base = Some(baseline(resource));
    match error {
        BearerError::Missing => answer(
            StatusCode::UNAUTHORIZED,
            ErrorCode::InvalidToken,
            "send an access token in the Authorization header",
            Some(challenge(None, base)),
        ),
        BearerError::Malformed => answer(
            StatusCode::BAD_REQUEST,
            ErrorCode::InvalidRequest,
            "send one Authorization header with one bearer token",
            Some(challenge(Some(ErrorCode::InvalidRequest), base)),
        ),
        BearerError::Token(bearer::Refusal::Invalid(reason)) => {
            tracing::info!(reason, "token refused");
            invalid_token(&answer, challenge(Some(ErrorCode::InvalidToken), base))
        }
        BearerError::Token(bearer::Refusal::Access(refusal)) => {
            tracing::info!(%refusal, "call refused");
            match refusal {
                access::Refusal::Scope { needed } => answer(
                    StatusCode::FORBIDDEN,
                    ErrorCode::InsufficientScope,
                    "this call needs more than the person allowed",
                    Some(challenge(Some(ErrorCode::InsufficientScope), Some(needed))),
                ),
                access::Refusal::Role | access::Refusal::Ceiling | access::Refusal::Paused => {
                    answer(StatusCode::FORBIDDEN, ErrorCode::AccessDenied, &refusal.to_string(), None)
                }
                access::Refusal::Audience
                | access::Refusal::Grant
                | access::Refusal::Client
                | access::Refusal::Person => {
                    invalid_token(&answer, challenge(Some(ErrorCode::InvalidToken), base))
                }
            }
        }
        BearerError::Token(bearer::Refusal::TooMany(too_many)) => {
            let description = "too many calls, try again later";
            let mut response =
                answer(StatusCode::TOO_MANY_REQUESTS, ErrorCode::TemporarilyUnavailable, description, None);
            response.headers_mut().insert(header::RETRY_AFTER, too_many.retry_after());
            response
        }
        BearerError::Token(bearer::Refusal::Internal(error)) => {
            tracing::error!(%error, "a call failed inside");
            answer(
                StatusCode::INTERNAL_SERVER_ERROR,
                ErrorCode::ServerError,
                "the server could not answer, try again",
                None,
            )
        }
    }
}

fn invalid_token(
    answer: &impl Fn(StatusCode, ErrorCode, &str, Option<HeaderValue>) -> Response,
    challenge: HeaderValue,
) -> Response {
    let description = "the access token is unknown, expired, revoked or for another resource";
    answer(StatusCode::UNAUTHORIZED, ErrorCode::InvalidToken, description, Some(challenge))
}

/// The path of a resource's metadata (RFC 9728 §3.1).
pub fn resource_metadata_path(resource: Resource) -> String {
    format!("{}{}", types::paths::RESOURCE_METADATA, resource.url(""))
}
