//! Programs that register themselves (RFC 7591).

use types::{
    client::{AuthMethod, ClientSource},
    id::ClientId,
};

use super::{NewClient, add, idle_registrations, renew_registration, secrets, unused};
use crate::{
    Domain,
    audit::{self, Action, Event},
    clock::{DAY, Millis},
    crypto::{
        id,
        secret::{PlainSecret, SecretKind},
    },
    error::Error,
    oauth::{client::Client, client_metadata::ClientMetadata, software::entry_of},
    rate_limit::{ALL, TooMany},
};

/// The client that a program got.
pub struct Registered {
    /// The client ID.
    pub client_id: ClientId,
    /// The moment when it was issued.
    pub issued_at: Millis,
    /// Its secret, if it can keep one.
    pub secret: Option<PlainSecret>,
}

/// The reason why nothing was registered.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// One address, or all together, registered too many.
    #[error("{0}")]
    TooMany(#[from] TooMany),
    /// Too many clients registered themselves within an hour that nobody uses yet.
    #[error("there is no room for another client")]
    Full,
    /// Something failed inside.
    #[error("{0}")]
    Internal(#[from] Error),
}

/// Registers a program that asks from `address`. The same program gets the same client again for a day, as long as
/// nobody has asked with it.
///
/// # Errors
/// [`Refusal`].
pub async fn register(
    domain: &Domain,
    metadata: &ClientMetadata,
    address: &str,
) -> Result<Registered, Refusal> {
    let Domain { config, db, limits, .. } = domain;
    let now = domain.clock.now();
    let network = limits.network(address);
    // Before the database is asked.
    limits.register_again.take_known(network.as_deref())?;
    if network.is_some()
        && let Some(client_id) = registered_before(domain, metadata, address, now).await?
    {
        return Ok(Registered { client_id, issued_at: now, secret: None });
    }
    limits.register.take_known(network.as_deref())?;
    if unused::is_full(db.lists(), config.options.limits.unused_clients_max, now).await? {
        return Err(Refusal::Full);
    }
    limits.register_all.take(ALL)?;
    Ok(add_new(domain, metadata, address, now).await?)
}

/// The client that the same program got from the same address within the last day, if nobody has asked with it since:
/// some register at each start until their person signs in, and an office shares an address. Only a client that keeps
/// nothing secret can be given out twice.
async fn registered_before(
    domain: &Domain,
    metadata: &ClientMetadata,
    address: &str,
    now: Millis,
) -> Result<Option<ClientId>, Error> {
    if metadata.auth_method != AuthMethod::None || metadata.keys.is_some() {
        return Ok(None);
    }
    let entry = entry_of(ClientSource::Dynamic, "", &metadata.name, &metadata.redirect_uris);
    let idle = idle_registrations(domain.db.read(), &entry, address, now - DAY).await?;
    let Some(before) = idle.into_iter().find(|client| client.is_active() && is_same(client, metadata)) else {
        return Ok(None);
    };
    // As good as new: nobody removes it now. Somebody may have, a moment ago.
    let renewed = renew_registration(domain.db.write(), &before.id, now).await?;
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

async fn add_new(
    domain: &Domain,
    metadata: &ClientMetadata,
    address: &str,
    now: Millis,
) -> Result<Registered, Error> {
    let client_id: ClientId = id::typed(now);
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
    let transaction = domain.db.begin().await?;
    add(&transaction, client, now).await?;
    if let Some(secret) = &secret {
        secrets::add(&transaction, &client_id, secret, now).await?;
    }
    let event = Event { address, client_id: Some(&client_id), ..Event::default() };
    audit::record(&transaction, Action::ClientRegistered, event, now).await?;
    transaction.commit().await?;
    Ok(Registered { client_id, issued_at: now, secret })
}
