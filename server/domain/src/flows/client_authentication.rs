//! A client proves itself at the token, revocation and introspection endpoints (OAuth 2.1 §2.4).

use std::sync::Arc;

use types::paths;

use crate::{
    Domain,
    client_metadata::jwks_cache::{KeyError, STALE_MAX},
    clients::used_assertions,
    crypto::secret::HashedSecret,
    error::Error,
    fetch::FetchError,
    oauth::{
        client::{Client, KeySource},
        client_assertion::{AssertionClaims, AssertionError},
    },
    rate_limit::{ALL, RateLimiter, TooMany},
};

/// The way a client proves itself.
pub enum Proof {
    /// Not at all.
    None,
    /// With a secret.
    Secret(String),
    /// With a signature (RFC 7523 §2.2).
    Assertion(String),
}

/// The reason why a request is not one of the client that it names. What it displays, the client's developer may read.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant displays what it means")]
pub enum Refusal {
    #[error("unknown client")]
    Unknown,
    #[error("this client has to authenticate")]
    Unproven,
    #[error("this client has no secret")]
    HasNoSecret,
    #[error("wrong client secret")]
    WrongSecret,
    #[error("this client has no keys")]
    HasNoKeys,
    #[error("the assertion is no JWT")]
    NoJwt,
    #[error("{0}")]
    Assertion(#[from] AssertionError),
    #[error("{0}")]
    Key(KeyError),
    #[error("the assertion was used already")]
    AssertionUsed,
    /// Not the fault of whoever asks, and nothing to register anew for.
    #[error("the keys of this client cannot be fetched")]
    KeysUnavailable,
    #[error("{0}")]
    TooMany(#[from] TooMany),
    #[error("{0}")]
    Internal(#[from] Error),
}

impl Refusal {
    /// Says if a proof was looked at and is no good: one more of the failures that are counted.
    const fn is_wrong_proof(&self) -> bool {
        match self {
            Self::WrongSecret
            | Self::HasNoKeys
            | Self::NoJwt
            | Self::Assertion(_)
            | Self::Key(_)
            | Self::AssertionUsed
            | Self::KeysUnavailable => true,
            Self::Unknown | Self::Unproven | Self::HasNoSecret | Self::TooMany(_) | Self::Internal(_) => {
                false
            }
        }
    }
}

/// A request that says which client it is of.
struct Claimed<'a> {
    domain: &'a Domain,
    client: Arc<Client>,
    address: &'a str,
}

/// Finds the client that a request from `address` is of, proven. Confidential clients need their secret or key, public
/// ones their ID only. Says if it may be used now is for the endpoint to ask. `limiter` is how often it may ask that endpoint.
///
/// # Errors
/// [`Refusal`].
pub async fn authenticate(
    domain: &Domain,
    client_id: &str,
    proof: Proof,
    address: &str,
    limiter: &RateLimiter,
) -> Result<Arc<Client>, Refusal> {
    let (known, moment) = (&domain.clients, domain.clock.monotonic());
    let found = match &proof {
        Proof::Secret(secret) => {
            known.with_secret(&domain.db, client_id, &HashedSecret::of(secret), moment).await?
        }
        _ => known.get(&domain.db, client_id, moment).await?.map(|client| (client, None)),
    };
    let (client, secret_id) = found.unzip();
    let known = client.as_ref().map(|client| client.id.as_str());
    let key = domain.limits.client_at(known, address);
    limiter.take_known(key.as_deref())?;
    let client = client.ok_or(Refusal::Unknown)?;
    let claimed = Claimed { domain, client, address };
    let wrong = &domain.limits.client_secret;
    let proven = match proof {
        Proof::None if claimed.client.auth_method.is_confidential() => return Err(Refusal::Unproven),
        Proof::None => return Ok(claimed.client),
        Proof::Secret(_) if !claimed.client.auth_method.has_secret() => return Err(Refusal::HasNoSecret),
        Proof::Secret(_) => {
            wrong.check_known(key.as_deref())?;
            claimed.check_secret(secret_id.flatten())
        }
        Proof::Assertion(assertion) => {
            wrong.check_known(key.as_deref())?;
            claimed.check_assertion(&assertion).await
        }
    };
    if proven.as_ref().is_err_and(Refusal::is_wrong_proof) {
        wrong.take_known(key.as_deref())?;
    }
    proven.map(|()| claimed.client)
}

impl Claimed<'_> {
    /// `id` is that of the client's secret that was presented.
    fn check_secret(&self, id: Option<String>) -> Result<(), Refusal> {
        self.domain.usage.secret_used(id.ok_or(Refusal::WrongSecret)?, self.domain.clock.now());
        Ok(())
    }

    /// A signature of one of the client's keys, for this server, now, and for the first time.
    async fn check_assertion(&self, assertion: &str) -> Result<(), Refusal> {
        let Self { domain, client, .. } = self;
        let source = client.keys.as_ref().ok_or(Refusal::HasNoKeys)?;
        let (issuer, endpoint) = (domain.config.issuer.as_str(), domain.config.url(paths::TOKEN));
        let check =
            |claims: &AssertionClaims| claims.check(&client.id, &[issuer, &endpoint], domain.clock.now());
        // What would be refused whoever signed it makes this server fetch no keys.
        let said = jsonwebtoken::dangerous::insecure_decode_claims(assertion).map_err(|_| Refusal::NoJwt)?;
        check(&said)?;
        let claims = self.verify(source, assertion).await?;
        let ends = check(&claims)?;
        self.limit_assertions()?;
        let name = claims.name(assertion);
        let first = used_assertions::consume(domain.db.write(), &client.id, &name, ends).await?;
        first.then_some(()).ok_or(Refusal::AssertionUsed)
    }

    /// The claims of an assertion that a key of the client signed. Keys in a document that cannot be fetched serve no
    /// longer than those at an address of their own.
    async fn verify(&self, source: &KeySource, assertion: &str) -> Result<AssertionClaims, Refusal> {
        let Self { domain, client, address } = self;
        let now = domain.clock.now();
        let over = client.stale_since.is_some_and(|fetched_at| fetched_at + STALE_MAX <= now);
        let verified = if over && matches!(source, KeySource::Registered(_)) {
            Err(KeyError::Fetch(FetchError::Unreachable))
        } else {
            domain.client_keys.verify(source, assertion, address).await
        };
        verified.map_err(|error| match error {
            KeyError::TooMany(too_many) => too_many.into(),
            // What exactly failed is for the log: strangers would learn which names lead where.
            KeyError::Fetch(error) => {
                tracing::info!(client = %client.id, %error, "the keys of a client cannot be fetched");
                Refusal::KeysUnavailable
            }
            error => Refusal::Key(error),
        })
    }

    /// Limits the assertions that prove a client: each is remembered. Nobody else can use up what a client has.
    fn limit_assertions(&self) -> Result<(), TooMany> {
        let limits = &self.domain.limits;
        limits.assertion_client.take(&self.client.id)?;
        limits.assertion_address.take_known(limits.network(self.address).as_deref())?;
        limits.assertion_all.take(ALL)
    }
}
