//! The switch between light and dark.

use leptos::prelude::*;

use super::icon::{Glyph, Icon};

/// Under which the browser keeps the choice. The script in the page's head reads it before the first paint.
pub(crate) const STORED_THEME: &str = "gatepass-theme";

/// Switches between light and dark, and keeps the choice in the browser. Style shows the icon that fits.
#[component]
pub(crate) fn ThemeSwitch() -> impl IntoView {
    view! {
        <button
            type="button"
            class="button button-quiet button-icon theme-switch needs-js"
            aria-label="Switch theme"
            title="Switch theme"
            on:click=move |_| switch()
        >
            <Icon glyph=Glyph::Sun />
            <Icon glyph=Glyph::Moon />
        </button>
    }
    .into_any()
}

fn switch() {
    let Some(root) = document().document_element() else { return };
    let dark = match root.get_attribute("data-theme") {
        Some(theme) => theme == "dark",
        None => window()
            .match_media("(prefers-color-scheme: dark)")
            .ok()
            .flatten()
            .is_some_and(|query| query.matches()),
    };
    let theme = if dark { "light" } else { "dark" };
    // Without storage the choice holds until the page is left.
    let _ = root.set_attribute("data-theme", theme);
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(STORED_THEME, theme);
    }
}
