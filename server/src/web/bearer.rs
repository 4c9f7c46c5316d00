//! Bearer tokens at the two resources (RFC 6750), checked against the live grant on every call.

use std::sync::Arc;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use moka::sync::Cache;
use serde_json::json;
use types::scope::{Resource, ScopeSet};

use crate::state::AppState;
use domain::{
    clock::{Millis, SECOND},
    config::Config,
    crypto::{
        jwt::{AccessClaims, KeyRing},
        secret::sha256,
    },
    error::Error,
    oauth::{
        access::Refusal,
        caller::{CallActor, Caller, CallingApp},
        error_code::ErrorCode,
        resource::ResourceSet,
        scope::baseline,
    },
    rate_limit::TooMany,
};

/// Number of verified tokens that are remembered.
const CACHED_TOKENS: u64 = 10_000;

/// Content of an access token.
struct Verified {
    /// The key that signed it.
    kid: String,
    grant: String,
    jti: String,
    expires_at: Millis,
    audience: ResourceSet,
    /// Its scopes, if it was asked for narrower than its grant.
    narrowed: Option<ScopeSet>,
}

impl Verified {
    fn new(kid: String, issuer: &str, claims: AccessClaims) -> Self {
        let names = |resource: &Resource| claims.aud.contains(&resource.url(issuer));
        Self {
            kid,
            audience: Resource::ALL.into_iter().filter(names).collect(),
            expires_at: claims.exp.saturating_mul(SECOND),
            narrowed: claims.narrowed.filter(|&narrowed| narrowed).map(|_| ScopeSet::parse(&claims.scope)),
            grant: claims.grant,
            jti: claims.jti,
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
    fn verify(&self, keys: &KeyRing, issuer: &str, token: &str) -> Option<Arc<Verified>> {
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

/// The reason why a resource stays shut.
#[derive(Debug)]
pub enum BearerError {
    /// No credentials at all: a challenge without an error code.
    Missing,
    /// Not one well-formed `Authorization: Bearer` header.
    Malformed,
    /// The token opens nothing here, for this reason.
    Invalid(&'static str),
    /// The token is good, but not for this call.
    Refused(Refusal),
    /// The grant calls too often.
    TooMany(TooMany),
    /// Something failed inside.
    Internal(Error),
}

/// Finds who calls this resource, and counts it as a use of the grant.
///
/// # Errors
/// [`BearerError`] for [`refuse`].
pub async fn authenticate(
    state: &AppState,
    resource: Resource,
    headers: &HeaderMap,
) -> Result<Caller, BearerError> {
    let bearer = bearer_token(headers)?;
    let token = state
        .tokens
        .verify(&state.keys, &state.config.issuer, bearer)
        .ok_or(BearerError::Invalid("not a token of this server"))?;
    let now = state.clock.now();
    if token.expires_at <= now {
        return Err(BearerError::Invalid("the token has expired"));
    }
    let (grant, token_revoked) = state
        .grants
        .get(&state.db, &token.grant, &token.jti, state.clock.monotonic())
        .await
        .map_err(BearerError::Internal)?
        .ok_or(BearerError::Invalid("the authorization has ended"))?;
    if token_revoked {
        return Err(BearerError::Invalid("the token was revoked"));
    }
    let access =
        grant.evaluate(resource, token.audience, token.narrowed.as_ref()).map_err(BearerError::Refused)?;
    let (product, role) =
        grant.product.clone().zip(grant.role).ok_or(BearerError::Refused(Refusal::Person))?;
    state.limits.calls.take(&token.grant).map_err(BearerError::TooMany)?;
    state.usage.count(&token.grant, &grant.entry_id, now);
    Ok(Caller {
        user_id: grant.user_id.clone(),
        user_name: grant.user_name.clone(),
        product,
        role,
        actor: CallActor::App(CallingApp {
            client_id: grant.client_id.clone(),
            name: grant.client_name.clone(),
            subject: grant.subject,
            grant_id: token.grant.clone(),
            resource,
            access,
        }),
    })
}

/// The one bearer token of a request. Query and body are never asked (OAuth 2.1 §5.1).
fn bearer_token(headers: &HeaderMap) -> Result<&str, BearerError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or(BearerError::Missing)?;
    if values.next().is_some() {
        return Err(BearerError::Malformed);
    }
    let (scheme, token) =
        value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(BearerError::Malformed)?;
    let token = token.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() || token.contains([' ', ',']) {
        return Err(BearerError::Malformed);
    }
    Ok(token)
}

/// The answer to a request that does not get through, with the challenge that tells the client what to do
/// (RFC 6750 §3, RFC 9728 §5.1).
pub fn refuse(config: &Config, resource: Resource, error: BearerError) -> Response {
    let metadata = config.url(&resource_metadata_path(resource));
    let challenge = |code: Option<ErrorCode>, scope: Option<ScopeSet>| {
        let code = code.map(|code| format!("error=\"{}\", ", code.as_str())).unwrap_or_default();
        let scope = scope.map(|scope| format!(", scope=\"{scope}\"")).unwrap_or_default();
        HeaderValue::from_str(&format!("Bearer {code}resource_metadata=\"{metadata}\"{scope}"))
            .expect("URLs and scopes are ASCII")
    };
    let answer = |status: StatusCode, code: ErrorCode, description: &str, challenge: Option<HeaderValue>| {
        let body = json!({ "error": code.as_str(), "error_description": description });
        let mut response = (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response();
        if let Some(challenge) = challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    };
    let base = Some(baseline(resource));
    match error {
        BearerError::Missing => answer(
            StatusCode::UNAUTHORIZED,
            ErrorCode::InvalidToken,
            "send an access token in the Authorization header",
            Some(challenge(None, base)),
        ),
        BearerError::Malformed => answer(
            StatusCode::BAD_REQUEST,
            ErrorCode::InvalidRequest,
            "send one Authorization header with one bearer token",
            Some(challenge(Some(ErrorCode::InvalidRequest), base)),
        ),
        BearerError::Invalid(reason) => {
            tracing::info!(reason, "token refused");
            invalid_token(&answer, challenge(Some(ErrorCode::InvalidToken), base))
        }
        BearerError::Refused(refusal) => {
            tracing::info!(%refusal, "call refused");
            match refusal {
                Refusal::Scope { needed } => answer(
                    StatusCode::FORBIDDEN,
                    ErrorCode::InsufficientScope,
                    "this call needs more than the person allowed",
                    Some(challenge(Some(ErrorCode::InsufficientScope), Some(needed))),
                ),
                Refusal::Role | Refusal::Ceiling | Refusal::Paused => {
                    answer(StatusCode::FORBIDDEN, ErrorCode::AccessDenied, &refusal.to_string(), None)
                }
                Refusal::Audience | Refusal::Grant | Refusal::Client | Refusal::Person => {
                    invalid_token(&answer, challenge(Some(ErrorCode::InvalidToken), base))
                }
            }
        }
        BearerError::TooMany(too_many) => {
            let description = "too many calls, try again later";
            let mut response =
                answer(StatusCode::TOO_MANY_REQUESTS, ErrorCode::TemporarilyUnavailable, description, None);
            response.headers_mut().insert(header::RETRY_AFTER, too_many.retry_after());
            response
        }
        BearerError::Internal(error) => {
            tracing::error!(%error, "a call failed inside");
            answer(
                StatusCode::INTERNAL_SERVER_ERROR,
                ErrorCode::ServerError,
                "the server could not answer, try again",
                None,
            )
        }
    }
}

fn invalid_token(
    answer: &impl Fn(StatusCode, ErrorCode, &str, Option<HeaderValue>) -> Response,
    challenge: HeaderValue,
) -> Response {
    let description = "the access token is unknown, expired, revoked or for another resource";
    answer(StatusCode::UNAUTHORIZED, ErrorCode::InvalidToken, description, Some(challenge))
}

/// The path of a resource's metadata (RFC 9728 §3.1).
pub fn resource_metadata_path(resource: Resource) -> String {
    format!("{}{}", types::paths::RESOURCE_METADATA, resource.url(""))
}
