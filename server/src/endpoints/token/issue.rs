//! Making access tokens.

use app::types::scope::ScopeSet;
use serde::{Deserialize, Serialize};

use super::Exchange;
use crate::{
    clock::{Millis, SECOND},
    crypto::{id, jwt::AccessClaims},
    error::Result,
    oauth::{
        access::{Access, Facts},
        resource::{self, DoorSet},
    },
    storage::{access_tokens::LiveGrant, grants::Grant},
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
    /// Signs a token for a grant. `narrowed` are the scopes of a client that asked for less than the grant.
    pub(super) fn issue(
        exchange: &Exchange<'_>,
        grant: &Grant,
        resources: DoorSet,
        narrowed: Option<ScopeSet>,
    ) -> Result<Self> {
        let scopes = resources.limit(narrowed.unwrap_or(grant.scopes));
        let lifetime = exchange.config.lifetimes.access_token;
        let expires_at = exchange.now + lifetime;
        let claims = AccessClaims {
            iss: exchange.config.issuer.clone(),
            sub: grant.user_id.clone(),
            aud: resources.iter().map(|door| resource::url_of(&exchange.config.issuer, door)).collect(),
            client_id: exchange.client.id.clone(),
            jti: id::new("tok", exchange.now),
            iat: exchange.now / SECOND,
            exp: expires_at / SECOND,
            scope: scopes.to_string(),
            grant: grant.id.clone(),
            narrowed: narrowed.map(|_| true),
        };
        Ok(Self { token: exchange.keys.sign(&claims)?, jti: claims.jti, expires_at, lifetime, scopes })
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

/// What a grant comes to, now, at the asked resources; `None` when it has ended or nothing of it is left.
pub(super) fn effective_scopes(live: &LiveGrant, resources: DoorSet) -> Option<ScopeSet> {
    let scopes = resources.iter().filter_map(|door| {
        let facts = Facts {
            door,
            audience: resources,
            narrowed: None,
            grant_status: live.status,
            grant_scopes: live.scopes,
            grant_resources: live.resources,
            client_active: live.client_active,
            ceiling: live.ceiling,
            user_active: live.user_active,
            role: live.role,
        };
        Access::evaluate(&facts).ok()
    });
    let scopes = scopes.fold(ScopeSet::EMPTY, |sum, access| sum.union(access.scopes()));
    (!scopes.is_empty()).then_some(scopes)
}
