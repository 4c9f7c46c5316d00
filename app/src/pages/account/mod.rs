//! Accounts: one's own, and those to come; and for instance admins the lists of everybody, every organization and every app.

pub(crate) mod admin_clients;
pub(crate) mod new_organization;
pub(crate) mod organizations;
pub(crate) mod profile;
pub(crate) mod sessions;
pub(crate) mod user;
pub(crate) mod users;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::{components::inside::live, pages::not_found::NotFound};

/// The page about one's own account that the address names.
#[component]
pub(crate) fn OwnAccount() -> impl IntoView {
    named(|page| match page {
        "profile" => view! { <profile::Profile /> }.into_any(),
        "sessions" => view! { <sessions::Sessions /> }.into_any(),
        "new-organization" => view! { <new_organization::NewOrganization /> }.into_any(),
        _ => view! { <NotFound /> }.into_any(),
    })
}

/// The list of the administration that the address names.
#[component]
pub(crate) fn Everybody() -> impl IntoView {
    named(|page| match page {
        "oauth-clients" => view! { <admin_clients::AdminClients /> }.into_any(),
        "users" => view! { <users::AdminUsers /> }.into_any(),
        "organizations" => view! { <organizations::AdminOrganizations /> }.into_any(),
        _ => view! { <NotFound /> }.into_any(),
    })
}

/// The page that the parameter `page` names.
pub(crate) fn named(choose: fn(&str) -> AnyView) -> AnyView {
    let params = use_params_map();
    let page = Memo::new(move |_| params.with(|params| params.get("page").unwrap_or_default()));
    live(move || choose(&page.get()))
}
