//! Asks before a work item is deleted.

use leptos::{prelude::*, task::spawn_local};

use super::Place;
use crate::{
    api::call,
    components::{dialog::Confirm, toast::Toaster},
};
use types::work_item::{DeleteWorkItem, IdInput, WorkItem};

/// Asks whether to delete the work item in `target`, and does it.
#[component]
pub(crate) fn RemoveDialog(
    /// The work item in question; the dialog is open while there is one.
    target: RwSignal<Option<WorkItem>>,
    /// Its product.
    #[prop(into)]
    place: Signal<Place>,
    /// Called after it was deleted.
    changed: Callback<()>,
) -> impl IntoView {
    let busy = RwSignal::new(false);
    let toaster = Toaster::expect();
    let act = move |()| {
        let Some(item) = target.get_untracked() else { return };
        let place = place.get_untracked();
        busy.set(true);
        spawn_local(async move {
            match call::<DeleteWorkItem>(place, &IdInput { id: item.id }).await {
                Ok(_) => {
                    toaster.done(format!("“{}” was deleted.", item.title));
                    changed.run(());
                }
                Err(failure) => toaster.failed(&failure),
            }
            busy.set(false);
            target.set(None);
        });
    };
    let question = Signal::derive(move || {
        target.with(|item| item.as_ref().map(|item| format!("Delete “{}”?", item.title))).unwrap_or_default()
    });
    view! {
        <Confirm
            open=Signal::derive(move || target.with(Option::is_some))
            close=move |()| target.set(None)
            id="remove"
            question
            yes="Delete"
            act
            disabled=busy
        >
            <p>"The work item is gone for everyone in this product, and for every connected app. This cannot be undone."</p>
        </Confirm>
    }
    .into_any()
}
