//! The state of the form for a client. The controls hold the text; here is what follows from it.

use std::time::Duration;

use leptos::{
    ev::{Event, FocusEvent},
    html,
    prelude::*,
    wasm_bindgen::JsCast,
    web_sys::{Element, FormData, HtmlElement, HtmlInputElement},
};

use super::kind::PUBLIC;
use crate::components::toast::Toaster;
use types::{
    client::ClientType,
    client_form::{ClientForm, FieldError},
    failure::Failure,
    redirect_uri::RedirectRules,
};

/// The pause in typing after which a redirect URI is judged.
const PAUSE: Duration = Duration::from_millis(500);
/// After which a field that was left is judged: the button that was pressed must not move away under the pointer.
const MOMENT: Duration = Duration::from_millis(150);

/// The state of the form. Whoever shows the form holds it, so that it outlives fetching the page again.
#[derive(Clone, Copy)]
pub(crate) struct ClientFormState {
    /// The form.
    pub(super) element: NodeRef<html::Form>,
    /// The redirect URIs, a field each. Told of changes only when their number changes.
    pub(super) uris: RwSignal<Vec<String>>,
    told: RwSignal<Told>,
    notes: StoredValue<Notes>,
    /// Says if it is being sent.
    pub(crate) busy: RwSignal<bool>,
    toaster: Toaster,
}

/// The faults of the fields.
#[derive(Clone, Default)]
struct Told {
    /// The fault now.
    errors: Vec<FieldError>,
    /// The `id`s of the fields that may say so: those that were left.
    left: Vec<String>,
    /// A fault that only the server knew, until something else is typed.
    refusal: Option<FieldError>,
}

/// A fault that nothing on the page shows.
struct Notes {
    /// The rules about redirect URIs.
    rules: RedirectRules,
    /// For which client the form is open; empty for a new one.
    client_id: Option<String>,
    /// Says if something was typed that is not saved.
    changed: bool,
    /// Counts what was typed.
    keys: u32,
}

/// The `id` of the field for a redirect URI.
pub(super) fn uri_id(index: usize) -> String {
    format!("redirect_uri_{index}")
}

impl ClientFormState {
    /// An untouched form.
    pub(crate) fn new() -> Self {
        let rules = RedirectRules { known_schemes: Vec::new() };
        Self {
            element: NodeRef::new(),
            uris: RwSignal::new(Vec::new()),
            told: RwSignal::new(Told::default()),
            notes: StoredValue::new(Notes { rules, client_id: None, changed: false, keys: 0 }),
            busy: RwSignal::new(false),
            toaster: Toaster::expect(),
        }
    }

    /// Opens the form for a client with the redirect URIs that it has, unless the person is changing them. Says
    /// whether the form was open for another one.
    pub(super) fn open(self, client_id: &str, uris: Vec<String>, rules: RedirectRules) -> bool {
        let mut other = false;
        self.notes.update_value(|notes| {
            other = notes.client_id.as_deref().is_some_and(|of| of != client_id);
            notes.client_id = Some(client_id.to_owned());
            notes.rules = rules;
        });
        if other {
            self.settle();
        }
        if !self.notes.with_value(|notes| notes.changed) {
            self.uris.set(if uris.is_empty() { vec![String::new()] } else { uris });
        }
        other
    }

    /// The fault of a field, once it may say so.
    pub(super) fn error(self, id: String) -> Signal<Option<String>> {
        Signal::derive(move || {
            self.told.with(|Told { errors, left, refusal }| {
                let errors = errors.iter().filter(|error| left.contains(&error.field));
                let error = refusal.iter().chain(errors).find(|error| error.field == id);
                error.map(|error| error.message.clone())
            })
        })
    }

    /// Something was typed or chosen.
    pub(super) fn typed(self, event: &Event) {
        if self.told.with_untracked(|told| told.refusal.is_some()) {
            self.told.update(|told| told.refusal = None);
        }
        self.check();
        self.notes.update_value(|notes| {
            notes.changed = true;
            notes.keys += 1;
        });
        let keys = move || self.notes.try_with_value(|notes| notes.keys);
        let now = keys();
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        if let Some(input) = input.filter(|input| input.name() == "redirect_uri" && !input.value().is_empty())
        {
            set_timeout(
                move || {
                    if keys() == now {
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
                // The page may have been left too.
                if self.notes.try_with_value(|_| ()).is_some() {
                    self.check();
                    self.tell(element.id());
                }
            },
            MOMENT,
        );
    }

    /// Reads the form, if it can be taken; otherwise says what cannot, and leads there.
    pub(super) fn answers(self) -> Option<(ClientForm, ClientType)> {
        if self.busy.get_untracked() {
            return None;
        }
        let answers = self.check()?;
        self.told.update(|told| told.left = told.errors.iter().map(|error| error.field.clone()).collect());
        match self.told.with_untracked(|told| told.left.first().cloned()) {
            None => Some(answers),
            Some(first) => {
                focus(&first);
                None
            }
        }
    }

    /// The server refused what this form would have taken.
    pub(crate) fn refused(self, failure: Failure) {
        match failure {
            Failure::Invalid { field, message } if focus(&field) => {
                self.told.update(|told| told.refusal = Some(FieldError { field, message }));
            }
            failure => self.toaster.failed(&failure),
        }
    }

    /// Notes that the text is saved.
    pub(crate) fn settle(self) {
        self.notes.update_value(|notes| notes.changed = false);
        self.told.set(Told::default());
    }

    /// Adds an empty field for a redirect URI.
    pub(super) fn add_uri(self) {
        self.check();
        self.notes.update_value(|notes| notes.changed = true);
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
        self.notes.update_value(|notes| notes.changed = true);
        self.uris.update(|uris| {
            uris.remove(index);
        });
        self.told.update(|told| told.left.retain(|id| !id.starts_with("redirect_uri_")));
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
        if !self.told.with_untracked(|told| told.left.contains(&id)) {
            self.told.update(|told| told.left.push(id));
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
        let errors = self.notes.with_value(|notes| form.check(&notes.rules)).err().unwrap_or_default();
        if self.told.with_untracked(|told| told.errors != errors) {
            self.told.update(|told| told.errors = errors);
        }
        Some((form, kind))
    }
}

/// Gives the focus to the control with this `id`, if there is one.
fn focus(id: &str) -> bool {
    let element = document().get_element_by_id(id).and_then(|element| element.dyn_into::<HtmlElement>().ok());
    element.is_some_and(|element| element.focus().is_ok())
}
