//! `grant_type=refresh_token` (OAuth 2.1 §4.3): rotation, a short window in which the same answer is given again, and
//! the end of the family when an old token comes back after it.

use super::{
    Exchange,
    issue::{AccessToken, TokenResponse, narrowed_scopes},
};
use crate::{
    crypto::{
        CryptoError,
        sealed::SealingKey,
        secret::{HashedSecret, PlainSecret, SecretKind},
    },
    error::Error,
    http::oauth_error::OAuthError,
    oauth::{error_code::ErrorCode, grant::RevokeReason, resource::ResourceSet},
    storage::{
        access_tokens,
        grants::{self, Grant},
        refresh_tokens::{self, NewRefreshToken, RefreshToken},
        revocation::{self, Revocation},
    },
};

/// How often the same answer is given again.
const REPLAYS_MAX: i32 = 10;
/// What the key for sealed answers is derived for.
const REPLAY_PURPOSE: &str = "refresh replay";

fn invalid_grant(description: &str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidGrant, description)
}

/// Exchanges a refresh token for new tokens.
pub(super) async fn exchange(exchange: &Exchange<'_>) -> Result<TokenResponse, OAuthError> {
    let presented =
        exchange.params.one("refresh_token")?.ok_or_else(|| OAuthError::missing("refresh_token"))?;
    let wanted = exchange.resources()?;
    let scope = exchange.params.one("scope")?;

    let transaction = exchange.db.begin().await?;
    let unknown = || invalid_grant("the refresh token is unknown, expired or revoked");
    let token =
        refresh_tokens::lock(&transaction, &HashedSecret::of(presented)).await?.ok_or_else(unknown)?;
    if token.client_id != exchange.client.id {
        return Err(unknown());
    }
    let grant = grants::lookup(&transaction, &token.grant_id).await?.ok_or_else(unknown)?;
    if let Some(rotated_at) = token.rotated_at
        && exchange.now - rotated_at >= exchange.config.lifetimes.refresh_replay
    {
        // An old token came back: somebody has a copy. Everything of the grant ends.
        let revocation =
            Revocation { reason: RevokeReason::RefreshReplayed, by: None, address: exchange.address };
        revocation::revoke(&transaction, &grant, revocation, exchange.now).await?;
        transaction.commit().await?;
        return Err(unknown());
    }
    exchange.limits.refresh.take(&grant.id)?;
    if token.expires_at <= exchange.now {
        return Err(unknown());
    }
    let live =
        access_tokens::live_grant(&transaction, &grant.id, &token.access_jti).await?.ok_or_else(unknown)?;
    let resources = wanted.unwrap_or_else(|| ResourceSet::from_stored(&token.resources));
    if !grant.resources.contains_all(resources) {
        return Err(OAuthError::new(ErrorCode::InvalidTarget, "the refresh token is for another resource"));
    }
    let effective = live.effective_scopes(resources).ok_or_else(unknown)?;
    let narrowed = narrowed_scopes(scope, &grant, resources)?;

    let context = format!(
        "{} {} {}",
        exchange.client.id,
        resources.stored(),
        narrowed.as_ref().map_or_else(String::new, ToString::to_string)
    );
    let seal = SealingKey::derived_from(presented, REPLAY_PURPOSE);
    if token.rotated_at.is_some() {
        let answer = replayed(&token, &seal, &context)?;
        refresh_tokens::count_replay(&transaction, &token.hash).await?;
        transaction.commit().await?;
        return Ok(answer);
    }

    let narrowed = narrowed.map(|scopes| scopes.intersection(&effective));
    let granted = Grant { scopes: effective, ..grant };
    let access = AccessToken::issue(exchange, &granted, resources, narrowed.as_ref())?;
    let next = PlainSecret::generate(SecretKind::Refresh);
    let successor = NewRefreshToken {
        hash: next.hashed(),
        grant_id: granted.id,
        client_id: exchange.client.id.clone(),
        // The successor covers what its predecessor covered, whatever this request asked for.
        resources: ResourceSet::from_stored(&token.resources),
        access_jti: access.jti.clone(),
        access_expires_at: access.expires_at,
        family_expires_at: Some(token.family_expires_at),
        generation: token.generation + 1,
    };
    refresh_tokens::add(&transaction, successor, &exchange.config.lifetimes, exchange.now).await?;
    let answer = access.into_response(Some(next.expose().to_owned()));
    let replay = (exchange.config.lifetimes.refresh_replay > 0)
        .then(|| sealed(&answer, &seal, &context))
        .transpose()?;
    if !refresh_tokens::rotate(&transaction, &token.hash, replay, exchange.now).await? {
        return Err(unknown());
    }
    refresh_tokens::forget_old(&transaction, &token.grant_id, token.generation).await?;
    transaction.commit().await?;
    Ok(answer)
}

fn sealed(answer: &TokenResponse, seal: &SealingKey, context: &str) -> Result<String, Error> {
    let text = serde_json::to_vec(answer).map_err(|_| CryptoError::Unseal)?;
    Ok(seal.seal(&text, context))
}

/// The answer that the token was given before. Another request than that one gets nothing, and harms nobody.
fn replayed(token: &RefreshToken, seal: &SealingKey, context: &str) -> Result<TokenResponse, OAuthError> {
    let used = || invalid_grant("the refresh token was used already");
    let sealed = token.replay.as_deref().filter(|_| token.replay_count < REPLAYS_MAX).ok_or_else(used)?;
    let text = seal.open(sealed, context).map_err(|_| used())?;
    serde_json::from_slice(&text).map_err(|_| used())
}
