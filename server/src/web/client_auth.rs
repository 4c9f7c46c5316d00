//! Client authentication at the token and revocation endpoints (OAuth 2.1 §2.4).

use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;
use types::paths;

use super::{address::Address, oauth_error::OAuthError};
use crate::state::AppState;
use domain::{
    client_metadata::jwks_cache::{JwksCache, KeyError, STALE_MAX},
    clients::{self, secrets, used_assertions},
    clock::Clock,
    config::Config,
    crypto::secret::HashedSecret,
    db::Database,
    fetch::FetchError,
    jobs::usage::UsageCounter,
    oauth::{
        client::{Client, KeySource},
        client_assertion::{ASSERTION_MAX, AssertionClaims, JWT_BEARER},
        error_code::ErrorCode,
        params::Params,
    },
    rate_limit::{ALL, RateLimiter, RateLimits, TooMany},
};

/// The credentials of a request.
struct Credentials {
    client_id: String,
    proof: Proof,
    basic: bool,
}

/// The way a client proves itself.
enum Proof {
    /// Not at all.
    None,
    /// With a secret.
    Secret(String),
    /// With a signature (RFC 7523 §2.2).
    Assertion(String),
}

/// The means to prove a client: the request's headers and its origin.
#[derive(FromRequestParts)]
#[from_request(state(AppState))]
pub struct ClientAuth {
    #[from_request(via(State))]
    config: Arc<Config>,
    #[from_request(via(State))]
    db: Database,
    #[from_request(via(State))]
    keys: JwksCache,
    /// The limits on how often may be asked.
    #[from_request(via(State))]
    pub limits: Arc<RateLimits>,
    #[from_request(via(State))]
    usage: Arc<UsageCounter>,
    #[from_request(via(State))]
    clock: Arc<dyn Clock>,
    /// The origin of the request.
    pub address: Address,
    headers: HeaderMap,
}

impl ClientAuth {
    /// The client that made a request, proven. Confidential clients need their secret or key, public ones their ID only.
    /// Says if it may be used now is for the endpoint to ask. `pace` is how often it may ask that endpoint.
    ///
    /// # Errors
    /// `invalid_client` (401) when the client is unknown or does not prove itself, `invalid_request` when it uses two
    /// methods, 429 after too many requests or failures from one address, 503 when its keys cannot be fetched.
    pub async fn authenticate(&self, params: &Params, pace: &RateLimiter) -> Result<Client, OAuthError> {
        let Credentials { client_id, proof, basic } = credentials(&self.headers, params)?;
        let refused = |reason: &str| OAuthError::invalid_client(reason, basic);
        let client = clients::lookup(self.db.read(), &client_id).await?;
        let known = client.as_ref().map(|client| client.id.as_str());
        let key = self.limits.client_at(known, &self.address.0);
        pace.take_known(key.as_deref())?;
        let client = client.ok_or_else(|| refused("unknown client"))?;
        let proven = match proof {
            Proof::None if client.auth_method.is_confidential() => {
                return Err(refused("this client has to authenticate"));
            }
            Proof::None => return Ok(client),
            Proof::Secret(_) if !client.auth_method.has_secret() => {
                return Err(refused("this client has no secret"));
            }
            Proof::Secret(secret) => {
                self.limits.client_secret.check_known(key.as_deref())?;
                self.check_secret(&client_id, &secret).await?
            }
            Proof::Assertion(assertion) => {
                self.limits.client_secret.check_known(key.as_deref())?;
                self.check_assertion(&client, &assertion).await?
            }
        };
        match proven {
            Ok(()) => Ok(client),
            Err(reason) => {
                self.limits.client_secret.take_known(key.as_deref())?;
                Err(refused(&reason))
            }
        }
    }

    async fn check_secret(&self, client_id: &str, secret: &str) -> Result<Result<(), String>, OAuthError> {
        let presented = HashedSecret::of(secret);
        let Some(id) = secrets::find_live(self.db.read(), client_id, &presented).await? else {
            return Ok(Err("wrong client secret".to_owned()));
        };
        self.usage.secret_used(id, self.clock.now());
        Ok(Ok(()))
    }

    /// A signature of one of the client's keys, for this server, now, and for the first time.
    async fn check_assertion(
        &self,
        client: &Client,
        assertion: &str,
    ) -> Result<Result<(), String>, OAuthError> {
        let Some(source) = &client.keys else {
            return Ok(Err("this client has no keys".to_owned()));
        };
        let (issuer, endpoint) = (self.config.issuer.as_str(), self.config.url(paths::TOKEN));
        let check = |claims: &AssertionClaims| {
            claims
                .check(&client.id, &[issuer, &endpoint], self.clock.now())
                .map_err(|error| error.to_string())
        };
        // What would be refused whoever signed it makes this server fetch no keys.
        let said: Option<AssertionClaims> = jsonwebtoken::dangerous::insecure_decode_claims(assertion).ok();
        if let Err(reason) = said.as_ref().map_or_else(|| Err("the assertion is no JWT".to_owned()), check) {
            return Ok(Err(reason));
        }
        let claims: AssertionClaims = match self.verify(client, source, assertion).await {
            Ok(claims) => claims,
            Err(KeyError::TooMany(too_many)) => return Err(too_many.into()),
            // Not the fault of whoever asks, and nothing to register anew for. What exactly failed is for the log:
            // strangers would learn which names lead where.
            Err(KeyError::Fetch(error)) => {
                tracing::info!(client = %client.id, %error, "the keys of a client cannot be fetched");
                let key = self.limits.client_at(Some(&client.id), &self.address.0);
                self.limits.client_secret.take_known(key.as_deref())?;
                return Err(OAuthError {
                    status: StatusCode::SERVICE_UNAVAILABLE,
                    ..OAuthError::new(
                        ErrorCode::TemporarilyUnavailable,
                        "the keys of this client cannot be fetched",
                    )
                });
            }
            Err(error) => return Ok(Err(error.to_string())),
        };
        let ends = match check(&claims) {
            Ok(ends) => ends,
            Err(reason) => return Ok(Err(reason)),
        };
        self.pace_assertions(client)?;
        let name = claims.name(assertion);
        let first = used_assertions::consume(self.db.write(), &client.id, &name, ends).await?;
        Ok(if first { Ok(()) } else { Err("the assertion was used already".to_owned()) })
    }

