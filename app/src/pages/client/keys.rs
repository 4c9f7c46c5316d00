//! The public keys of a client that proves itself with a signature.

use leptos::{html, prelude::*, task::spawn_local};

use crate::wire::Failed;
use crate::{
    api::set_client_keys,
    components::{
        button::Button,
        field::{Field, describe, invalid},
        page::Section,
        toast::Toaster,
    },
};
use types::{client::ClientDetails, failure::Failure};

const ID: &str = "keys";
const HINT: &str = "A JWK Set, or the https address of one. Empty for none.";

/// The form for the keys of a confidential client.
#[component]
pub(crate) fn Keys(
    /// The client.
    client: ClientDetails,
    /// Called after they were changed.
    changed: Callback<()>,
) -> impl IntoView {
    let ClientDetails { client_id, keys, .. } = client;
    let toaster = Toaster::expect();
    let busy = RwSignal::new(false);
    let wrong = RwSignal::new(None::<String>);
    let error = Signal::from(wrong);
    let element = NodeRef::<html::Textarea>::new();
    let on_click = move |()| {
        let Some(textarea) = element.get_untracked() else { return };
        let (client_id, keys) = (client_id.clone(), textarea.value());
        busy.set(true);
        spawn_local(async move {
            match set_client_keys(client_id, keys).await {
                Ok(()) => {
                    wrong.set(None);
                    toaster.done("The keys are saved.");
                    changed.run(());
                }
                Err(Failed(Failure::Invalid { message, .. })) => wrong.set(Some(message)),
                Err(failure) => toaster.failed(&failure),
            }
            busy.set(false);
        });
    };
    view! {
        <Section id="client-keys" title="Public keys">
            <p class="section-about">
                "An app with a key of its own proves itself with a signature (private_key_jwt), and needs no secret."
            </p>
            <Field id=ID label="JWK Set" hint=HINT error>
                <textarea
                    class="input code"
                    id=ID
                    rows="4"
                    spellcheck="false"
                    prop:value=keys.unwrap_or_default()
                    aria-invalid=move || invalid(error)
                    aria-describedby=describe(ID.to_owned(), HINT, error)
                    node_ref=element
                ></textarea>
            </Field>
            <div class="section-action">
                <Button label="Save keys" disabled=busy on_click />
            </div>
        </Section>
    }
    .into_any()
}
