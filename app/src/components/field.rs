//! A labelled form field with room for its error.

use leptos::prelude::*;

use super::inside::{AnyChildren, live};

/// A label, the control, and below it what is wrong with the value.
///
/// The control carries `id`, and [`error_id`] in `aria-describedby` while there is an error.
#[component]
pub(crate) fn Field(
    /// The `id` of the control.
    #[prop(into)]
    id: String,
    /// Its label.
    #[prop(into)]
    label: String,
    /// A hint that helps to fill it in, as long as nothing is wrong.
    #[prop(default = "")]
    hint: &'static str,
    /// The fault of the value.
    #[prop(into, optional)]
    error: Signal<Option<String>>,
    /// The control.
    children: AnyChildren,
) -> impl IntoView {
    let below = id.clone();
    view! {
        <div class="field">
            <label for=id>{label}</label>
            {children.0}
            {live(move || match error.get() {
                Some(message) => {
                    view! {
                        <p class="field-error" id=error_id(&below) role="alert">
                            {message}
                        </p>
                    }
                        .into_any()
                }
                None if hint.is_empty() => ().into_any(),
                None => view! { <p class="field-hint" id=hint_id(&below)>{hint}</p> }.into_any(),
            })}
        </div>
    }
    .into_any()
}

/// A field for one line of text.
#[component]
pub(crate) fn TextField(
    /// The `id` of the control.
    id: String,
    /// Its label.
    #[prop(into)]
    label: String,
    /// Its name in the form.
    name: &'static str,
    /// Its first value.
    value: String,
    /// A hint that helps to fill it in, as long as nothing is wrong.
    #[prop(default = "")]
    hint: &'static str,
    /// The fault of the value.
    #[prop(optional)]
    error: Signal<Option<String>>,
    /// The keyboard that a phone shows.
    #[prop(default = "text")]
    keys: &'static str,
    /// The content beside it.
    #[prop(optional_no_strip)]
    beside: Option<AnyView>,
) -> impl IntoView {
    let described = describe(id.clone(), hint, error);
    view! {
        <Field id=id.clone() label hint error>
            <div class="field-line">
                <input
                    class="input"
                    id=id
                    name=name
                    type="text"
                    inputmode=keys
                    autocomplete="off"
                    spellcheck="false"
                    value=value
                    aria-invalid=move || invalid(error)
                    aria-describedby=described
                />
                {beside}
            </div>
        </Field>
    }
    .into_any()
}

/// `aria-invalid` of a control with this error.
pub(crate) fn invalid(error: Signal<Option<String>>) -> Option<&'static str> {
    error.with(Option::is_some).then_some("true")
}

/// `aria-describedby` of a control: its error, else its hint.
pub(crate) fn describe(
    id: String,
    hint: &'static str,
    error: Signal<Option<String>>,
) -> Signal<Option<String>> {
    Signal::derive(move || match error.with(Option::is_some) {
        true => Some(error_id(&id)),
        false => (!hint.is_empty()).then(|| hint_id(&id)),
    })
}

/// The `id` of a field's error.
pub(crate) fn error_id(field: &str) -> String {
    format!("{field}-error")
}

fn hint_id(field: &str) -> String {
    format!("{field}-hint")
}

/// The options of a list: each with its value, its words, and whether it is chosen at first.
pub(crate) fn options(choices: impl IntoIterator<Item = (String, String, bool)>) -> Vec<AnyView> {
    choices
        .into_iter()
        .map(|(value, words, chosen)| {
            view! { <option value=value selected=chosen>{words}</option> }.into_any()
        })
        .collect()
}

/// Fields of a plain form that nobody sees.
pub(crate) fn hidden(fields: Vec<(String, String)>) -> AnyView {
    fields
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> }.into_any())
        .collect::<Vec<_>>()
        .into_any()
}
