//! The token endpoint (OAuth 2.1 §3.2).

mod client_credentials;
mod code;
mod issue;
mod refresh;
mod refusal;

use std::sync::Arc;

use self::{issue::TokenResponse, refusal::Refusal};
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::header;

use crate::web::{client_auth::ClientAuth, form::OAuthForm, oauth_error::OAuthError};
use domain::{
    clock::{Clock, Millis},
    config::Config,
    crypto::jwt::KeyRing,
    db::Database,
    oauth::{
        client::{Client, GrantType},
        params::Params,
        resource::{self, ResourceSet, UnknownResource},
    },
    rate_limit::RateLimits,
};

/// Parameters that may stand only once.
const SINGLE: [&str; 6] = ["grant_type", "code", "redirect_uri", "code_verifier", "refresh_token", "scope"];

/// The means that every grant type works with.
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

impl<'a> Exchange<'a> {
    /// A parameter that has to be there.
    fn required(&self, name: &'static str) -> Result<&'a str, Refusal> {
        self.params.one(name)?.ok_or(Refusal::Missing(name))
    }

    /// The resources that the request names, if any.
    fn resources(&self) -> Result<Option<ResourceSet>, UnknownResource> {
        resource::parse_all(&self.config.issuer, self.params.all("resource"))
    }

    /// Gives the tokens, by the kind of what was sent.
    async fn tokens(&self) -> Result<TokenResponse, Refusal> {
        let grant_type = self.required("grant_type")?;
        let kind = GrantType::known(grant_type).ok_or(Refusal::UnsupportedGrantType)?;
        // Whether a client may act by itself is said by its grant, not by its registration.
        if kind != GrantType::ClientCredentials && !self.client.may(kind) {
            return Err(Refusal::Unregistered(kind));
        }
        if !self.client.is_active() {
            return Err(Refusal::ClientOff);
        }
        match kind {
            GrantType::AuthorizationCode => code::exchange(self).await,
            GrantType::RefreshToken => refresh::exchange(self).await,
            GrantType::ClientCredentials => client_credentials::exchange(self).await,
        }
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
    if let Some(repeated) = params.repeated(&SINGLE) {
        return Err(repeated.into());
    }
    // Before the client proves itself, which may cost more.
    params.one("grant_type")?.ok_or_else(|| OAuthError::missing("grant_type"))?;
    let client = proof.authenticate(&params, &proof.limits.token).await?;
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
    let tokens = exchange.tokens().await?;
    Ok(([(header::CACHE_CONTROL, "no-store"), (header::PRAGMA, "no-cache")], Json(tokens)).into_response())
}
