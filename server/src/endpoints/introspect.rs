//! Token introspection (RFC 7662): what a token is good for, at this moment.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::header;
use serde_json::{Value, json};
use types::grant::GrantStatus;

use crate::web::{client_auth::ClientAuth, form::OAuthForm, oauth_error::OAuthError};
use domain::{
    Domain,
    clock::{Millis, SECOND},
    crypto::secret::HashedSecret,
    error::Error,
    flows::bearer::Verified,
    oauth::client::Client,
    views::{
        live_grants::LiveGrant,
        presented::{self, RefreshToken},
    },
};

/// `POST /oauth/introspect`. A client is told about the tokens that it was issued; one that an administrator marked as
/// a resource server also about access tokens that it may be handed. About everything else it learns nothing: unknown,
/// ended and foreign tokens look the same (RFC 7662 §2.2, §4).
///
/// # Errors
/// `invalid_client` (401) when the client does not prove itself with a secret or key, `invalid_request` without a token.
pub async fn post(
    State(domain): State<Arc<Domain>>,
    proof: ClientAuth,
    OAuthForm(params): OAuthForm,
) -> Result<Response, OAuthError> {
    let client = proof.authenticate(&params, &domain.limits.introspect).await?;
    if !client.auth_method.is_confidential() {
        return Err(OAuthError::invalid_client(
            "only a client that authenticates may ask about tokens",
            false,
        ));
    }
    // The hint is not needed: the two kinds of token look different (RFC 7662 §2.1).
    let token = params.one("token")?.ok_or_else(|| OAuthError::missing("token"))?;
    let now = domain.clock.now();
    let known = match domain.tokens.verify(&domain.keys, &domain.config.issuer, token) {
        _ if !client.is_active() => None,
        Some(token) => about_access_token(&domain, &client, &token, now).await?,
        None => about_refresh_token(&domain, &client, token, now).await?,
    };
    let answer = known.unwrap_or_else(|| json!({ "active": false }));
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}

async fn about_access_token(
    domain: &Domain,
    client: &Client,
    token: &Verified,
    now: Millis,
) -> Result<Option<Value>, Error> {
    let claims = &token.claims;
    let theirs = claims.client_id == client.id || client.resource_server;
    if !theirs || token.expires_at <= now {
        return Ok(None);
    }
    let moment = domain.clock.monotonic();
    let Some((live, revoked)) = domain.grants.of_call(&domain.db, &claims.grant, &claims.jti, moment).await?
    else {
        return Ok(None);
    };
    let scopes = live.effective_scopes(token.audience).map(|scopes| match &token.narrowed {
        Some(narrowed) => scopes.intersection(narrowed),
        None => scopes,
    });
    // A paused grant opens nothing now.
    let opens = !revoked && live.status == GrantStatus::Active;
    let Some(scopes) = scopes.filter(|scopes| !scopes.is_empty() && opens) else {
        return Ok(None);
    };
    Ok(Some(json!({
        "active": true,
        "scope": scopes.to_string(),
        "client_id": claims.client_id,
        "sub": claims.sub,
        "aud": claims.aud,
        "iss": claims.iss,
        "jti": claims.jti,
        "iat": claims.iat,
        "exp": claims.exp,
        "token_type": "Bearer",
    })))
}

async fn about_refresh_token(
    domain: &Domain,
    client: &Client,
    token: &str,
    now: Millis,
) -> Result<Option<Value>, Error> {
    let found = presented::lookup_refresh_token(domain.db.read(), HashedSecret::of(token).as_str()).await?;
    let works = |(grant, token): &(LiveGrant, RefreshToken)| {
        grant.client_id == client.id && token.rotated_at.is_none() && token.expires_at > now
    };
    let Some((grant, token)) = found.filter(works) else { return Ok(None) };
    let resources = token.token_resources;
    let Some(scopes) = grant.effective_scopes(resources) else { return Ok(None) };
    Ok(Some(json!({
        "active": true,
        "scope": scopes.to_string(),
        "client_id": client.id,
        "sub": grant.subject_id(),
        "aud": resources.iter().map(|resource| resource.url(&domain.config.issuer)).collect::<Vec<_>>(),
        "iss": domain.config.issuer,
        "exp": token.expires_at / SECOND,
    })))
}
