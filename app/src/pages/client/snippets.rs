//! The way to a client's first token, ready to be pasted into a shell.

use leptos::prelude::*;

pub(crate) use super::snippet_text::Flow;
use super::snippet_text::snippets;
use crate::components::{copyable::Snippet, page::Section};

/// The two steps from a client to a token.
#[component]
pub(crate) fn Snippets(
    /// The client.
    flow: Flow,
) -> impl IntoView {
    let (url, request) = snippets(&flow);
    view! {
        <Section id="snippets" title="Try it">
            <p class="section-about">
                "The first snippet prints an address. Open it, authorize the app, and take the code out of the address that you are sent to. The second one turns the code into tokens."
            </p>
            <Snippet name="Authorization URL" place="In a terminal, with openssl" code=url />
            <Snippet name="Token request" place="In the same terminal" code=request />
        </Section>
    }
    .into_any()
}
