//! What changes about a client: what it says about itself, and how it proves that it is itself.

use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait};

use super::{
    client_entries,
    clients::{stored_grant_types, stored_keys},
    entities::client,
};
use crate::{
    clock::Millis,
    error::Result,
    oauth::client::{AuthMethod, Client, GrantType, KeySource},
};

/// What a person may change about a client, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// Presentable.
    pub name: String,
    /// Where answers may go.
    pub redirect_uris: Vec<String>,
    /// What it is for; may be empty.
    pub description: String,
    /// An http or https URL.
    pub website: Option<String>,
}

/// Changes what a client says about itself. `changed_at` is when its name or redirect URIs last became others.
///
/// # Errors
/// When the database refuses.
pub async fn update(
    db: &impl ConnectionTrait,
    client: &Client,
    to: Description,
    changed_at: Option<Millis>,
) -> Result<()> {
    client_entries::rename(db, &client.entry_id, &to.name, &to.redirect_uris).await?;
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

/// How a client proves itself and what it asks for, as its document on the web says.
#[derive(Clone, Debug)]
pub struct Capabilities {
    /// How it proves itself.
    pub auth_method: AuthMethod,
    /// Its public keys.
    pub keys: Option<KeySource>,
    /// What it may ask the token endpoint for.
    pub grant_types: Vec<GrantType>,
    /// The scopes of a request without any.
    pub default_scope: Option<String>,
}

/// Changes how a client proves itself and what it may ask for.
///
/// # Errors
/// When the database refuses.
pub async fn set_capabilities(db: &impl ConnectionTrait, id: &str, to: Capabilities) -> Result<()> {
    let (jwks, jwks_uri) = stored_keys(to.keys);
    let row = client::ActiveModel {
        id: Set(id.to_owned()),
        auth_method: Set(to.auth_method.to_string()),
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
///
/// # Errors
/// When the database refuses.
pub async fn set_keys(db: &impl ConnectionTrait, id: &str, keys: Option<KeySource>) -> Result<()> {
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
