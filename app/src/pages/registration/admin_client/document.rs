//! The document that describes a client, as it was fetched last or as an administrator wrote it.

use leptos::{prelude::*, task::spawn_local};
use types::{
    admin::{DocumentStanding, FetchedDocument},
    id::ClientId,
};

use crate::{
    api::{refresh_client_document, set_client_document_pinned},
    components::{
        button::Button,
        format::ahead,
        page::{Section, facts},
        text::{note, plain},
        time::Ago,
        toast::Toaster,
    },
    pages::client::document_entry::DocumentEntry,
};

/// The stored copy, how the last fetch went, and `Refresh`, `Pin` and `Save and pin`.
#[component]
pub(crate) fn Document(
    /// The client ID, which is the document's address.
    client_id: ClientId,
    /// The stored document.
    document: FetchedDocument,
    /// The moment when the page was made, in Unix milliseconds.
    now: i64,
    /// Called after something about it was changed.
    changed: Callback<()>,
) -> impl IntoView {
    let pinned = matches!(document.standing, DocumentStanding::Pinned(_));
    let facts = facts(said(&document, now));
    let (of, pin) = if pinned { (None, "Unpin") } else { (Some(client_id.clone()), "Pin") };
    view! {
        <Section id="document" title="Client ID document">
            {facts}
            <pre class="document" tabindex="0" aria-label="The document"><code>{document.body.clone()}</code></pre>
            <div class="section-action">
                {of.map(|id| view! { <Act client_id=id label="Refresh" deed=Deed::Refresh changed /> })}
                <Act client_id=client_id.clone() label=pin deed=Deed::Pin(!pinned, document.fetched_at) changed />
                <p class="section-about">
                    {if pinned {
                        "It is used as it is and never fetched, until it is unpinned."
                    } else {
                        "Refresh fetches the document now. Another name or other redirect URIs make it another app to people. \
                         A pinned document is used as it is, and never fetched."
                    }}
                </p>
            </div>
            <DocumentEntry client_id=Some(client_id) first=document.body saved=move |_: String| changed.run(()) />
        </Section>
    }
    .into_any()
}

/// The origin of the document, and the outcome of the last fetch.
fn said(document: &FetchedDocument, now: i64) -> Vec<(&'static str, AnyView)> {
    let FetchedDocument { fetched_at, fresh_until, tried_at, ref failure, standing, entered, .. } = *document;
    let came = view! { <Ago now at=fetched_at /> }.into_any();
    let mut said = vec![(if entered { "Entered" } else { "Fetched" }, came)];
    if let Some(failure) = failure.clone() {
        let last = vec![plain("Failed "), view! { <Ago now at=tried_at /> }.into_any(), note(plain(failure))];
        said.push(("Last fetch", last.into_any()));
    } else if !entered {
        said.push(("Last fetch", plain("Went well")));
    }
    let state = match standing {
        DocumentStanding::Current if fresh_until > now => {
            ("Fetched again", plain(format!("When it is needed, {} or later", ahead(now, fresh_until))))
        }
        DocumentStanding::Current => ("Fetched again", plain("When it is needed next")),
        DocumentStanding::Stale(until) if until > now => {
            ("Serves", plain(format!("This copy, unverified, {} at most", ahead(now, until))))
        }
        DocumentStanding::Stale(_) => ("Serves", plain("No longer: this copy is too old")),
        DocumentStanding::Withdrawn => ("Serves", plain("No longer: it was withdrawn")),
        DocumentStanding::Pinned(at) => ("Pinned", view! { <Ago now at /> }.into_any()),
    };
    said.push(state);
    said
}

/// Something that a button does with the document.
#[derive(Clone, Copy)]
enum Deed {
    Refresh,
    /// Pins or unpins the document that was fetched at this moment.
    Pin(bool, i64),
}

#[component]
fn Act(client_id: ClientId, label: &'static str, deed: Deed, changed: Callback<()>) -> impl IntoView {
    let toaster = Toaster::expect();
    let busy = RwSignal::new(false);
    let on_click = move |()| {
        let client_id = client_id.clone();
        busy.set(true);
        spawn_local(async move {
            let (answer, done) = match deed {
                Deed::Refresh => {
                    (refresh_client_document(client_id).await, "The document was fetched again.")
                }
                Deed::Pin(pinned, seen) => {
                    let done = if pinned { "The document is pinned." } else { "The document is unpinned." };
                    (set_client_document_pinned(client_id, pinned, Some(seen)).await, done)
                }
            };
            match answer {
                Ok(()) => toaster.done(done),
                Err(failure) => toaster.failed(&failure),
            }
            // A fetch that failed is told on the page too.
            changed.run(());
            busy.set(false);
        });
    };
    view! { <Button label disabled=busy on_click /> }.into_any()
}
