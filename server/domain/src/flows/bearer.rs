//! The caller behind an access token, checked against the live grant on every call.

use std::sync::Arc;

use moka::sync::Cache;
use types::scope::{Resource, ResourceSet, ScopeSet};

use crate::{
    Domain,
    clock::{Millis, SECOND},
    crypto::{
        jwt::{AccessClaims, KeyRing},
        secret::sha256,
    },
    error::Error,
    oauth::{
        access,
        caller::{CallActor, Caller, CallingApp},
    },
    rate_limit::TooMany,
};

/// Number of verified tokens that are remembered.
const CACHED_TOKENS: u64 = 10_000;

/// An access token that this server signed. Says nothing about whether it still opens anything.
pub struct Verified {
    /// The key that signed it.
    kid: String,
    /// Its content.
    pub claims: AccessClaims,
    /// The resources that it is for.
    pub audience: ResourceSet,
    /// Its scopes, if it was asked for narrower than its grant.
    pub narrowed: Option<ScopeSet>,
    /// The moment when it ends.
    pub expires_at: Millis,
}

impl Verified {
    fn new(kid: String, issuer: &str, claims: AccessClaims) -> Self {
        let names = |resource: &Resource| claims.aud.contains(&resource.url(issuer));
        Self {
            kid,
            audience: Resource::ALL.into_iter().filter(names).collect(),
            expires_at: claims.exp.saturating_mul(SECOND),
            narrowed: (claims.narrowed == Some(true)).then(|| ScopeSet::parse(&claims.scope)),
            claims,
        }
    }
}

/// Tokens whose signature was verified, by their hash. Says nothing about whether they still open anything: that is
/// looked up on every call.
#[derive(Clone)]
pub struct TokenCache(Cache<String, Arc<Verified>>);

impl Default for TokenCache {
    fn default() -> Self {
        Self(Cache::new(CACHED_TOKENS))
    }
}

impl TokenCache {
    /// Returns the content of a token that this server signed, or `None`.
    pub fn verify(&self, keys: &KeyRing, issuer: &str, token: &str) -> Option<Arc<Verified>> {
        let key = sha256(token.as_bytes());
        // What a key signed is worth nothing without the key.
        if let Some(token) = self.0.get(&key).filter(|token| keys.has(&token.kid)) {
            return Some(token);
        }
        let claims = keys.verify(token, issuer)?;
        let verified = Arc::new(Verified::new(KeyRing::kid_of(token)?, issuer, claims));
        self.0.insert(key, Arc::clone(&verified));
        Some(verified)
    }
}

/// The reason why a token opens nothing.
#[derive(Debug)]
pub enum Refusal {
    /// It opens nothing here, for this reason.
    Invalid(&'static str),
    /// It is good, but not for this call.
    Access(access::Refusal),
    /// Its grant calls too often.
    TooMany(TooMany),
    /// Something failed inside.
    Internal(Error),
}

impl From<access::Refusal> for Refusal {
    fn from(refusal: access::Refusal) -> Self {
        Self::Access(refusal)
    }
}

impl From<TooMany> for Refusal {
    fn from(too_many: TooMany) -> Self {
        Self::TooMany(too_many)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Internal(error)
    }
}

/// Finds who calls this resource with `token`, and counts it as a use of the grant.
///
/// # Errors
/// [`Refusal`].
pub async fn authenticate(domain: &Domain, resource: Resource, token: &str) -> Result<Caller, Refusal> {
    let token = domain
        .tokens
        .verify(&domain.keys, &domain.config.issuer, token)
        .ok_or(Refusal::Invalid("not a token of this server"))?;
    let now = domain.clock.now();
    if token.expires_at <= now {
        return Err(Refusal::Invalid("the token has expired"));
    }
    let (grant, token_revoked) = domain
        .grants
        .of_call(&domain.db, &token.claims.grant, &token.claims.jti, domain.clock.monotonic())
        .await?
        .ok_or(Refusal::Invalid("the authorization has ended"))?;
    if token_revoked {
        return Err(Refusal::Invalid("the token was revoked"));
    }
    let access = grant.evaluate(resource, token.audience, token.narrowed.as_ref())?;
    let (product, role) = grant.product.clone().zip(grant.role).ok_or(access::Refusal::Person)?;
    domain.limits.calls.take(&grant.id)?;
    domain.usage.count(&grant.id, &grant.entry_id, now);
    Ok(Caller {
        user_id: grant.user_id.clone(),
        user_name: grant.user_name.clone(),
        product,
        role,
        actor: CallActor::App(CallingApp {
            client_id: grant.client_id.clone(),
            name: grant.client_name.clone(),
            subject: grant.subject,
            grant_id: grant.id.clone(),
            resource,
            access,
        }),
    })
}
