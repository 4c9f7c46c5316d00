//! The redirect URIs of a client, a field each.

use leptos::prelude::*;

use super::state::{ClientFormState, uri_id};
use crate::components::{button::Button, field::TextField, inside::live};
use types::redirect_uri::MAX_COUNT;

const HINT: &str = "Where people are sent back to. https, http on the person’s own computer, or a scheme of your own such as com.example.app:/";

/// Asks for one redirect URI or several.
#[component]
pub(crate) fn RedirectUris(
    /// The state of the form.
    state: ClientFormState,
) -> impl IntoView {
    let full = Signal::derive(move || state.uris.with(Vec::len) >= MAX_COUNT);
    view! {
        {live(move || {
            let uris = state.uris.get();
            let several = uris.len() > 1;
            uris.into_iter()
                .enumerate()
                .map(|(index, uri)| field(state, index, uri, several))
                .collect::<Vec<_>>()
                .into_any()
        })}
        <div>
            <Button label="Add redirect URI" class="button-small" disabled=full on_click=move |()| state.add_uri() />
        </div>
    }
    .into_any()
}

fn field(state: ClientFormState, index: usize, uri: String, several: bool) -> AnyView {
    let id = uri_id(index);
    let label = if index == 0 { "Redirect URI".to_owned() } else { format!("Redirect URI {}", index + 1) };
    let beside = several.then(|| {
        view! {
            <Button
                label="Remove"
                about=format!("Remove address {}", index + 1)
                on_click=move |()| state.remove_uri(index)
            />
        }
        .into_any()
    });
    let hint = if index == 0 { HINT } else { "" };
    view! {
        <TextField
            id=id.clone()
            label
            name="redirect_uri"
            value=uri
            keys="url"
            hint
            error=state.error(id)
            beside
        />
    }
    .into_any()
}
