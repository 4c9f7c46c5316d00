//! The form for a client: what it is called, where answers go, what it is.

mod kind;
mod redirect_uris;
mod state;

use leptos::{
    ev::{Event, FocusEvent, SubmitEvent},
    prelude::*,
};

use crate::components::{
    button::SubmitButton,
    field::{Field, TextField, describe, invalid},
};
use types::{client::ClientType, client_form::ClientForm, redirect_uri::RedirectRules};

use kind::TypeChoice;
use redirect_uris::RedirectUris;
pub(crate) use state::ClientFormState;

/// Asks for all that people say about a client, and says what cannot be taken as they type.
#[component]
pub(crate) fn ClientFields(
    /// Its state.
    state: ClientFormState,
    /// The client; empty for a new one.
    #[prop(optional, into)]
    client_id: String,
    /// Its first state.
    first: ClientForm,
    /// The rules about redirect URIs.
    rules: RedirectRules,
    /// Says if the type is asked for: it never changes.
    #[prop(optional)]
    new: bool,
    /// Something to know before one goes on.
    #[prop(optional)]
    notice: Option<AnyView>,
    /// The button that sends it.
    button: &'static str,
    /// Takes what cannot be refused by this form.
    send: Callback<(ClientForm, ClientType)>,
) -> impl IntoView {
    let ClientForm { name, redirect_uris, description, website } = first;
    let other = state.open(&client_id, redirect_uris, rules);
    Effect::new(move |_| {
        // What was typed about another client is not said about this one.
        if let Some(form) = state.element.get().filter(|_| other) {
            form.reset();
        }
    });
    let about_error = state.error("description".to_owned());
    let about_hint = "Optional. What it does, for people and administrators.";
    view! {
        <p class="no-js">"This form needs JavaScript."</p>
        <form
            class="stack needs-js"
            novalidate
            node_ref=state.element
            on:input=move |event: Event| state.typed(&event)
            on:focusout=move |event: FocusEvent| state.was_left(&event)
            on:submit=move |event: SubmitEvent| {
                event.prevent_default();
                if let Some(answers) = state.answers() {
                    send.run(answers);
                }
            }
        >
            <TextField
                id="name".to_owned()
                label="Name"
                name="name"
                value=name
                hint="People see it when they are asked for access."
                error=state.error("name".to_owned())
            />
            <RedirectUris state />
            <Field id="description" label="Description" hint=about_hint error=about_error>
                <textarea
                    class="input"
                    id="description"
                    name="description"
                    rows="3"
                    aria-invalid=move || invalid(about_error)
                    // Never children: the server would write them into the page as markup. And not `value`, which
                    // would take what is being typed away and be lost when the form is reset.
                    prop:defaultValue=description
                    aria-describedby=describe("description".to_owned(), about_hint, about_error)
                ></textarea>
            </Field>
            <TextField
                id="website".to_owned()
                label="Website"
                name="website"
                value=website
                keys="url"
                hint="Optional. An http or https address where people can read about it."
                error=state.error("website".to_owned())
            />
            {new.then(|| view! { <TypeChoice /> })}
            {notice}
            <div>
                <SubmitButton label=button busy=state.busy />
            </div>
        </form>
    }
    .into_any()
}
