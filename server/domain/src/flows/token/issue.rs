//! The end of all grant types: what the grant comes to now, an access token, and the refresh token after it.

use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use types::scope::{ResourceSet, ScopeSet};

use super::{
    Exchange,
    refusal::{Refusal, Used},
};
use crate::{
    clock::{Millis, SECOND},
    crypto::{
        id,
        jwt::AccessClaims,
        secret::{PlainSecret, SecretKind},
    },
    error::Error,
    grants::refresh_tokens::{self, NewRefreshToken},
    views::live_grants::LiveGrant,
};

/// The answer of the token endpoint (OAuth 2.1 §3.2.3).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TokenResponse {
    access_token: String,
    token_type: String,
    /// Seconds.
    expires_in: i64,
    scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
}

/// The worth of a grant now, at the resources that a request is for.
pub(super) struct Entitlement<'a> {
    pub(super) grant: &'a LiveGrant,
    pub(super) resources: ResourceSet,
    /// The effective ones of the grant's scopes at these resources.
    pub(super) scopes: ScopeSet,
}

/// The refresh token that goes with an access token.
pub(super) struct Successor {
    /// The resources that it covers.
    pub(super) resources: ResourceSet,
    /// The moment when its family ends; `None` begins one.
    pub(super) family_expires_at: Option<Millis>,
    /// Number of tokens of its family that came before it.
    pub(super) generation: i64,
}

/// A token that was made, as it is kept and as it is told.
pub(super) struct Issued {
    pub(super) jti: String,
    pub(super) expires_at: Millis,
    pub(super) response: TokenResponse,
}

impl Exchange<'_> {
    /// Finds what the grant comes to now: role, membership and client may have changed since the person said yes.
    /// `covered` are the resources of what was sent.
    pub(super) fn entitlement<'a>(
        &self,
        grant: &'a LiveGrant,
        covered: ResourceSet,
        used: Used,
    ) -> Result<Entitlement<'a>, Refusal> {
        let resources = self.resources()?.unwrap_or(covered);
        if !grant.resources.contains_all(resources) {
            return Err(Refusal::ResourceNotGranted(used));
        }
        let scopes = grant.effective_scopes(resources).ok_or(Refusal::NothingLeft(used))?;
        Ok(Entitlement { grant, resources, scopes })
    }

    /// Signs an access token, if the client has not got too many just now: each leaves a row behind. `narrowed` are the
    /// scopes of a client that asked for less than the grant.
    pub(super) async fn issue(
        &self,
        db: &impl ConnectionTrait,
        entitlement: &Entitlement<'_>,
        narrowed: Option<&ScopeSet>,
        successor: Option<Successor>,
    ) -> Result<Issued, Refusal> {
        self.domain.limits.token_client.take(&self.client.id)?;
        let Entitlement { grant, resources, scopes } = entitlement;
        let scopes = narrowed.map_or_else(|| scopes.clone(), |narrowed| narrowed.intersection(scopes));
        let lifetime = self.domain.config.options.lifetimes.access_token_lifetime;
        let expires_at = self.now + lifetime;
        let claims = AccessClaims {
            iss: self.domain.config.issuer.clone(),
            sub: grant.subject_id().to_owned(),
            aud: resources.iter().map(|resource| resource.url(&self.domain.config.issuer)).collect(),
            client_id: self.client.id.clone(),
            jti: id::new("tok", self.now),
            iat: self.now / SECOND,
            exp: expires_at / SECOND,
            scope: scopes.to_string(),
            grant: grant.id.clone(),
            narrowed: narrowed.map(|_| true),
        };
        let access_token = self.domain.keys.sign(&claims).map_err(Error::from)?;
        let refresh_token = match successor {
            Some(successor) => {
                Some(self.add_refresh_token(db, grant, &claims.jti, expires_at, successor).await?)
            }
            None => None,
        };
        let response = TokenResponse {
            access_token,
            token_type: "Bearer".to_owned(),
            expires_in: lifetime / SECOND,
            scope: claims.scope,
            refresh_token,
        };
        Ok(Issued { jti: claims.jti, expires_at, response })
    }

    async fn add_refresh_token(
        &self,
        db: &impl ConnectionTrait,
        grant: &LiveGrant,
        access_jti: &str,
        access_expires_at: Millis,
        successor: Successor,
    ) -> Result<String, Error> {
        let plain = PlainSecret::generate(SecretKind::Refresh);
        let token = NewRefreshToken {
            hash: plain.hashed(),
            grant_id: grant.id.clone(),
            client_id: self.client.id.clone(),
            resources: successor.resources,
            access_jti: access_jti.to_owned(),
            access_expires_at,
            family_expires_at: successor.family_expires_at,
            generation: successor.generation,
        };
        refresh_tokens::add(db, token, &self.domain.config.options.lifetimes, self.now).await?;
        Ok(plain.expose().to_owned())
    }
}
