//! `grant_type=authorization_code` (OAuth 2.1 §4.1.3).

use super::{
    Exchange,
    issue::{AccessToken, TokenResponse},
};
use crate::{
    clock::{Millis, SECOND},
    crypto::secret::{HashedSecret, PlainSecret, SecretKind},
    http::oauth_error::OAuthError,
    oauth::{
        client::GrantType,
        error_code::ErrorCode,
        grant::{GrantStatus, RevokeReason},
        pkce::Challenge,
    },
    storage::{
        access_tokens,
        codes::{self, Code},
        grants::{self, Grant},
        refresh_tokens::{self, NewRefreshToken},
        revocation::{self, Revocation},
        superseding,
    },
};

/// How long a second valid use of a code counts as the same client in parallel. Later it is a thief.
const PARALLEL_USE: Millis = 10 * SECOND;

fn invalid_grant(description: &str) -> OAuthError {
    OAuthError::new(ErrorCode::InvalidGrant, description)
}

/// Exchanges a code for tokens, once.
pub(super) async fn exchange(exchange: &Exchange<'_>) -> Result<TokenResponse, OAuthError> {
    let code = exchange.params.one("code")?.ok_or_else(|| OAuthError::missing("code"))?;
    let verifier =
        exchange.params.one("code_verifier")?.ok_or_else(|| OAuthError::missing("code_verifier"))?;
    let wanted = exchange.resources()?;

    let transaction = exchange.db.begin().await?;
    let unknown = || invalid_grant("the code is unknown, expired or used");
    let row = codes::lock(&transaction, &HashedSecret::of(code)).await?.ok_or_else(unknown)?;
    matches_request(exchange, &row, verifier)?;
    let supersedes = row.consumed_at.is_none() && !exchange.client.auth_method.is_confidential();
    let older = match supersedes {
        true => superseding::lock_older(&transaction, &row.grant_id, exchange.now).await?,
        false => Vec::new(),
    };
    let grant = grants::lock(&transaction, &row.grant_id).await?.ok_or_else(unknown)?;
    if let Some(consumed_at) = row.consumed_at {
        if exchange.now - consumed_at > PARALLEL_USE {
            let revocation =
                Revocation { reason: RevokeReason::CodeReplayed, by: None, address: exchange.address };
            revocation::revoke(&transaction, &grant, revocation, exchange.now).await?;
            transaction.commit().await?;
        }
        return Err(unknown());
    }
    if row.expires_at <= exchange.now || grant.status != GrantStatus::Pending {
        return Err(unknown());
    }
    let resources = wanted.unwrap_or(grant.resources);
    if !grant.resources.contains_all(resources) {
        return Err(OAuthError::new(ErrorCode::InvalidTarget, "the code is for another resource"));
    }

    if !grants::activate(&transaction, &grant).await? {
        return Err(unknown());
    }
    superseding::end(&transaction, &older, exchange.address, exchange.now).await?;
    // Role, membership and client may have changed since the person said yes.
    let live = access_tokens::live_grant(&transaction, &grant.id, "").await?.ok_or_else(unknown)?;
    let scopes = live.effective_scopes(resources).ok_or_else(unknown)?;
    let access = AccessToken::issue(exchange, &Grant { scopes, ..grant.clone() }, resources, None)?;
    if !codes::consume(&transaction, &row.hash, &access.jti, access.expires_at, exchange.now).await? {
        return Err(unknown());
    }
    let refresh =
        exchange.client.may(GrantType::RefreshToken).then(|| PlainSecret::generate(SecretKind::Refresh));
    if let Some(refresh) = &refresh {
        let token = NewRefreshToken {
            hash: refresh.hashed(),
            grant_id: grant.id.clone(),
            client_id: exchange.client.id.clone(),
            resources,
            access_jti: access.jti.clone(),
            access_expires_at: access.expires_at,
            family_expires_at: None,
            generation: 0,
        };
        refresh_tokens::add(&transaction, token, &exchange.config.lifetimes, exchange.now).await?;
    }
    transaction.commit().await?;
    Ok(access.into_response(refresh.map(|token| token.expose().to_owned())))
}

/// Whether this client, redirect URI and verifier are those of the request. A wrong one changes nothing: whoever
/// guesses must not be able to use the code up.
fn matches_request(exchange: &Exchange<'_>, code: &Code, verifier: &str) -> Result<(), OAuthError> {
    if code.client_id != exchange.client.id {
        return Err(invalid_grant("the code is unknown, expired or used"));
    }
    let redirect_uri = exchange.params.one("redirect_uri")?;
    if redirect_uri.is_some_and(|uri| uri != code.redirect_uri) {
        return Err(invalid_grant("redirect_uri is not that of the authorization request"));
    }
    Challenge::stored(code.code_challenge.clone())
        .check(verifier)
        .map_err(|error| invalid_grant(&error.to_string()))
}
