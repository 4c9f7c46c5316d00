//! Client authentication at the token and revocation endpoints (OAuth 2.1 §2.4): the ways in which a request may say and
//! prove which client it is of.

use std::{convert::Infallible, sync::Arc};

use axum::extract::{FromRef, FromRequestParts};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, StatusCode, header, request::Parts};
use serde::Deserialize;

use super::{address::Address, oauth_error::OAuthError};
use domain::{
    Domain,
    flows::client_authentication::{self, Proof, Refusal},
    oauth::{
        client::Client,
        client_assertion::{ASSERTION_MAX, JWT_BEARER},
        error_code::ErrorCode,
        params::Params,
    },
    rate_limit::RateLimiter,
};

/// The credentials of a request.
struct Credentials {
    client_id: String,
    proof: Proof,
    basic: bool,
}

/// The means to prove a client: the request's headers and its origin.
pub struct ClientAuth {
    domain: Arc<Domain>,
    /// The origin of the request.
    pub address: Address,
    headers: HeaderMap,
}

impl<S: Sync> FromRequestParts<S> for ClientAuth
where
    Arc<Domain>: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let headers = parts.headers.clone();
        Ok(Self { domain: Arc::from_ref(state), address: Address::of(parts), headers })
    }
}

impl ClientAuth {
    /// The client that made a request, proven. `limiter` is how often it may ask that endpoint.
    ///
    /// # Errors
    /// `invalid_client` (401) when the client is unknown or does not prove itself, `invalid_request` when it uses two
    /// methods, 429 after too many requests or failures from one address, 503 when its keys cannot be fetched.
    pub async fn authenticate(
        &self,
        params: &Params,
        limiter: &RateLimiter,
    ) -> Result<Arc<Client>, OAuthError> {
        let Credentials { client_id, proof, basic } = credentials(&self.headers, params)?;
        client_authentication::authenticate(&self.domain, &client_id, proof, &self.address.0, limiter)
            .await
            .map_err(|refusal| match refusal {
                Refusal::TooMany(too_many) => too_many.into(),
                Refusal::Internal(error) => error.into(),
                Refusal::KeysUnavailable => OAuthError {
                    status: StatusCode::SERVICE_UNAVAILABLE,
                    ..OAuthError::new(ErrorCode::TemporarilyUnavailable, refusal.to_string())
                },
                refusal => OAuthError::invalid_client(&refusal.to_string(), basic),
            })
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
