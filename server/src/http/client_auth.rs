//! How a client proves itself at the token and revocation endpoints (OAuth 2.1 §2.4).

use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, header};

use super::{
    address::{Address, client_at},
    oauth_error::OAuthError,
    rate_limit::RateLimits,
};
use crate::{
    clock::Clock,
    crypto::secret::HashedSecret,
    jobs::usage::UsageCounter,
    oauth::{client::Client, error_code::ErrorCode, params::Params},
    state::AppState,
    storage::{Database, client_secrets, clients},
};

/// What a request says about its client.
struct Credentials {
    client_id: String,
    secret: Option<String>,
    basic: bool,
}

/// What it takes to prove a client: the request's headers and where it came from.
#[derive(FromRequestParts)]
#[from_request(state(AppState))]
pub struct ClientAuth {
    #[from_request(via(State))]
    db: Database,
    #[from_request(via(State))]
    limits: Arc<RateLimits>,
    #[from_request(via(State))]
    usage: Arc<UsageCounter>,
    #[from_request(via(State))]
    clock: Arc<dyn Clock>,
    /// Where the request came from.
    pub address: Address,
    headers: HeaderMap,
}

impl ClientAuth {
    /// The client that made a request, proven. Confidential clients need their secret, public ones their ID only.
    /// Whether it may be used now is for the endpoint to ask.
    ///
    /// # Errors
    /// `invalid_client` (401) when the client is unknown or does not prove itself, `invalid_request` when it uses two
    /// methods, 429 after too many requests or wrong secrets from one address.
    pub async fn authenticate(&self, params: &Params) -> Result<Client, OAuthError> {
        let Credentials { client_id, secret, basic } = credentials(&self.headers, params)?;
        let refused = |reason| OAuthError::invalid_client(reason, basic);
        let client = clients::lookup(self.db.read(), &client_id).await?;
        let key = client_at(client.as_ref().map(|client| client.id.as_str()), &self.address.0);
        self.limits.token.take(&key)?;
        let client = client.ok_or_else(|| refused("unknown client"))?;
        match (client.auth_method.is_confidential(), secret) {
            (false, None) => Ok(client),
            (false, Some(_)) => Err(refused("this client has no secret")),
            (true, None) => Err(refused("this client has to authenticate")),
            (true, Some(secret)) => {
                self.limits.client_secret.check(&key)?;
                let presented = HashedSecret::of(&secret);
                if let Some(id) = client_secrets::find_live(self.db.read(), &client_id, &presented).await? {
                    self.usage.secret_used(id, self.clock.now());
                    return Ok(client);
                }
                self.limits.client_secret.take(&key)?;
                Err(refused("wrong client secret"))
            }
        }
    }
}

fn credentials(headers: &HeaderMap, params: &Params) -> Result<Credentials, OAuthError> {
    let body_id = params.one("client_id")?;
    let body_secret = params.one("client_secret")?;
    let Some(header) = headers.get(header::AUTHORIZATION) else {
        let client_id = body_id.ok_or_else(|| OAuthError::invalid_client("client_id is required", false))?;
        return Ok(Credentials {
            client_id: client_id.to_owned(),
            secret: body_secret.map(str::to_owned),
            basic: false,
        });
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
        return Err(OAuthError::new(ErrorCode::InvalidRequest, "use one method of client authentication"));
    }
    if body_id.is_some_and(|id| id != client_id) {
        return Err(OAuthError::new(
            ErrorCode::InvalidRequest,
            "client_id differs from the Authorization header",
        ));
    }
    Ok(Credentials { client_id, secret: Some(secret).filter(|secret| !secret.is_empty()), basic: true })
}

fn form_decoded(text: &str) -> String {
    form_urlencoded::parse(format!("x={}", text.replace('&', "%26")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}
