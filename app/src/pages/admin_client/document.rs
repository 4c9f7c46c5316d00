//! The document that describes a client, as it was fetched last.

use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::refresh_client_document,
    components::{
        button::Button,
        format::ahead,
        page::{Section, facts},
        text::plain,
        time::Ago,
        toast::Toaster,
    },
    types::admin::FetchedDocument,
};

/// The fetched copy, and `Refresh`.
#[component]
pub(crate) fn Document(
    /// The client ID, which is the document's address.
    client_id: String,
    /// What was fetched.
    document: FetchedDocument,
    /// When the page was made, in Unix milliseconds.
    now: i64,
    /// Called after it was fetched again.
    changed: Callback<()>,
) -> impl IntoView {
    let toaster = Toaster::expect();
    let busy = RwSignal::new(false);
    let press = move |()| {
        let client_id = client_id.clone();
        busy.set(true);
        spawn_local(async move {
            match refresh_client_document(client_id).await {
                Ok(()) => {
                    toaster.done("The document was fetched again.");
                    changed.run(());
                }
                Err(failure) => toaster.failed(&failure),
            }
            busy.set(false);
        });
    };
    let times = vec![
        ("Fetched", view! { <Ago now at=document.fetched_at /> }.into_any()),
        (
            "Fetched again",
            if document.fresh_until > now {
                vec![
                    plain("When it is needed, "),
                    plain(ahead(now, document.fresh_until)),
                    plain(" or later"),
                ]
                .into_any()
            } else {
                plain("When it is needed next")
            },
        ),
    ];
    view! {
        <Section id="document" title="Client ID document">
            {facts(times)}
            <pre class="document" tabindex="0" aria-label="The document"><code>{document.body}</code></pre>
            <div class="section-action">
                <Button label="Refresh" off=busy press />
                <p class="section-about">
                    "Fetches the document now. Another name or other redirect URIs make it another app to people."
                </p>
            </div>
        </Section>
    }
    .into_any()
}
