//! Says if a client can keep a secret.

use leptos::prelude::*;

use types::client::ClientType::{self, Confidential, Public};

/// Asks for the type of a client.
#[component]
pub(crate) fn TypeChoice() -> impl IntoView {
    let option = |kind: ClientType, id: &'static str, about: &'static str| {
        view! {
            <div class="option">
                <input
                    class="check"
                    type="radio"
                    id=id
                    name="type"
                    value=id
                    checked=kind == ClientType::default()
                    aria-describedby=format!("{id}-about")
                />
                <div>
                    <label for=id>{kind.label()}</label>
                    <p class="field-hint" id=format!("{id}-about")>{about}</p>
                </div>
            </div>
        }
        .into_any()
    };
    view! {
        <fieldset class="options">
            <legend>"Type"</legend>
            {option(Confidential, "confidential", "Web server. It gets a client secret and keeps it to itself.")}
            {option(
                Public,
                PUBLIC,
                "Browser, desktop or mobile app. Everybody can read what is in it, so it gets no secret.",
            )}
        </fieldset>
    }
    .into_any()
}

/// The value of the control for a public client.
pub(crate) const PUBLIC: &str = "public";
