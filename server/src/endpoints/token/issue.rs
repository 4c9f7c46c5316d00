//! Making access tokens.

use app::types::scope::ScopeSet;
use serde::{Deserialize, Serialize};

use super::Exchange;
use crate::{
    clock::{Millis, SECOND},
    crypto::{id, jwt::AccessClaims},
    error::Error,
    http::oauth_error::OAuthError,
    oauth::{error_code::ErrorCode, resource::ResourceSet},
    storage::grants::Grant,
};

/// The answer of the token endpoint (OAuth 2.1 §3.2.3).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct TokenResponse {
    pub(super) access_token: String,
    pub(super) token_type: String,
    /// Seconds.
    pub(super) expires_in: i64,
    pub(super) scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) refresh_token: Option<String>,
}

/// A signed access token, and what is stored of it.
pub(super) struct AccessToken {
    pub(super) token: String,
    pub(super) jti: String,
    pub(super) expires_at: Millis,
    lifetime: Millis,
    pub(super) scopes: ScopeSet,
}

impl AccessToken {
    /// Signs a token for a grant, if its client has not got too many just now: each leaves a row behind. `narrowed` are the scopes of a client that asked for less than the grant.
    pub(super) fn issue(
        exchange: &Exchange<'_>,
        grant: &Grant,
        resources: ResourceSet,
        narrowed: Option<&ScopeSet>,
    ) -> Result<Self, OAuthError> {
        exchange.limits.token_client.take(&exchange.client.id)?;
        let scopes = resources.limit(narrowed.unwrap_or(&grant.scopes));
        let lifetime = exchange.config.lifetimes.access_token;
        let expires_at = exchange.now + lifetime;
        let claims = AccessClaims {
            iss: exchange.config.issuer.clone(),
            sub: grant.subject_id().to_owned(),
            aud: resources.iter().map(|resource| resource.url(&exchange.config.issuer)).collect(),
            client_id: exchange.client.id.clone(),
            jti: id::new("tok", exchange.now),
            iat: exchange.now / SECOND,
            exp: expires_at / SECOND,
            scope: scopes.to_string(),
            grant: grant.id.clone(),
            narrowed: narrowed.map(|_| true),
        };
        Ok(Self {
            token: exchange.keys.sign(&claims).map_err(Error::from)?,
            jti: claims.jti,
            expires_at,
            lifetime,
            scopes,
        })
    }

    /// The answer that carries the token.
    pub(super) fn into_response(self, refresh_token: Option<String>) -> TokenResponse {
        TokenResponse {
            access_token: self.token,
            token_type: "Bearer".to_owned(),
            expires_in: self.lifetime / SECOND,
            scope: self.scopes.to_string(),
            refresh_token,
        }
    }
}

/// The scopes of a request that asks for less than the grant (OAuth 2.1 §4.3.1); `None` when it asks for all.
pub(super) fn narrowed_scopes(
    scope: Option<&str>,
    grant: &Grant,
    resources: ResourceSet,
) -> Result<Option<ScopeSet>, OAuthError> {
    let Some(scope) = scope else {
        return Ok(None);
    };
    let invalid = |description| OAuthError::new(ErrorCode::InvalidScope, description);
    let asked = ScopeSet::parse_known(scope).expanded();
    if !grant.scopes.contains_all(&asked) {
        return Err(invalid("scope asks for more than was granted"));
    }
    let asked = resources.limit(&asked);
    if asked.is_empty() {
        return Err(invalid("scope leaves nothing for this resource"));
    }
    Ok((asked != resources.limit(&grant.scopes)).then_some(asked))
}
