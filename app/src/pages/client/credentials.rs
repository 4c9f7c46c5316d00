//! The credentials of a client, right after it was made.

use leptos::prelude::*;

use crate::components::{copyable::Copyable, page::callout, text::plain};

/// A new client secret: the only time that it can be seen.
pub(crate) fn new_secret(secret: String) -> AnyView {
    view! {
        <div class="stack">
            <Copyable name="Client secret" text=secret />
            {callout(vec![plain("Copy the client secret now and keep it safe: it is shown only this once.")])}
        </div>
    }
    .into_any()
}
