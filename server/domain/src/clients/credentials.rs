//! The secrets and keys with which a registered client proves itself.

use types::{
    client::{ClientType, Credentials, LIVE_SECRETS_MAX},
    failure::Failure,
    id::ClientId,
};

use super::form::{self, event};
use crate::{
    actor::Actor,
    audit::{self, Action, Event},
    clients::{self, secrets, update},
    clock::Millis,
    db::Database,
    oauth::{client::Client, client_metadata::typed_keys},
};

/// Gives a client one more secret, beside those that it has.
pub(super) async fn add_secret(
    db: &Database,
    actor: &Actor,
    client: &Client,
    now: Millis,
) -> Result<Credentials, Failure> {
    if client.kind() == ClientType::Public {
        return Err(Failure::Forbidden("A public app has no secret.".to_owned()));
    }
    let transaction = db.begin().await?;
    // Holding the client, so that two of these do not both find room.
    if clients::lock(&transaction, &client.id).await?.is_none() {
        return transaction.refuse(Failure::NotFound).await;
    }
    if secrets::count_live(&transaction, &client.id).await? >= LIVE_SECRETS_MAX as u64 {
        let full = format!("An app has at most {LIVE_SECRETS_MAX} live secrets. Retire one first.");
        return transaction.refuse(Failure::Forbidden(full)).await;
    }
    let event = event(actor, &client.id);
    let secret = form::add_secret(&transaction, event, &client.id, now).await?;
    transaction.commit().await?;
    Ok(Credentials { client_id: client.id.clone(), client_secret: Some(secret) })
}

/// Retires one secret of a client.
pub(super) async fn retire_secret(
    db: &Database,
    event: Event<'_>,
    (client_id, secret_id): (&ClientId, &str),
    now: Millis,
) -> Result<(), Failure> {
    let transaction = db.begin().await?;
    if let Some(named) = secrets::retire(&transaction, client_id, secret_id, now).await? {
        let event = Event { detail: Some(&named), ..event };
        audit::record(&transaction, Action::SecretRetired, event, now).await?;
    }
    Ok(transaction.commit().await?)
}

/// Changes the keys of a client to what was typed: an address, a set of keys, or nothing.
pub(super) async fn set_keys(
    db: &Database,
    event: Event<'_>,
    client: &Client,
    typed: &str,
    now: Millis,
) -> Result<(), Failure> {
    if client.kind() == ClientType::Public {
        return Err(Failure::Forbidden("A public app has no key.".to_owned()));
    }
    let keys = typed_keys(typed).map_err(|error| Failure::Invalid {
        field: "keys".to_owned(),
        message: format!("These keys cannot be used: {error}."),
    })?;
    if keys == client.keys {
        return Ok(());
    }
    let transaction = db.begin().await?;
    update::set_keys(&transaction, &client.id, keys).await?;
    let event = Event { detail: Some("keys"), ..event };
    audit::record(&transaction, Action::ClientChanged, event, now).await?;
    Ok(transaction.commit().await?)
}
