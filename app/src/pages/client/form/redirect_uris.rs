//! The redirect URIs of a client, a field each.

use leptos::prelude::*;

use super::desk::{ClientFormState, uri_id};
use crate::components::{button::Button, field::TextField, inside::live};
use types::redirect_uri::MAX_COUNT;

const HINT: &str = "Where people are sent back to. https, http on the person’s own computer, or a scheme of your own such as com.example.app:/";

/// Asks for one redirect URI or several.
#[component]
pub(crate) fn RedirectUris(
    /// The state of the form.
    desk: ClientFormState,
) -> impl IntoView {
    let full = Signal::derive(move || desk.uris.with(Vec::len) >= MAX_COUNT);
    view! {
        {live(move || {
            let uris = desk.uris.get();
            let several = uris.len() > 1;
            uris.into_iter()
                .enumerate()
                .map(|(index, uri)| field(desk, index, uri, several))
                .collect::<Vec<_>>()
                .into_any()
        })}
        <div>
            <Button label="Add redirect URI" class="button-small" disabled=full on_click=move |()| desk.add_uri() />
        </div>
    }
    .into_any()
}

fn field(desk: ClientFormState, index: usize, uri: String, several: bool) -> AnyView {
    let id = uri_id(index);
    let label = if index == 0 { "Redirect URI".to_owned() } else { format!("Redirect URI {}", index + 1) };
    let beside = several.then(|| {
        view! {
            <Button
                label="Remove"
                about=format!("Remove address {}", index + 1)
                on_click=move |()| desk.remove_uri(index)
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
            error=desk.error(id)
            beside
        />
    }
    .into_any()
}
