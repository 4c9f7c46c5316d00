//! Tabs over pages that belong together, whatever their areas.

use leptos::prelude::*;

use crate::components::page::tabs;
use types::paths;

/// The tabs of the settings of a person; the one at this path is shown.
pub(crate) fn account_tabs(current: &'static str) -> AnyView {
    let all = [(paths::PROFILE, "Profile"), (paths::SESSIONS, "Sessions"), (paths::OAUTH_APPS, "OAuth apps")];
    tabs("Settings", all.map(|(href, label)| (href.to_owned(), label, href == current)).to_vec())
}

/// The tabs of the administration; the one at this path is shown.
pub(crate) fn admin_tabs(current: &'static str) -> AnyView {
    let all = [
        (paths::ADMIN_CLIENTS, "OAuth clients"),
        (paths::ADMIN_USERS, "Users"),
        (paths::ADMIN_ORGANIZATIONS, "Organizations"),
    ];
    tabs("Administration", all.map(|(href, label)| (href.to_owned(), label, href == current)).to_vec())
}
