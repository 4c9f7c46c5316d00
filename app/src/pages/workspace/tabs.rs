//! The tabs of the workspace configuration page.

use leptos::prelude::*;

use crate::components::page::tabs;
use types::paths;

/// A tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tab {
    /// Connected apps.
    Apps,
    /// People.
    Members,
    /// Spaces for data.
    Products,
    /// The organization itself.
    General,
}

/// All of them; `current` is shown.
pub(crate) fn settings_tabs(organization: &str, current: Tab) -> AnyView {
    let all = [
        (Tab::Apps, paths::apps(organization), "Apps"),
        (Tab::Members, paths::members(organization), "Members"),
        (Tab::Products, paths::products(organization), "Products"),
        (Tab::General, paths::general(organization), "General"),
    ];
    tabs("Workspace settings", all.map(|(tab, href, label)| (href, label, tab == current)).to_vec())
}
