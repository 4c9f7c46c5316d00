//! A button that copies text.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen_futures::JsFuture;

use super::icon::{Glyph, Icon};

/// The time for which the button says what it did.
const SHOWN: Duration = Duration::from_secs(2);

/// Copies a text, and says so beside the button and to screen readers.
#[component]
pub(crate) fn CopyButton(
    /// The text that is copied.
    text: String,
) -> impl IntoView {
    let outcome = RwSignal::new("");
    let copy = move |_| {
        let text = text.clone();
        spawn_local(async move {
            outcome.set(if write(&text).await {
                "Copied"
            } else {
                "Could not copy: select the text instead"
            });
            set_timeout(move || outcome.set(""), SHOWN);
        });
    };
    view! {
        <span class="copy">
            <span class="copy-outcome" role="status">{outcome}</span>
            <button type="button" class="button button-small" on:click=copy>
                <Icon glyph=Glyph::Copy />
                "Copy"
            </button>
        </span>
    }
    .into_any()
}

async fn write(text: &str) -> bool {
    let clipboard = window().navigator().clipboard();
    // There is none on pages that came over plain http from another machine.
    !clipboard.is_undefined() && JsFuture::from(clipboard.write_text(text)).await.is_ok()
}
