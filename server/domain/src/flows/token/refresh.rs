//! `grant_type=refresh_token` (OAuth 2.1 §4.3): rotation, a short window in which the same answer is given again, and
//! the end of the family when an old token comes back after it.

use types::{grant::RevokeReason, scope::ScopeSet};

use super::{
    Exchange,
    issue::{Entitlement, Successor, TokenResponse},
    refusal::{Refusal, Used},
};
use crate::{
    crypto::{CryptoError, sealed::SealingKey, secret::HashedSecret},
    db::Transaction,
    error::Error,
    grants::{
        Grant,
        life::{self, Revocation},
        refresh_tokens,
    },
    views::presented::{self, RefreshToken},
};

/// Number of times that the same answer is given again.
const REPLAYS_MAX: i64 = 10;
/// The purpose that the key for sealed answers is derived for.
const REPLAY_PURPOSE: &str = "refresh replay";

/// Exchanges a refresh token for new tokens.
pub(super) async fn exchange(exchange: &Exchange<'_>) -> Result<TokenResponse, Refusal> {
    let presented = exchange.required("refresh_token")?;
    exchange.resources()?;
    let scope = exchange.params.one("scope")?;

    let transaction = exchange.domain.db.begin().await?;
    let done = rotate(exchange, &transaction, presented, scope).await;
    transaction.conclude(done).await?
}

/// Gives a token a successor, or the answer that it was given before. A refusal inside is kept with what was done for it.
async fn rotate(
    exchange: &Exchange<'_>,
    transaction: &Transaction,
    presented: &str,
    scope: Option<&str>,
) -> Result<Result<TokenResponse, Refusal>, Refusal> {
    let found = presented::lock_refresh_token(transaction, HashedSecret::of(presented).as_str()).await?;
    let (grant, token) = found.ok_or(Refusal::UnknownToken)?;
    if grant.client_id != exchange.client.id {
        return Err(Refusal::TokenOfAnother(grant.client_id));
    }
    if let Some(rotated_at) = token.rotated_at
        && exchange.now - rotated_at >= exchange.domain.config.options.lifetimes.refresh_replay
    {
        // An old token came back: somebody has a copy. Everything of the grant ends.
        let revocation =
            Revocation { reason: RevokeReason::RefreshReplayed, by: None, address: exchange.address };
        life::revoke(transaction, &Grant::from(&grant), revocation, exchange.now).await?;
        return Ok(Err(Refusal::TokenReplayed));
    }
    exchange.domain.limits.refresh.take(&grant.id)?;
    if token.expires_at <= exchange.now {
        return Err(Refusal::TokenExpired);
    }
    // The successor covers what its predecessor covered, whatever this request asks for.
    let covered = token.token_resources;
    let entitlement = exchange.entitlement(&grant, covered, Used::RefreshToken)?;
    let narrowed = narrowed(scope, &entitlement)?;

    let context = format!(
        "{} {} {}",
        exchange.client.id,
        entitlement.resources,
        narrowed.as_ref().map_or_else(String::new, ToString::to_string)
    );
    let seal = SealingKey::from_secret(presented, REPLAY_PURPOSE);
    if token.rotated_at.is_some() {
        let answer = replayed(&token, &seal, &context)?;
        refresh_tokens::count_replay(transaction, &token.hash).await?;
        return Ok(Ok(answer));
    }

    let successor = Successor {
        resources: covered,
        family_expires_at: Some(token.family_expires_at),
        generation: token.generation + 1,
    };
    let issued = exchange.issue(transaction, &entitlement, narrowed.as_ref(), Some(successor)).await?;
    let replay = (exchange.domain.config.options.lifetimes.refresh_replay > 0)
        .then(|| sealed(&issued.response, &seal, &context))
        .transpose()?;
    if !refresh_tokens::rotate(transaction, &token.hash, replay, exchange.now).await? {
        return Err(Refusal::TokenReplaced);
    }
    refresh_tokens::forget_old(transaction, &entitlement.grant.id, token.generation).await?;
    Ok(Ok(issued.response))
}

/// The scopes of a request that asks for less than the grant (OAuth 2.1 §4.3.1); `None` when it asks for all.
fn narrowed(scope: Option<&str>, entitlement: &Entitlement<'_>) -> Result<Option<ScopeSet>, Refusal> {
    let Some(scope) = scope else { return Ok(None) };
    let Entitlement { grant, resources, .. } = entitlement;
    let asked = ScopeSet::parse_known(scope).expanded();
    if !grant.scopes.contains_all(&asked) {
        return Err(Refusal::ScopeNotGranted);
    }
    let asked = resources.limit(&asked);
    if asked.is_empty() {
        return Err(Refusal::ScopeEmpty);
    }
    Ok((asked != resources.limit(&grant.scopes)).then_some(asked))
}

fn sealed(answer: &TokenResponse, seal: &SealingKey, context: &str) -> Result<String, Error> {
    let text = serde_json::to_vec(answer).map_err(|_| CryptoError::Unseal)?;
    Ok(seal.seal(&text, context))
}

/// The answer that the token was given before. Another request than that one gets nothing, and harms nobody.
fn replayed(token: &RefreshToken, seal: &SealingKey, context: &str) -> Result<TokenResponse, Refusal> {
    let replay = token.replay.as_deref().filter(|_| token.replay_count < REPLAYS_MAX);
    let sealed = replay.ok_or(Refusal::TokenReplaced)?;
    let text = seal.open(sealed, context).map_err(|_| Refusal::TokenReplaced)?;
    serde_json::from_slice(&text).map_err(|_| Refusal::TokenReplaced)
}
