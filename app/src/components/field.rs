//! A labelled form field with room for its error.

use leptos::prelude::*;

use super::erase::{Erase, Piece};

/// A label, the control, and below it what is wrong with the value.
///
/// The control carries `id`, and `aria-describedby` = [`error_id`] while there is an error.
#[component]
pub(crate) fn Field(
    /// The `id` of the control.
    id: &'static str,
    /// What it is called.
    label: &'static str,
    /// What is wrong with the value.
    #[prop(into, optional)]
    error: Signal<Option<String>>,
    /// The control.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="field">
            <label for=id>{label}</label>
            {children()}
            {move || {
                error
                    .get()
                    .map(|message| {
                        view! {
                            <p class="field-error" id=error_id(id) role="alert">
                                {message}
                            </p>
                        }
                    })
            }}
        </div>
    }
    .erased()
}

/// The `id` of a field's error.
pub(crate) fn error_id(field: &str) -> String {
    format!("{field}-error")
}

/// The options of a list: each with its value, its words, and whether it is chosen at first.
pub(crate) fn options(choices: impl IntoIterator<Item = (String, String, bool)>) -> Vec<Piece> {
    choices
        .into_iter()
        .map(|(value, words, chosen)| view! { <option value=value selected=chosen>{words}</option> }.erased())
        .collect()
}
