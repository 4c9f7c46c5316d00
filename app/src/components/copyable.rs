//! Texts to take away, each with a button that copies it.

use leptos::prelude::*;

use super::copy::CopyButton;

/// A short text with its name: an address, an identifier, a secret.
#[component]
pub(crate) fn Copyable(
    /// The name of the text.
    #[prop(into)]
    name: String,
    /// The text.
    #[prop(into)]
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
    /// The name of the text.
    name: &'static str,
    /// The address that it leads to.
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
