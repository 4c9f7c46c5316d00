//! Apps that people register. Instance admins call the same functions for any client.

use leptos::prelude::*;
use types::{
    client::{ClientDetails, ClientType, Credentials, Impact},
    client_form::{ClientForm, RegistrationRules},
    id::{ClientId, ProductId},
    oauth_apps::{OauthAppsPage, OauthAppsQuery},
    scope::ScopeSet,
};

#[cfg(feature = "ssr")]
use crate::context::{answer, backend, instance_admin, signed_in};
use crate::wire::{Failed, JsonPost};

/// One page of the viewer's own apps.
#[server(endpoint = "oauth_apps", protocol = JsonPost)]
pub async fn oauth_apps(query: OauthAppsQuery) -> Result<OauthAppsPage, Failed> {
    let actor = answer(signed_in())?;
    answer(domain::clients::own::list(&backend(), &actor, &query).await)
}

/// The rules that a form for a client needs to know; the one of the administration is for instance admins only.
#[server(endpoint = "client_form_rules", protocol = JsonPost)]
pub async fn client_form_rules(administration: bool) -> Result<RegistrationRules, Failed> {
    answer(if administration { instance_admin() } else { signed_in() })?;
    Ok(domain::clients::own::rules(&backend()))
}

/// Registers an app of the viewer's.
#[server(endpoint = "create_oauth_app", protocol = JsonPost)]
pub async fn create_oauth_app(form: ClientForm, kind: ClientType) -> Result<Credentials, Failed> {
    let actor = answer(signed_in())?;
    answer(domain::clients::own::create(&backend(), &actor, &form, kind).await)
}

/// One app.
#[server(endpoint = "oauth_app", protocol = JsonPost)]
pub async fn oauth_app(client_id: ClientId, activity_page: u64) -> Result<ClientDetails, Failed> {
    let actor = answer(signed_in())?;
    answer(domain::clients::own::details(&backend(), &actor, &client_id, activity_page).await)
}

/// Changes what a client says about itself.
#[server(endpoint = "update_client", protocol = JsonPost)]
pub async fn update_client(client_id: ClientId, form: ClientForm) -> Result<(), Failed> {
    let actor = answer(signed_in())?;
    answer(domain::clients::own::update(&backend(), &actor, &client_id, &form).await)
}

/// Adds a secret to a client.
#[server(endpoint = "add_client_secret", protocol = JsonPost)]
pub async fn add_client_secret(client_id: ClientId) -> Result<Credentials, Failed> {
    let actor = answer(signed_in())?;
    answer(domain::clients::own::add_secret(&backend(), &actor, &client_id).await)
}

/// Ends a secret of a client.
#[server(endpoint = "retire_client_secret", protocol = JsonPost)]
pub async fn retire_client_secret(client_id: ClientId, secret_id: String) -> Result<(), Failed> {
    let actor = answer(signed_in())?;
    answer(domain::clients::own::retire_secret(&backend(), &actor, &client_id, &secret_id).await)
}

/// Changes the public keys of a client.
#[server(endpoint = "set_client_keys", protocol = JsonPost)]
pub async fn set_client_keys(client_id: ClientId, keys: String) -> Result<(), Failed> {
    let actor = answer(signed_in())?;
    answer(domain::clients::own::set_keys(&backend(), &actor, &client_id, &keys).await)
}

/// Lets a client act by itself.
#[server(endpoint = "authorize_service_access", protocol = JsonPost)]
pub async fn authorize_service_access(
    client_id: ClientId,
    product_id: ProductId,
    scopes: ScopeSet,
) -> Result<(), Failed> {
    let actor = answer(signed_in())?;
    answer(domain::clients::own::authorize_own(&backend(), &actor, &client_id, &product_id, scopes).await)
}

/// Switches a client off, or on again.
#[server(endpoint = "set_client_disabled", protocol = JsonPost)]
pub async fn set_client_disabled(client_id: ClientId, disabled: bool) -> Result<(), Failed> {
    let actor = answer(signed_in())?;
    answer(domain::clients::own::set_disabled(&backend(), &actor, &client_id, disabled).await)
}

/// Counts the people, grants and tokens that would end with a client.
#[server(endpoint = "client_impact", protocol = JsonPost)]
pub async fn client_impact(client_id: ClientId) -> Result<Impact, Failed> {
    let actor = answer(signed_in())?;
    answer(domain::clients::own::impact(&backend(), &actor, &client_id).await)
}

/// Deletes a client whose name the person typed.
#[server(endpoint = "delete_client", protocol = JsonPost)]
pub async fn delete_client(client_id: ClientId, name: String) -> Result<Impact, Failed> {
    let actor = answer(signed_in())?;
    answer(domain::clients::own::delete(&backend(), &actor, &client_id, &name).await)
}
