//! `grant_type=client_credentials` (OAuth 2.1 §4.2): a client that acts by itself, with the grant that somebody made for
//! it.

use super::{
    Exchange,
    issue::{AccessToken, TokenResponse},
};
use crate::{
    http::oauth_error::OAuthError,
    oauth::error_code::ErrorCode,
    storage::{
        access_tokens,
        grants::{self, Grant},
        own_tokens,
    },
};
use app::types::scope::ScopeSet;

/// Gives an access token, and no refresh token: the client can come back at any time.
pub(super) async fn exchange(exchange: &Exchange<'_>) -> Result<TokenResponse, OAuthError> {
    let client = exchange.client;
    let unauthorized = |description| OAuthError::new(ErrorCode::UnauthorizedClient, description);
    if !client.auth_method.is_confidential() {
        return Err(unauthorized("a client that cannot prove itself cannot act by itself"));
    }
    let wanted = exchange.resources()?;
    let read = exchange.db.read();
    let unlet = || unauthorized("nobody lets this client act by itself");
    let grant = grants::own_of_client(read, &client.id).await?.ok_or_else(unlet)?;
    let live = access_tokens::live_grant(read, &grant.id, "").await?.ok_or_else(unlet)?;
    let resources = wanted.unwrap_or(grant.resources);
    if !grant.resources.contains_all(resources) {
        return Err(OAuthError::new(ErrorCode::InvalidTarget, "the client may not act at this resource"));
    }
    let effective = live.effective_scopes(resources).ok_or_else(unlet)?;
    let asked = exchange.params.one("scope")?;
    let narrowed = asked_of(asked, &resources.limit(&grant.scopes), &resources.limit(&effective))?;
    let granted = Grant { scopes: effective, ..grant };
    let access = AccessToken::issue(exchange, &granted, resources, narrowed.as_ref())?;
    own_tokens::add(exchange.db.write(), &access.jti, &granted.id, access.expires_at).await?;
    Ok(access.into_response(None))
}

/// Those of the asked scopes that the client has now; `None` when it asked for all that it was given. It asks for what a
/// challenge names, since nobody told it what it may do (`protocol.md` N8).
fn asked_of(scope: Option<&str>, given: &ScopeSet, now: &ScopeSet) -> Result<Option<ScopeSet>, OAuthError> {
    let Some(scope) = scope else { return Ok(None) };
    let asked = ScopeSet::parse_known(scope).expanded().intersection(given);
    let scopes = asked.intersection(now);
    if scopes.is_empty() {
        let description = format!("none of these scopes was given to the client, which has {now}");
        return Err(OAuthError::new(ErrorCode::InvalidScope, description));
    }
    Ok((asked != *given).then_some(scopes))
}
