//! Token revocation (RFC 7009).

use std::sync::Arc;

use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::web::{client_auth::ClientAuth, form::OAuthForm, oauth_error::OAuthError};
use domain::{Domain, flows::token};

/// `POST /oauth/revoke`. A refresh token takes its whole grant with it, an access token only itself. What is unknown,
/// has ended or belongs to another client is left alone, with the same answer (RFC 7009 §2.2).
///
/// # Errors
/// `invalid_client` (401) when the client does not prove itself, `invalid_request` without a token.
pub async fn post(
    State(domain): State<Arc<Domain>>,
    proof: ClientAuth,
    OAuthForm(params): OAuthForm,
) -> Result<Json<Value>, OAuthError> {
    let client = proof.authenticate(&params, &domain.limits.token).await?;
    let token = params.one("token")?.ok_or_else(|| OAuthError::missing("token"))?;
    token::revoke(&domain, &client, token, &proof.address.0).await?;
    // One library reads the answer as JSON, strictly (`protocol.md` N6).
    Ok(Json(json!({})))
}
