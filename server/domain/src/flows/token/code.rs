//! `grant_type=authorization_code` (OAuth 2.1 §4.1.3).

use super::{
    Exchange,
    issue::{Successor, TokenResponse},
    refusal::{Refusal, Used},
};
use crate::{
    clock::{Millis, SECOND},
    crypto::secret::HashedSecret,
    db::Transaction,
    grants::{
        Grant, codes,
        life::{self, Revocation},
        superseding,
    },
    oauth::pkce::Challenge,
    views::presented::{self, Code},
};
use types::{
    client::GrantType,
    grant::{GrantStatus, RevokeReason},
    id::ClientId,
};

/// The time for which a second valid use of a code counts as the same client in parallel. Later it is a thief.
const PARALLEL_USE: Millis = 10 * SECOND;

/// Exchanges a code for tokens, once.
pub(super) async fn exchange(exchange: &Exchange<'_>) -> Result<TokenResponse, Refusal> {
    let code = exchange.required("code")?;
    let verifier = exchange.required("code_verifier")?;
    exchange.resources()?;

    let transaction = exchange.domain.db.begin().await?;
    let done = redeem(exchange, &transaction, code, verifier).await;
    transaction.conclude(done).await?
}

/// Redeems a code. A refusal inside is kept with what was done for it.
async fn redeem(
    exchange: &Exchange<'_>,
    transaction: &Transaction,
    code: &str,
    verifier: &str,
) -> Result<Result<TokenResponse, Refusal>, Refusal> {
    let found = presented::lock_code(transaction, HashedSecret::of(code).as_str()).await?;
    let (mut live, row) = found.ok_or(Refusal::UnknownCode)?;
    matches_request(exchange, &live.client_id, &row, verifier)?;
    let grant = Grant::from(&live);
    if let Some(consumed_at) = row.consumed_at {
        if exchange.now - consumed_at <= PARALLEL_USE {
            return Err(Refusal::CodeUsed);
        }
        let revocation =
            Revocation { reason: RevokeReason::CodeReplayed, by: None, address: exchange.address };
        life::revoke(transaction, &grant, revocation, exchange.now).await?;
        return Ok(Err(Refusal::CodeReplayed));
    }
    if row.expires_at <= exchange.now {
        return Err(Refusal::CodeExpired);
    }
    // Older access is locked before the newer: grants are locked in the order of their ids.
    let older = match exchange.client.auth_method.is_confidential() {
        true => Vec::new(),
        false => superseding::lock_older(transaction, &grant.id, exchange.now).await?,
    };
    if !life::activate(transaction, &grant).await? {
        return Err(Refusal::Grant(grant.status));
    }
    superseding::end(transaction, &older, exchange.address, exchange.now).await?;

    live.status = GrantStatus::Active;
    let entitlement = exchange.entitlement(&live, live.resources, Used::Code)?;
    let successor = exchange.client.may(GrantType::RefreshToken).then_some(Successor {
        resources: entitlement.resources,
        family_expires_at: None,
        generation: 0,
    });
    let issued = exchange.issue(transaction, &entitlement, None, successor).await?;
    if !codes::consume(transaction, &row.hash, &issued.jti, issued.expires_at, exchange.now).await? {
        return Err(Refusal::CodeUsed);
    }
    Ok(Ok(issued.response))
}

/// Checks that client, redirect URI and verifier are those of the request. A wrong one changes nothing: whoever guesses
/// must not be able to use the code up.
fn matches_request(
    exchange: &Exchange<'_>,
    client_id: &ClientId,
    code: &Code,
    verifier: &str,
) -> Result<(), Refusal> {
    if *client_id != exchange.client.id {
        return Err(Refusal::CodeOfAnother(client_id.clone()));
    }
    let redirect_uri = exchange.params.one("redirect_uri")?;
    if redirect_uri.is_some_and(|uri| uri != code.redirect_uri) {
        return Err(Refusal::RedirectUri(code.redirect_uri.clone()));
    }
    Ok(Challenge::stored(code.code_challenge.clone()).check(verifier)?)
}
