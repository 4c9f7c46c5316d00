//! Dynamic client registration (RFC 7591).

use std::sync::Arc;

use axum::{
    Json,
    body::to_bytes,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use types::client::ClientSource;

use crate::web::{address::Address, oauth_error::OAuthError};
use domain::{
    audit::{self, Action, Event},
    clients::{self, NewClient, secrets, unused},
    clock::{Clock, DAY, Millis, SECOND},
    config::Config,
    crypto::{
        id,
        secret::{PlainSecret, SecretKind},
    },
    db::Database,
    error::Error,
    oauth::{
        client::{AuthMethod, Client},
        client_metadata::ClientMetadata,
        error_code::ErrorCode,
        software::entry_of,
    },
    rate_limit::{ALL, RateLimits},
};

/// Largest body, in bytes: several times what any known client sends.
const BODY_MAX: usize = 16 * 1024;
/// Seconds after which to come back where there was no room.
const FULL_FOR: HeaderValue = HeaderValue::from_static("600");

/// `POST /oauth/register`.
///
/// # Errors
/// `invalid_redirect_uri` or `invalid_client_metadata` (400), 404 when registration is switched off, 429 after too
/// many registrations from one address or from all, 503 when there is no room for another client.
pub async fn post(
    State(config): State<Arc<Config>>,
    State(limits): State<Arc<RateLimits>>,
    State(db): State<Database>,
    State(clock): State<Arc<dyn Clock>>,
    Address(address): Address,
    request: Request,
) -> Result<Response, OAuthError> {
    if !config.options.dynamic_registration {
        let off = "registration is switched off; ask an administrator for a client ID";
        return Err(OAuthError {
            status: StatusCode::NOT_FOUND,
            ..OAuthError::new(ErrorCode::AccessDenied, off)
        });
    }
    let body = json_body(request).await?;
    let metadata = ClientMetadata::parse(&body, &config.redirect_rules)
        .map_err(|error| OAuthError::new(error.code, error.description))?;
    let now = clock.now();
    let network = limits.network(&address);
    // Before the database is asked.
    limits.register_again.take_known(network.as_deref())?;
    if network.is_some()
        && let Some(before) = registered_before(&db, &metadata, &address, now).await?
    {
        return Ok(answer(&metadata, &before, now, None));
    }
    limits.register.take_known(network.as_deref())?;
    if unused::is_full(db.read(), config.options.limits.unused_clients_max, now).await? {
        return Err(full());
    }
    limits.register_all.take(ALL)?;
    let (client_id, secret) = register(&db, &metadata, &address, now).await?;
    Ok(answer(&metadata, &client_id, now, secret))
}

/// The registration response (RFC 7591 §3.2.1).
fn answer(metadata: &ClientMetadata, id: &str, created_at: Millis, secret: Option<PlainSecret>) -> Response {
    let mut answer = metadata.echo();
    answer.insert("client_id".into(), json!(id));
    answer.insert("client_id_issued_at".into(), json!(created_at / SECOND));
    if let Some(secret) = secret {
        answer.insert("client_secret".into(), json!(secret.expose()));
        answer.insert("client_secret_expires_at".into(), json!(0));
    }
    (StatusCode::CREATED, [(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response()
}

/// The client that the same program got from the same address within the last day, if nobody has asked with it since:
/// some register at each start until their person signs in, and an office shares an address. Only a client that keeps
/// nothing secret can be given out twice.
async fn registered_before(
    db: &Database,
    metadata: &ClientMetadata,
    address: &str,
    now: Millis,
) -> Result<Option<String>, Error> {
    if metadata.auth_method != AuthMethod::None || metadata.keys.is_some() {
        return Ok(None);
    }
    let entry = entry_of(ClientSource::Dynamic, "", &metadata.name, &metadata.redirect_uris);
    let idle = clients::idle_registrations(db.read(), &entry, address, now - DAY).await?;
    let Some(before) = idle.into_iter().find(|client| client.is_active() && is_same(client, metadata)) else {
        return Ok(None);
    };
    // As good as new: nobody removes it now. Somebody may have, a moment ago.
    let renewed = clients::renew_registration(db.write(), &before.id, now).await?;
    Ok(renewed.then_some(before.id))
}

/// Says if a client is what this metadata would make.
fn is_same(client: &Client, metadata: &ClientMetadata) -> bool {
    client.name == metadata.name
        && client.website == metadata.website
        && client.redirect_uris == metadata.redirect_uris
        && client.auth_method == metadata.auth_method
        && client.keys.is_none()
        && client.grant_types == metadata.grant_types
        && client.default_scope == metadata.scope
        && !client.resource_server
        && !client.verified
}

/// Too many clients registered themselves within an hour.
fn full() -> OAuthError {
    let description = "there is no room for another client now, try again later";
    OAuthError {
        status: StatusCode::SERVICE_UNAVAILABLE,
        headers: vec![(header::RETRY_AFTER, FULL_FOR)],
        ..OAuthError::new(ErrorCode::TemporarilyUnavailable, description)
    }
}

async fn json_body(request: Request) -> Result<Value, OAuthError> {
    let invalid = |description| OAuthError::new(ErrorCode::InvalidClientMetadata, description);
    let body = to_bytes(request.into_body(), BODY_MAX)
        .await
        .map_err(|_| invalid("the body is longer than 16 KB or did not arrive whole"))?;
    serde_json::from_slice(&body).map_err(|_| invalid("the body is not JSON"))
}

async fn register(
    db: &Database,
    metadata: &ClientMetadata,
    address: &str,
    now: i64,
) -> Result<(String, Option<PlainSecret>), Error> {
    let client_id = id::new("app", now);
    let secret = metadata.auth_method.has_secret().then(|| PlainSecret::generate(SecretKind::Client));
    let client = NewClient {
        id: client_id.clone(),
        source: ClientSource::Dynamic,
        name: metadata.name.clone(),
        description: String::new(),
        website: metadata.website.clone(),
        redirect_uris: metadata.redirect_uris.clone(),
        auth_method: metadata.auth_method,
        keys: metadata.keys.clone(),
        grant_types: metadata.grant_types.clone(),
        default_scope: metadata.scope.clone(),
        verified: false,
        owner_id: None,
        address: address.to_owned(),
    };
    let transaction = db.begin().await?;
    clients::add(&transaction, client, now).await?;
    if let Some(secret) = &secret {
        secrets::add(&transaction, &client_id, secret, now).await?;
    }
    let event = Event { address, client_id: Some(&client_id), ..Event::default() };
    audit::record(&transaction, Action::ClientRegistered, event, now).await?;
    transaction.commit().await?;
    Ok((client_id, secret))
}
