//! What goes on in the form for a client. The controls hold what was typed; here is what follows from it.

use std::time::Duration;

use leptos::{
    ev::{Event, FocusEvent},
    html,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Element, FormData, HtmlElement, HtmlInputElement},
};

use super::kind::PUBLIC;
use crate::{
    components::toast::Toaster,
    types::{
        client::{ClientForm, ClientType, FieldError},
        failure::Failure,
        redirect_uri::RedirectRules,
    },
};

/// How long typing may pause before a redirect URI is judged.
const PAUSE: Duration = Duration::from_millis(500);
/// After which a field that was left is judged: the button that was pressed must not move away under the pointer.
const MOMENT: Duration = Duration::from_millis(150);

/// The state of the form. Whoever shows the form holds it, so that it outlives fetching the page again.
#[derive(Clone, Copy)]
pub(crate) struct Desk {
    /// The form.
    pub(super) element: NodeRef<html::Form>,
    /// Which redirect URIs may be registered.
    pub(super) rules: StoredValue<RedirectRules>,
    /// The redirect URIs, a field each. Told of changes only when their number changes.
    pub(super) uris: RwSignal<Vec<String>>,
    /// For which client it is open; empty for a new one.
    client_id: StoredValue<Option<String>>,
    /// Whether something was typed that is not saved.
    changed: StoredValue<bool>,
    /// What is wrong now.
    errors: RwSignal<Vec<FieldError>>,
    /// The `id`s of the fields that may be told so: those that were left.
    left: RwSignal<Vec<String>>,
    /// Counts what was typed.
    keys: StoredValue<u32>,
    /// Whether it is being sent.
    pub(crate) busy: RwSignal<bool>,
    toaster: Toaster,
}

/// The `id` of the field for a redirect URI.
pub(super) fn uri_id(index: usize) -> String {
    format!("redirect_uri_{index}")
}

impl Desk {
    /// An untouched form.
    pub(crate) fn new() -> Self {
        Self {
            element: NodeRef::new(),
            rules: StoredValue::new(RedirectRules { known_schemes: Vec::new() }),
            uris: RwSignal::new(Vec::new()),
            client_id: StoredValue::new(None),
            changed: StoredValue::new(false),
            errors: RwSignal::new(Vec::new()),
            left: RwSignal::new(Vec::new()),
            keys: StoredValue::new(0),
            busy: RwSignal::new(false),
            toaster: Toaster::expect(),
        }
    }

    /// Opens the form for a client with the redirect URIs that it has, unless the person is changing them. Says
    /// whether the form was open for another one.
    pub(super) fn open(self, client_id: &str, uris: Vec<String>) -> bool {
        let other = self.client_id.with_value(|of| of.as_deref().is_some_and(|of| of != client_id));
        if other {
            self.settle();
        }
        self.client_id.set_value(Some(client_id.to_owned()));
        if !self.changed.get_value() {
            self.uris.set(if uris.is_empty() { vec![String::new()] } else { uris });
        }
        other
    }

    /// What is wrong with a field, once it may be told.
    pub(super) fn error(self, id: String) -> Signal<Option<String>> {
        Signal::derive(move || {
            let told = self.left.with(|left| left.contains(&id));
            let message = |errors: &Vec<FieldError>| {
                errors.iter().find(|error| error.field == id).map(|error| error.message.clone())
            };
            if told { self.errors.with(message) } else { None }
        })
    }

    /// Something was typed or chosen.
    pub(super) fn typed(self, event: &Event) {
        self.changed.set_value(true);
        self.check();
        self.keys.update_value(|keys| *keys += 1);
        let now = self.keys.get_value();
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        if let Some(input) = input.filter(|input| input.name() == "redirect_uri" && !input.value().is_empty())
        {
            set_timeout(
                move || {
                    if self.keys.try_get_value() == Some(now) {
                        self.tell(input.id());
                    }
                },
                PAUSE,
            );
        }
    }

    /// A field was left.
    pub(super) fn was_left(self, event: &FocusEvent) {
        let Some(element) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else {
            return;
        };
        set_timeout(
            move || {
                if self.keys.try_get_value().is_some() {
                    self.check();
                    self.tell(element.id());
                }
            },
            MOMENT,
        );
    }

    /// What is in the form, if it can be taken; otherwise says what cannot, and leads there.
    pub(super) fn answers(self) -> Option<(ClientForm, ClientType)> {
        if self.busy.get_untracked() {
            return None;
        }
        let answers = self.check()?;
        let wrong = self.errors.get_untracked();
        match wrong.first() {
            None => Some(answers),
            Some(first) => {
                self.left.set(wrong.iter().map(|error| error.field.clone()).collect());
                focus(&first.field);
                None
            }
        }
    }

    /// The server refused what this form would have taken.
    pub(crate) fn refused(self, failure: Failure) {
        match failure {
            Failure::Invalid { field, message } if focus(&field) => {
                self.left.update(|left| left.push(field.clone()));
                self.errors.set(vec![FieldError { field, message }]);
            }
            failure => self.toaster.failed(&failure),
        }
    }

    /// What was typed is saved.
    pub(crate) fn settle(self) {
        self.changed.set_value(false);
        self.left.set(Vec::new());
    }

    /// Adds an empty field for a redirect URI.
    pub(super) fn add_uri(self) {
        self.check();
        self.changed.set_value(true);
        self.uris.update(|uris| uris.push(String::new()));
        let last = self.uris.with_untracked(Vec::len) - 1;
        // The field is in place in the next frame.
        request_animation_frame(move || {
            focus(&uri_id(last));
        });
    }

    /// Removes the field for a redirect URI.
    pub(super) fn remove_uri(self, index: usize) {
        self.check();
        self.changed.set_value(true);
        self.uris.update(|uris| {
            uris.remove(index);
        });
        self.left.update(|left| left.retain(|id| !id.starts_with("redirect_uri_")));
        let uris = self.uris.get_untracked();
        request_animation_frame(move || {
            for (place, uri) in uris.iter().enumerate() {
                let input = document().get_element_by_id(&uri_id(place));
                if let Some(input) = input.and_then(|input| input.dyn_into::<HtmlInputElement>().ok()) {
                    input.set_value(uri);
                }
            }
            focus(&uri_id(index.min(uris.len() - 1)));
            self.check();
        });
    }

    fn tell(self, id: String) {
        if !self.left.with_untracked(|left| left.contains(&id)) {
            self.left.update(|left| left.push(id));
        }
    }

    /// Reads the controls, and finds out what is wrong.
    fn check(self) -> Option<(ClientForm, ClientType)> {
        let data = FormData::new_with_form(&self.element.get_untracked()?).ok()?;
        let said = |name: &str| data.get(name).as_string().unwrap_or_default();
        let form = ClientForm {
            name: said("name"),
            redirect_uris: data.get_all("redirect_uri").iter().filter_map(|uri| uri.as_string()).collect(),
            description: said("description"),
            website: said("website"),
        };
        let kind = if said("type") == PUBLIC { ClientType::Public } else { ClientType::Confidential };
        self.uris.update_untracked(|uris| uris.clone_from(&form.redirect_uris));
        let errors = self.rules.with_value(|rules| form.check(rules)).err().unwrap_or_default();
        if self.errors.with_untracked(|shown| *shown != errors) {
            self.errors.set(errors);
        }
        Some((form, kind))
    }
}

/// Gives the focus to the control with this `id`, if there is one.
fn focus(id: &str) -> bool {
    let element = document().get_element_by_id(id).and_then(|element| element.dyn_into::<HtmlElement>().ok());
    element.is_some_and(|element| element.focus().is_ok())
}
