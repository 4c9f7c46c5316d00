//! `grant_type=client_credentials` (OAuth 2.1 §4.2): a client that acts by itself, with the grant that somebody made for
//! it.

use types::scope::ScopeSet;

use super::{
    Exchange,
    issue::TokenResponse,
    refusal::{Refusal, Used},
};
use crate::{Domain, grants::service_tokens::ServiceToken};

/// Gives an access token, and no refresh token: the client can come back at any time.
pub(super) async fn exchange(exchange: &Exchange<'_>) -> Result<TokenResponse, Refusal> {
    if !exchange.client.auth_method.is_confidential() {
        return Err(Refusal::PublicClient);
    }
    exchange.resources()?;
    let Domain { db, clock, grants, usage, .. } = exchange.domain;
    let grant = grants.of_service(db, &exchange.client.id, clock.monotonic()).await?;
    let grant = grant.ok_or(Refusal::NotByItself)?;
    let entitlement = exchange.entitlement(&grant, grant.resources, Used::ClientCredentials)?;
    let given = entitlement.resources.limit(&entitlement.grant.scopes);
    let narrowed = asked_of(exchange.params.one("scope")?, &given, &entitlement.scopes)?;
    let issued = exchange.issue(db.read(), &entitlement, narrowed.as_ref(), None).await?;
    let token = ServiceToken { jti: issued.jti, grant_id: grant.id.clone(), expires_at: issued.expires_at };
    usage.tokens.add(db, token).await?;
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