    /// The claims of an assertion that a key of the client signed. JwksCache in a document that cannot be fetched
    /// serve no longer than those at an address of their own.
    async fn verify(
        &self,
        client: &Client,
        source: &KeySource,
        assertion: &str,
    ) -> Result<AssertionClaims, KeyError> {
        let over = client.stale_since.is_some_and(|fetched_at| fetched_at + STALE_MAX <= self.clock.now());
        if over && matches!(source, KeySource::Registered(_)) {
            return Err(KeyError::Fetch(FetchError::Unreachable));
        }
        self.keys.verify(source, assertion, &self.address.0).await
    }

    /// Counts an assertion that proves a client: what follows is remembered. Nobody else can use up what a client has.
    fn pace_assertions(&self, client: &Client) -> Result<(), TooMany> {
        let limits = &self.limits;
        limits.assertion_client.take(&client.id)?;
        limits.assertion_address.take_known(limits.network(&self.address.0).as_deref())?;
        limits.assertion_all.take(ALL)
    }
}

fn credentials(headers: &HeaderMap, params: &Params) -> Result<Credentials, OAuthError> {
    let body_id = params.one("client_id")?;
    let body_secret = params.one("client_secret")?;
    let assertion = assertion(params)?;
    let two = || OAuthError::new(ErrorCode::InvalidRequest, "use one method of client authentication");
    if assertion.is_some() && (body_secret.is_some() || headers.contains_key(header::AUTHORIZATION)) {
        return Err(two());
    }
    if let Some(assertion) = assertion {
        // The ID may be left out: the assertion says it (RFC 7521 §4.2).
        let client_id = match body_id {
            Some(id) => id.to_owned(),
            None => jsonwebtoken::dangerous::insecure_decode::<Subject>(assertion)
                .map(|token| token.claims.sub)
                .map_err(|_| OAuthError::invalid_client("the assertion is no JWT", false))?,
        };
        return Ok(Credentials { client_id, proof: Proof::Assertion(assertion.to_owned()), basic: false });
    }
    let Some(header) = headers.get(header::AUTHORIZATION) else {
        let client_id = body_id.ok_or_else(|| OAuthError::invalid_client("client_id is required", false))?;
        let proof = body_secret.map_or(Proof::None, |secret| Proof::Secret(secret.to_owned()));
        return Ok(Credentials { client_id: client_id.to_owned(), proof, basic: false });
    };
    if headers.get_all(header::AUTHORIZATION).iter().count() > 1 {
        return Err(OAuthError::new(ErrorCode::InvalidRequest, "send one Authorization header"));
    }
    let malformed = || OAuthError::invalid_client("the Authorization header is not HTTP Basic", true);
    let text = header.to_str().map_err(|_| malformed())?;
    let (scheme, encoded) = text.split_once(' ').ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(malformed());
    }
    let decoded = STANDARD
        .decode(encoded.trim())
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .ok_or_else(malformed)?;
    let (id, secret) = decoded.split_once(':').ok_or_else(malformed)?;
    // RFC 6749 §2.3.1 wants both parts form-encoded; our own need no encoding, so decoding harms neither spelling.
    let (client_id, secret) = (form_decoded(id), form_decoded(secret));
    if client_id.contains('\0') {
        return Err(malformed());
    }
    if body_secret.is_some() {
        return Err(two());
    }
    if body_id.is_some_and(|id| id != client_id) {
        return Err(OAuthError::new(
            ErrorCode::InvalidRequest,
            "client_id differs from the Authorization header",
        ));
    }
    let proof = if secret.is_empty() { Proof::None } else { Proof::Secret(secret) };
    Ok(Credentials { client_id, proof, basic: true })
}

#[derive(Deserialize)]
struct Subject {
    sub: String,
}

/// The assertion of a request, if it has one of the kind that this server knows.
fn assertion(params: &Params) -> Result<Option<&str>, OAuthError> {
    let Some(assertion) = params.one("client_assertion")? else {
        return Ok(None);
    };
    if params.one("client_assertion_type")? != Some(JWT_BEARER) {
        return Err(OAuthError::invalid_client("client_assertion_type must be that of a JWT", false));
    }
    if assertion.len() > ASSERTION_MAX {
        return Err(OAuthError::invalid_client("the assertion is too long", false));
    }
    Ok(Some(assertion))
}

fn form_decoded(text: &str) -> String {
    form_urlencoded::parse(format!("x={}", text.replace('&', "%26")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}
