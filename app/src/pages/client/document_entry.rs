//! A client ID document that an administrator writes.

use leptos::{html, prelude::*, task::spawn_local};
use types::{failure::Failure, id::ClientId};

use crate::wire::Failed;
use crate::{
    api::enter_client_document,
    components::{
        button::Button,
        field::{Field, describe, invalid},
        toast::Toaster,
    },
};

const ID: &str = "document-text";
const HINT: &str =
    "JSON, by the same rules as a document that is fetched. It is used as it is, until it is unpinned.";

/// The form for a document: that of a client, or of any.
#[component]
pub(crate) fn DocumentEntry(
    /// The client, if it is here.
    client_id: Option<ClientId>,
    /// The first values of the form.
    first: String,
    /// Called with what names the client in a path.
    #[prop(into)]
    saved: Callback<String>,
) -> impl IntoView {
    let toaster = Toaster::expect();
    let busy = RwSignal::new(false);
    let wrong = RwSignal::new(None::<String>);
    let error = Signal::from(wrong);
    let element = NodeRef::<html::Textarea>::new();
    let on_click = move |()| {
        let Some(textarea) = element.get_untracked() else { return };
        let (client_id, body) = (client_id.clone(), textarea.value());
        busy.set(true);
        spawn_local(async move {
            match enter_client_document(client_id, body).await {
                Ok(path_id) => {
                    wrong.set(None);
                    toaster.done("The document is saved and pinned.");
                    saved.run(path_id);
                }
                Err(Failed(Failure::Invalid { message, .. })) => wrong.set(Some(message)),
                Err(failure) => toaster.failed(&failure),
            }
            busy.set(false);
        });
    };
    view! {
        <Field id=ID label="Document" hint=HINT error>
            <textarea
                class="input code"
                id=ID
                rows="8"
                spellcheck="false"
                prop:value=first
                aria-invalid=move || invalid(error)
                aria-describedby=describe(ID.to_owned(), HINT, error)
                node_ref=element
            ></textarea>
        </Field>
        <div class="section-action">
            <Button label="Save and pin" disabled=busy on_click />
        </div>
    }
    .into_any()
}
