//! The actions on the selected clients.

use leptos::prelude::*;

use crate::{
    components::{button::Button, format::grouped, inside::live},
    pages::client::action::{Action, PendingAction},
};
use types::{admin::ClientRow, client::ClientSource};

const ACTIONS: [Action; 4] = [Action::Block, Action::Unblock, Action::Revoke, Action::Delete];

/// The number of selected clients, and the actions on them.
#[component]
pub(crate) fn BulkBar(
    /// Those that are selected.
    selected: RwSignal<Vec<ClientRow>>,
    /// Set when one of the buttons was pressed.
    intent: RwSignal<Option<PendingAction>>,
) -> impl IntoView {
    let some = Memo::new(move |_| selected.with(|rows| !rows.is_empty()));
    let button = move |action: Action| -> AnyView {
        let class = if action == Action::Delete { "button-small button-danger" } else { "button-small" };
        let on_click = move |()| {
            intent.set(Some(selected.with_untracked(|rows| intended(action, rows))));
        };
        view! { <Button label=action.label() class on_click /> }.into_any()
    };
    view! {
        <div class="bulk" class:bulk-shown=some role="group" aria-label="Selected clients">
            <p role="status">
                {move || {
                    some.get().then(|| format!("{} selected", grouped(selected.with(Vec::len) as u64)))
                }}
            </p>
            {live(move || {
                some.get()
                    .then(|| ACTIONS.into_iter().map(button).collect::<Vec<_>>())
                    .into_any()
            })}
        </div>
    }
    .into_any()
}

fn intended(action: Action, rows: &[ClientRow]) -> PendingAction {
    PendingAction {
        action,
        ids: rows.iter().map(|row| row.id.clone()).collect(),
        name: if let [only] = rows { Some(only.name.clone()) } else { None },
        dynamic: rows.iter().any(|row| row.source == ClientSource::Dynamic),
        document: rows.iter().any(|row| row.source == ClientSource::MetadataDocument),
        secret: None,
    }
}
