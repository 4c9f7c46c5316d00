//! The data of a workspace, and its settings.

pub(crate) mod apps;
pub(crate) mod general;
pub(crate) mod members;
pub(crate) mod product;
pub(crate) mod products;
mod tabs;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::{components::inside::live, pages::not_found::NotFound};

/// The tab of an organization's settings that the address names.
#[component]
pub(crate) fn WorkspaceSettings() -> impl IntoView {
    let params = use_params_map();
    let tab = Memo::new(move |_| params.with(|params| params.get("tab").unwrap_or_default()));
    live(move || match tab.get().as_str() {
        "apps" => view! { <apps::AppsTab /> }.into_any(),
        "members" => view! { <members::Members /> }.into_any(),
        "products" => view! { <products::Products /> }.into_any(),
        "general" => view! { <general::General /> }.into_any(),
        _ => view! { <NotFound /> }.into_any(),
    })
}
