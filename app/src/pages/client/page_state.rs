//! The state of a page about one client, which outlives fetching it again.

use leptos::prelude::*;

use super::{action::PendingAction, edit::ClientFormState};
use types::client::Credentials;

/// The state of the page.
#[derive(Clone, Copy)]
pub(crate) struct ClientPageState {
    /// The form that changes the client.
    pub(crate) form: ClientFormState,
    /// The secret that was added last.
    pub(crate) added: RwSignal<Option<Credentials>>,
    /// The question to the person.
    pub(crate) intent: RwSignal<Option<PendingAction>>,
    /// Fetches the client again.
    pub(crate) changed: Callback<()>,
}

impl ClientPageState {
    /// Nothing goes on yet.
    pub(crate) fn new(changed: impl Fn() + Send + Sync + 'static) -> Self {
        Self {
            form: ClientFormState::new(),
            added: RwSignal::new(None),
            intent: RwSignal::new(None),
            changed: Callback::new(move |()| changed()),
        }
    }
}
