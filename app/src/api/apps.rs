//! The Apps tab.

use leptos::prelude::*;
use types::{
    apps::{AppsPage, AppsQuery, GrantDetails, Revoked},
    id::GrantId,
};

#[cfg(feature = "ssr")]
use crate::context::{answer, backend, signed_in};
use crate::wire::{Failed, JsonPost};

/// One page of the connected apps of an organization.
#[server(endpoint = "connected_apps", protocol = JsonPost)]
pub async fn connected_apps(organization: String, query: AppsQuery) -> Result<AppsPage, Failed> {
    let actor = answer(signed_in())?;
    answer(domain::grants::connected::list(&backend(), &actor, &organization, &query).await)
}

/// One grant with what happened to it.
#[server(endpoint = "connected_app", protocol = JsonPost)]
pub async fn connected_app(grant_id: GrantId, activity_page: u64) -> Result<GrantDetails, Failed> {
    let actor = answer(signed_in())?;
    answer(domain::grants::connected::details(&backend(), &actor, &grant_id, activity_page).await)
}

/// Revokes a grant permanently, with `alike` also the others of the same person, app and product.
#[server(endpoint = "revoke_grant", protocol = JsonPost)]
pub async fn revoke_grant(grant_id: GrantId, #[server(default)] alike: bool) -> Result<Revoked, Failed> {
    let actor = answer(signed_in())?;
    answer(domain::grants::connected::revoke(&backend(), &actor, &grant_id, alike).await)
}
