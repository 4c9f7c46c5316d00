//! Token revocation (RFC 7009).

use std::sync::Arc;

use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::web::{client_auth::ClientAuth, form::OAuthForm, oauth_error::OAuthError};
use domain::{
    clock::{Clock, Millis, SECOND},
    config::Config,
    crypto::{jwt::KeyRing, secret::HashedSecret},
    db::Database,
    error::Error,
    grants::{
        self,
        life::{self, Revocation},
        refresh_tokens, revoked_tokens,
    },
    oauth::{client::Client, grant::RevokeReason},
};

/// `POST /oauth/revoke`. A refresh token takes its whole grant with it, an access token only itself. What is unknown,
/// has ended or belongs to another client is left alone, with the same answer (RFC 7009 §2.2).
///
/// # Errors
/// `invalid_client` (401) when the client does not prove itself, `invalid_request` without a token.
pub async fn post(
    State(config): State<Arc<Config>>,
    State(db): State<Database>,
    State(keys): State<Arc<KeyRing>>,
    State(clock): State<Arc<dyn Clock>>,
    proof: ClientAuth,
    OAuthForm(params): OAuthForm,
) -> Result<Json<Value>, OAuthError> {
    let client = proof.authenticate(&params, &proof.limits.token).await?;
    // The hint is not needed: the two kinds of token look different (RFC 7009 §2.1).
    let token = params.one("token")?.ok_or_else(|| OAuthError::missing("token"))?;
    let now = clock.now();
    match keys.verify(token, &config.issuer) {
        Some(claims) if claims.client_id == client.id => {
            revoked_tokens::revoke(db.write(), &claims.jti, claims.exp.saturating_mul(SECOND)).await?;
        }
        Some(_) => {}
        None => revoke_refresh_token(&db, &client, token, &proof.address.0, now).await?,
    }
    // One library reads the answer as JSON, strictly (`protocol.md` N6).
    Ok(Json(json!({})))
}

async fn revoke_refresh_token(
    db: &Database,
    client: &Client,
    token: &str,
    address: &str,
    now: Millis,
) -> Result<(), Error> {
    let Some(row) = refresh_tokens::lookup(db.read(), &HashedSecret::of(token)).await? else {
        return Ok(());
    };
    if row.client_id != client.id {
        return Ok(());
    }
    let transaction = db.begin().await?;
    if let Some(grant) = grants::lock(&transaction, &row.grant_id).await? {
        let revocation = Revocation { reason: RevokeReason::Client, by: None, address };
        life::revoke(&transaction, &grant, revocation, now).await?;
    }
    transaction.commit().await
}
