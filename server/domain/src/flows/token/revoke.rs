//! A client gives a token back (RFC 7009).

use crate::{
    Domain,
    clock::SECOND,
    crypto::secret::HashedSecret,
    error::Error,
    grants::{
        self,
        life::{self, Revocation},
        revoked_tokens,
    },
    oauth::client::Client,
    views::presented,
};
use types::grant::RevokeReason;

/// Revokes a token of the client's. A refresh token takes its whole grant with it, an access token only itself. What is
/// unknown, has ended or belongs to another client is left alone.
pub async fn revoke(domain: &Domain, client: &Client, token: &str, address: &str) -> Result<(), Error> {
    // The hint is not needed: the two kinds of token look different (RFC 7009 §2.1).
    match domain.keys.verify(token, &domain.config.issuer) {
        Some(claims) if claims.client_id == client.id => {
            let ends = claims.exp.saturating_mul(SECOND);
            revoked_tokens::revoke(domain.db.write(), &claims.jti, ends).await
        }
        Some(_) => Ok(()),
        None => revoke_refresh_token(domain, client, token, address).await,
    }
}

async fn revoke_refresh_token(
    domain: &Domain,
    client: &Client,
    token: &str,
    address: &str,
) -> Result<(), Error> {
    let found = presented::lookup_refresh_token(domain.db.read(), HashedSecret::of(token).as_str()).await?;
    let Some((grant, _)) = found.filter(|(grant, _)| grant.client_id == client.id) else {
        return Ok(());
    };
    let transaction = domain.db.begin().await?;
    if let Some(grant) = grants::lock(&transaction, &grant.id).await? {
        let revocation = Revocation { reason: RevokeReason::Client, by: None, address };
        life::revoke(&transaction, &grant, revocation, domain.clock.now()).await?;
    }
    transaction.commit().await
}
