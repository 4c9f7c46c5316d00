//! The token endpoint (OAuth 2.1 §3.2).

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::header;

use crate::web::{client_auth::ClientAuth, form::OAuthForm, oauth_error::OAuthError};
use domain::{
    Domain,
    flows::token::{Refusal, exchange},
};

/// Parameters that may stand only once.
const SINGLE: [&str; 6] = ["grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope"];

/// `POST /oauth/token`.
///
/// # Errors
/// The codes of RFC 6749 §5.2 and RFC 8707 §2.
pub async fn post(
    State(domain): State<Arc<Domain>>,
    proof: ClientAuth,
    OAuthForm(params): OAuthForm,
) -> Result<Response, OAuthError> {
    if let Some(repeated) = params.repeated(&SINGLE) {
        return Err(repeated.into());
    }
    // Before the client proves itself, which may cost more.
    params.one("grant_type")?.ok_or_else(|| OAuthError::missing("grant_type"))?;
    let client = proof.authenticate(&params, &domain.limits.token).await?;
    let tokens = exchange(&domain, &client, &params, &proof.address.0).await?;
    Ok(([(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")], Json(tokens)).into_response())
}

impl From<Refusal> for OAuthError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TooMany(too_many) => too_many.into(),
            Refusal::Internal(error) => error.into(),
            refusal => Self::new(refusal.code(), refusal.description()).because(&refusal),
        }
    }
}
