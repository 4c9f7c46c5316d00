//! Texts to take away, each with a button that copies it.

use leptos::prelude::*;

use super::copy::CopyButton;

/// A short text with its name: an address, an identifier, a secret.
#[component]
pub(crate) fn Copyable(
    /// What it is.
    #[prop(into)]
    name: String,
    /// The text.
    text: String,
) -> impl IntoView {
    view! {
        <div class="address" role="group" aria-label=name.clone()>
            <span class="address-name">{name.clone()}</span>
            <code class="address-url">{text.clone()}</code>
            <CopyButton text />
        </div>
    }
    .into_any()
}

/// Lines of code with their name.
#[component]
pub(crate) fn Snippet(
    /// What it is.
    name: &'static str,
    /// Where it goes.
    place: &'static str,
    /// The lines.
    code: String,
) -> impl IntoView {
    view! {
        <div class="snippet" role="group" aria-label=name>
            <div class="snippet-head">
                <span class="snippet-name">{name}</span>
                <span class="snippet-place">{place}</span>
                <CopyButton text=code.clone() />
            </div>
            <pre tabindex="0" role="region" aria-label=format!("Snippet for {name}")>
                <code>{code}</code>
            </pre>
        </div>
    }
    .into_any()
}
