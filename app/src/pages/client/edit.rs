//! The description of a client, to be changed.

use leptos::{prelude::*, task::spawn_local};

use super::form::ClientFields;
pub(crate) use super::form::ClientFormState;
use crate::{
    api::update_client,
    components::{
        page::Section,
        text::{paragraph, plain},
        toast::Toaster,
    },
};
use types::{
    client::{ClientDetails, ClientType},
    client_form::ClientForm,
};

const NOTICE: &str = "When you change the name or a redirect URI, people see the consent page again the next time \
    the app asks. Access that they gave before keeps working. A verified app has to be verified again after any change.";

/// Changes name, redirect URIs, description and website.
#[component]
pub(crate) fn Edit(
    /// The state of the form.
    state: ClientFormState,
    /// The client.
    client: ClientDetails,
    /// Called after it was changed.
    changed: Callback<()>,
) -> impl IntoView {
    let ClientDetails { client_id, name, description, website, redirect_uris, rules, .. } = client;
    let website = website.map(|(_, url)| url).unwrap_or_default();
    let first = ClientForm { name, redirect_uris, description, website };
    let toaster = Toaster::expect();
    let of = client_id.clone();
    let send = Callback::new(move |(form, _): (ClientForm, ClientType)| {
        let client_id = client_id.clone();
        state.busy.set(true);
        spawn_local(async move {
            match update_client(client_id, form).await {
                Ok(()) => {
                    state.settle();
                    toaster.done("The changes are saved.");
                    changed.run(());
                }
                Err(failure) => state.refused(failure.0),
            }
            state.busy.set(false);
        });
    });
    view! {
        <Section id="edit" title="Settings" class="card">
            <ClientFields
                state
                client_id=of
                first
                rules=rules.redirect
                notice=paragraph("section-about", vec![plain(NOTICE)])
                button="Save changes"
                send
            />
        </Section>
    }
    .into_any()
}
