//! The token endpoint (OAuth 2.1 §3.2).

mod client_credentials;
mod code;
mod issue;
mod refresh;

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::header;

use crate::{
    clock::{Clock, Millis},
    config::Config,
    crypto::jwt::KeyRing,
    http::{client_auth::ClientAuth, form::OAuthForm, oauth_error::OAuthError},
    oauth::{
        client::{Client, GrantType},
        error_code::ErrorCode,
        params::Params,
        resource::{self, ResourceSet},
    },
    rate_limit::RateLimits,
    storage::Database,
};

/// What every grant type works with.
struct Exchange<'a> {
    config: &'a Config,
    db: &'a Database,
    keys: &'a KeyRing,
    limits: &'a RateLimits,
    client: &'a Client,
    params: &'a Params,
    address: &'a str,
    now: Millis,
}

impl Exchange<'_> {
    /// The resources that the request names, if any.
    fn resources(&self) -> Result<Option<ResourceSet>, OAuthError> {
        resource::parse_all(&self.config.issuer, self.params.all("resource"))
            .map_err(|error| OAuthError::new(ErrorCode::InvalidTarget, error.to_string()))
    }
}

/// `POST /oauth/token`.
///
/// # Errors
/// The codes of RFC 6749 §5.2 and RFC 8707 §2.
pub async fn post(
    State(config): State<Arc<Config>>,
    State(db): State<Database>,
    State(keys): State<Arc<KeyRing>>,
    State(clock): State<Arc<dyn Clock>>,
    proof: ClientAuth,
    OAuthForm(params): OAuthForm,
) -> Result<Response, OAuthError> {
    if let Some(repeated) =
        params.repeated(&["grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope"])
    {
        return Err(repeated.into());
    }
    let grant_type = params.one("grant_type")?.ok_or_else(|| OAuthError::missing("grant_type"))?;
    let client = proof.authenticate(&params, &proof.limits.token).await?;
    let kind = GrantType::known(grant_type).ok_or_else(|| {
        OAuthError::new(
            ErrorCode::UnsupportedGrantType,
            "grant_type must be authorization_code, refresh_token or client_credentials",
        )
    })?;
    // Whether a client may act by itself is said by its grant, not by its registration.
    if kind != GrantType::ClientCredentials && !client.may(kind) {
        let description = format!("this client is not registered for {}", kind.as_str());
        return Err(OAuthError::new(ErrorCode::UnauthorizedClient, description));
    }
    // Not `invalid_client`: that makes clients register anew, and what was switched off may come back.
    if !client.is_active() {
        return Err(OAuthError::new(ErrorCode::InvalidGrant, "this client is switched off"));
    }
    let exchange = Exchange {
        config: &config,
        db: &db,
        keys: &keys,
        limits: &proof.limits,
        client: &client,
        params: &params,
        address: &proof.address.0,
        now: clock.now(),
    };
    let tokens = match kind {
        GrantType::AuthorizationCode => code::exchange(&exchange).await?,
        GrantType::RefreshToken => refresh::exchange(&exchange).await?,
        GrantType::ClientCredentials => client_credentials::exchange(&exchange).await?,
    };
    Ok(([(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")], Json(tokens)).into_response())
}
