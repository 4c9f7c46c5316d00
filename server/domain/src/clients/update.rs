//! Changes of a client: of what it says about itself, and of the way it proves that it is itself.

use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait};

use crate::{
    audit::{self, Action, Event},
    clients::{software, status, stored_grant_types, stored_keys, tables::client},
};

use crate::{
    clock::Millis,
    error::Result,
    oauth::client::{Client, KeySource},
};
use types::{
    client::{AuthMethod, GrantType},
    id::ClientId,
};

/// The part of a client that a person may change, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// Presentable.
    pub name: String,
    /// The addresses that answers may go to.
    pub redirect_uris: Vec<String>,
    /// Its purpose, in the words of whoever made it; may be empty.
    pub description: String,
    /// An http or https URL.
    pub website: Option<String>,
}

/// A change of a client.
#[derive(Clone, Debug)]
pub struct Change {
    /// Its description from now on.
    pub to: Description,
    /// Says if it proves itself in another way, too.
    pub keys: bool,
    /// Says if whoever changes it may vouch for it: then its marks stay.
    pub vouched: bool,
}

/// Changes a client, and ends what no longer holds. Another name, another redirect URI, or another website in place of
/// one that was vouched for make it another app to people: open consent pages end, and the next one says so. Whoever
/// verified it vouched for all that it said. Whoever let it look into tokens let in who holds its keys. `event` tells
/// who did it.
pub async fn change(
    db: &impl ConnectionTrait,
    client: &Client,
    Change { to, keys, vouched }: Change,
    event: Event<'_>,
    now: Millis,
) -> Result<()> {
    let (name, uris) = (client.name != to.name, client.redirect_uris != to.redirect_uris);
    let (description, website) = (client.description != to.description, client.website != to.website);
    let what = [
        ("name", name),
        ("redirect URIs", uris),
        ("description", description),
        ("website", website),
        ("keys", keys),
    ];
    let changed: Vec<_> = what.iter().filter(|(_, other)| *other).map(|(what, _)| *what).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let ends_verified = client.verified && !vouched && (name || uris || description || website);
    let another = name || uris || (website && ends_verified);
    update(db, client, to, if another { Some(now) } else { client.changed_at }).await?;
    let detail = changed.join(", ");
    let event = Event { detail: Some(&detail), ..event };
    audit::record(db, Action::ClientChanged, event, now).await?;
    if ends_verified && status::set_verified(db, &client.id, false).await? {
        audit::record(db, Action::ClientUnverified, event, now).await?;
    }
    let ends_service = !vouched && (name || uris || keys);
    if ends_service && status::set_resource_server(db, &client.id, false).await? {
        audit::record(db, Action::ResourceServerUnmarked, event, now).await?;
    }
    Ok(())
}

/// `changed_at` is when it last became another app to people.
async fn update(
    db: &impl ConnectionTrait,
    client: &Client,
    to: Description,
    changed_at: Option<Millis>,
) -> Result<()> {
    software::rename(db, &client.entry_id, &to.name, &to.redirect_uris).await?;
    let row = client::ActiveModel {
        id: Set(client.id.clone()),
        name: Set(to.name),
        redirect_uris: Set(to.redirect_uris.into()),
        description: Set(to.description),
        website: Set(to.website),
        changed_at: Set(changed_at),
        ..Default::default()
    };
    row.update(db).await?;
    Ok(())
}

/// The way a client proves itself and the grants it asks for, as its document on the web says.
#[derive(Clone, Debug)]
pub struct Capabilities {
    /// The way it proves itself.
    pub auth_method: AuthMethod,
    /// Its public keys.
    pub keys: Option<KeySource>,
    /// The grant types that it may ask the token endpoint for.
    pub grant_types: Vec<GrantType>,
    /// The scopes of a request without any.
    pub default_scope: Option<String>,
}

/// Changes how a client proves itself and what it may ask for.
pub async fn set_capabilities(db: &impl ConnectionTrait, id: &ClientId, to: Capabilities) -> Result<()> {
    let (jwks, jwks_uri) = stored_keys(to.keys);
    let row = client::ActiveModel {
        id: Set(id.to_owned()),
        auth_method: Set(to.auth_method),
        grant_types: Set(stored_grant_types(&to.grant_types)),
        default_scope: Set(to.default_scope),
        jwks: Set(jwks),
        jwks_uri: Set(jwks_uri),
        ..Default::default()
    };
    row.update(db).await?;
    Ok(())
}

/// Changes the public keys of a client.
pub async fn set_keys(db: &impl ConnectionTrait, id: &ClientId, keys: Option<KeySource>) -> Result<()> {
    let (jwks, jwks_uri) = stored_keys(keys);
    let row = client::ActiveModel {
        id: Set(id.to_owned()),
        jwks: Set(jwks),
        jwks_uri: Set(jwks_uri),
        ..Default::default()
    };
    row.update(db).await?;
    Ok(())
}
