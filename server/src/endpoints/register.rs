//! Dynamic client registration (RFC 7591).

use std::sync::Arc;

use axum::{
    Json,
    body::to_bytes,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

use crate::web::{address::Address, oauth_error::OAuthError};
use domain::{
    Domain,
    clients::dynamic_registration::{self, Refusal, Registered},
    clock::SECOND,
    oauth::{client_metadata::ClientMetadata, error_code::ErrorCode},
};

/// Largest body, in bytes: several times what any known client sends.
const BODY_MAX: usize = 16 * 1024;
/// Seconds after which to come back where there was no room.
const FULL_FOR: HeaderValue = HeaderValue::from_static("600");

/// `POST /oauth/register`.
///
/// # Errors
/// `invalid_redirect_uri` or `invalid_client_metadata` (400), 404 when registration is switched off, 429 after too
/// many registrations from one address or from all, 503 when there is no room for another client.
pub async fn post(
    State(domain): State<Arc<Domain>>,
    Address(address): Address,
    request: Request,
) -> Result<Response, OAuthError> {
    if !domain.config.options.dynamic_registration {
        let off = "registration is switched off; ask an administrator for a client ID";
        return Err(OAuthError {
            status: StatusCode::NOT_FOUND,
            ..OAuthError::new(ErrorCode::AccessDenied, off)
        });
    }
    let body = json_body(request).await?;
    let metadata = ClientMetadata::parse(&body, &domain.config.redirect_rules)
        .map_err(|error| OAuthError::new(error.code, error.description))?;
    let registered = dynamic_registration::register(&domain, &metadata, &address).await?;
    Ok(answer(&metadata, &registered))
}

/// The registration response (RFC 7591 §3.2.1).
fn answer(metadata: &ClientMetadata, registered: &Registered) -> Response {
    let mut answer = metadata.echo();
    answer.insert("client_id".into(), json!(registered.client_id));
    answer.insert("client_id_issued_at".into(), json!(registered.issued_at / SECOND));
    if let Some(secret) = &registered.secret {
        answer.insert("client_secret".into(), json!(secret.expose()));
        answer.insert("client_secret_expires_at".into(), json!(0));
    }
    (StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

impl From<Refusal> for OAuthError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TooMany(too_many) => too_many.into(),
            Refusal::Full => full(),
            Refusal::Internal(error) => error.into(),
        }
    }
}

/// Too many clients registered themselves within an hour.
fn full() -> OAuthError {
    let description = "there is no room for another client now, try again later";
    OAuthError {
        status: StatusCode::SERVICE_UNAVAILABLE,
        headers: vec![(header::RETRY_AFTER, FULL_FOR)],
        ..OAuthError::new(ErrorCode::TemporarilyUnavailable, description)
    }
}

async fn json_body(request: Request) -> Result<Value, OAuthError> {
    let invalid = |description| OAuthError::new(ErrorCode::InvalidClientMetadata, description);
    let body = to_bytes(request.into_body(), BODY_MAX)
        .await
        .map_err(|_| invalid("the body is longer than 16 KB or did not arrive whole"))?;
    serde_json::from_slice(&body).map_err(|_| invalid("the body is not JSON"))
}
