//! Clients of every source, for instance admins.

use leptos::prelude::*;
use types::{
    admin::{AdminClientPage, ClientsPage, ClientsQuery, SeenClient},
    client::{ClientType, Credentials, Impact},
    client_form::ClientForm,
    id::ClientId,
};

#[cfg(feature = "ssr")]
use crate::context::{answer, backend, signed_in};
use crate::wire::{Failed, JsonPost};

/// One page of the list.
#[server(endpoint = "admin_clients", protocol = JsonPost)]
pub async fn admin_clients(query: ClientsQuery) -> Result<ClientsPage, Failed> {
    let actor = answer(signed_in())?;
    answer(domain::flows::client_administration::list(&backend(), &actor, &query).await)
}

/// One client.
#[server(endpoint = "admin_client", protocol = JsonPost)]
pub async fn admin_client(
    client_id: String,
    grants_page: u64,
    activity_page: u64,
) -> Result<AdminClientPage, Failed> {
    let actor = answer(signed_in())?;
    answer(
        domain::flows::client_administration::details(
            &backend(),
            &actor,
            &client_id,
            grants_page,
            activity_page,
        )
        .await,
    )
}

/// Counts the reach of an action on these.
#[server(endpoint = "clients_impact", protocol = JsonPost)]
pub async fn clients_impact(ids: Vec<String>) -> Result<Impact, Failed> {
    let actor = answer(signed_in())?;
    answer(domain::flows::client_administration::impact(&backend(), &actor, &ids).await)
}

/// Blocks or unblocks clients.
#[server(endpoint = "set_clients_blocked", protocol = JsonPost)]
pub async fn set_clients_blocked(ids: Vec<String>, blocked: bool) -> Result<Impact, Failed> {
    let actor = answer(signed_in())?;
    answer(domain::flows::client_administration::set_blocked(&backend(), &actor, &ids, blocked).await)
}

/// Ends all grants of clients.
#[server(endpoint = "revoke_clients_access", protocol = JsonPost)]
pub async fn revoke_clients_access(ids: Vec<String>) -> Result<Impact, Failed> {
    let actor = answer(signed_in())?;
    answer(domain::flows::client_administration::revoke_access(&backend(), &actor, &ids).await)
}

/// Deletes clients with all their grants.
#[server(endpoint = "delete_clients", protocol = JsonPost)]
pub async fn delete_clients(ids: Vec<String>) -> Result<Impact, Failed> {
    let actor = answer(signed_in())?;
    answer(domain::flows::client_administration::delete(&backend(), &actor, &ids).await)
}

/// Vouches for a client, or no longer; not for one that is another by now than it was `seen`.
#[server(endpoint = "set_client_verified", protocol = JsonPost)]
pub async fn set_client_verified(
    client_id: ClientId,
    verified: bool,
    #[server(default)] seen: Option<SeenClient>,
) -> Result<(), Failed> {
    let actor = answer(signed_in())?;
    answer(
        domain::flows::client_administration::set_verified(&backend(), &actor, &client_id, verified, seen)
            .await,
    )
}

/// Says that a client serves this server's resources, or no longer.
#[server(endpoint = "set_client_resource_server", protocol = JsonPost)]
pub async fn set_client_resource_server(client_id: ClientId, resource_server: bool) -> Result<(), Failed> {
    let actor = answer(signed_in())?;
    answer(
        domain::flows::client_administration::set_resource_server(
            &backend(),
            &actor,
            &client_id,
            resource_server,
        )
        .await,
    )
}

/// Fetches the document of a client again.
#[server(endpoint = "refresh_client_document", protocol = JsonPost)]
pub async fn refresh_client_document(client_id: ClientId) -> Result<(), Failed> {
    let actor = answer(signed_in())?;
    answer(domain::flows::client_administration::refresh_document(&backend(), &actor, &client_id).await)
}

/// Keeps the document of a client as it is stored, or lets it be fetched again; not one that was fetched anew since it
/// was `seen`, which is the moment of its fetch.
#[server(endpoint = "set_client_document_pinned", protocol = JsonPost)]
pub async fn set_client_document_pinned(
    client_id: ClientId,
    pinned: bool,
    #[server(default)] seen: Option<i64>,
) -> Result<(), Failed> {
    let actor = answer(signed_in())?;
    answer(
        domain::flows::client_administration::set_document_pinned(
            &backend(),
            &actor,
            &client_id,
            pinned,
            seen,
        )
        .await,
    )
}

/// Takes a document that an administrator wrote: that of a client, or of any. Gives what names its client in a path.
#[server(endpoint = "enter_client_document", protocol = JsonPost)]
pub async fn enter_client_document(client_id: Option<ClientId>, body: String) -> Result<String, Failed> {
    let actor = answer(signed_in())?;
    answer(
        domain::flows::client_administration::enter_document(&backend(), &actor, client_id.as_ref(), &body)
            .await,
    )
}

/// Registers a client that belongs to nobody.
#[server(endpoint = "create_admin_client", protocol = JsonPost)]
pub async fn create_admin_client(form: ClientForm, kind: ClientType) -> Result<Credentials, Failed> {
    let actor = answer(signed_in())?;
    answer(domain::flows::client_administration::create(&backend(), &actor, &form, kind).await)
}

/// Number of registrations that nobody ever used.
#[server(endpoint = "unused_registrations", protocol = JsonPost)]
pub async fn unused_registrations() -> Result<u64, Failed> {
    let actor = answer(signed_in())?;
    answer(domain::flows::client_administration::unused(&backend(), &actor).await)
}

/// Removes registrations that nobody ever used.
#[server(endpoint = "remove_unused_registrations", protocol = JsonPost)]
pub async fn remove_unused_registrations() -> Result<u64, Failed> {
    let actor = answer(signed_in())?;
    answer(domain::flows::client_administration::remove_unused(&backend(), &actor).await)
}
