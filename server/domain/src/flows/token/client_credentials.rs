//! `grant_type=client_credentials` (OAuth 2.1 §4.2): a client that acts by itself, with the grant that somebody made for
//! it.

use types::scope::ScopeSet;

use super::{
    Exchange,
    issue::TokenResponse,
    refusal::{Refusal, Used},
};
use crate::{grants::service_tokens::ServiceToken, views::live_grants};

/// Gives an access token, and no refresh token: the client can come back at any time.
pub(super) async fn exchange(exchange: &Exchange<'_>) -> Result<TokenResponse, Refusal> {
    if !exchange.client.auth_method.is_confidential() {
        return Err(Refusal::PublicClient);
    }
    exchange.resources()?;
    let read = exchange.domain.db.read();
    let grant = live_grants::find_of_service(read, &exchange.client.id).await?.ok_or(Refusal::NotByItself)?;
    let covered = grant.resources;
    let entitlement = exchange.entitlement(grant, covered, Used::ClientCredentials)?;
    let given = entitlement.resources.limit(&entitlement.grant.scopes);
    let narrowed = asked_of(exchange.params.one("scope")?, &given, &entitlement.scopes)?;
    let issued = exchange.issue(read, &entitlement, narrowed.as_ref(), None).await?;
    let token =
        ServiceToken { jti: issued.jti, grant_id: entitlement.grant.id, expires_at: issued.expires_at };
    exchange.domain.usage.tokens.add(&exchange.domain.db, token).await?;
    Ok(issued.response)
}

/// Those of the asked scopes that the client has now; `None` when it asked for all that it was given. It asks for what a
/// challenge names, since nobody told it what it may do (`protocol.md` N8).
fn asked_of(scope: Option<&str>, given: &ScopeSet, now: &ScopeSet) -> Result<Option<ScopeSet>, Refusal> {
    let Some(scope) = scope else { return Ok(None) };
    let asked = ScopeSet::parse_known(scope).expanded().intersection(given);
    let scopes = asked.intersection(now);
    if scopes.is_empty() {
        return Err(Refusal::ScopeNotGiven(now.clone()));
    }
    Ok((asked != *given).then_some(scopes))
}
