//! The state of a page about one client, which outlives fetching it again.

use leptos::prelude::*;

use super::{action::Intent, edit::Desk};
use types::client::Credentials;

/// The state of the page.
#[derive(Clone, Copy)]
pub(crate) struct Workplace {
    /// The form that changes the client.
    pub(crate) form: Desk,
    /// The secret that was added last.
    pub(crate) added: RwSignal<Option<Credentials>>,
    /// The question to the person.
    pub(crate) intent: RwSignal<Option<Intent>>,
    /// Fetches the client again.
    pub(crate) changed: Callback<()>,
}

impl Workplace {
    /// Nothing goes on yet.
    pub(crate) fn new(changed: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            form: Desk::new(),
            added: RwSignal::new(None),
            intent: RwSignal::new(None),
            changed: Callback::new(move |()| changed()),
        }
    }
}
