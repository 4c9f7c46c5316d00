//! Code that did not come: mostly a newer version is served by now, which has other files.

use std::time::Duration;

use leptos::prelude::*;
use types::failure::Failure;

use super::failure::FailurePage;

/// The address that was loaded as a document because code did not come, as the browser keeps it. The loader in the page's
/// head and [`Stale`] both do that once.
pub(crate) const LOADED_ANEW: &str = "gatepass-loaded-anew";
/// The id of [`UnloadedNote`].
pub(crate) const UNLOADED: &str = "unloaded";

/// Says that a page stays as the server made it. The loader in the page's head shows it, and gives the link its address.
#[component]
pub(crate) fn UnloadedNote() -> impl IntoView {
    view! {
        <div class="alert unloaded" id=UNLOADED role="status" hidden>
            "Part of this page did not load. "
            <a class="button button-small" rel="external">"Reload"</a>
        </div>
    }
    .into_any()
}

/// In the place of a page whose code did not come. Loads it as a document, once: the server knows the files of today. Says
/// that it cannot be loaded, if that did not help or there is no connection.
#[component]
pub(crate) fn Stale() -> impl IntoView {
    // Before that the router has not written the address down, and the document would stand twice in the history.
    set_timeout(load_anew, Duration::ZERO);
    view! { <FailurePage failure=Failure::Transport retry=|()| reload() /> }.into_any()
}

fn load_anew() {
    let location = window().location();
    let (Ok(path), Ok(query), Ok(Some(storage))) =
        (location.pathname(), location.search(), window().session_storage())
    else {
        return;
    };
    let address = format!("{path}{query}");
    let before = storage.get_item(LOADED_ANEW).ok().flatten();
    if !window().navigator().on_line() || before.as_ref() == Some(&address) {
        return;
    }
    if storage.set_item(LOADED_ANEW, &address).is_ok() {
        let _ = location.replace(&address);
    }
}

fn reload() {
    let _ = window().location().reload();
}
