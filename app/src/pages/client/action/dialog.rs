//! The dialog that counts what an action would reach, asks, and does it.

use leptos::{prelude::*, task::spawn_local};

use super::{Action, PendingAction};
use crate::components::{
    dialog::Confirm,
    failure::FailureNote,
    field::TextField,
    inside::live,
    text::{paragraph, plain},
    toast::Toaster,
};
use crate::wire::Failed;
use types::client::Impact;

/// Counts what an action would reach, asks, and does it.
#[component]
pub(crate) fn ActionDialog(
    /// The pending action; the dialog is open while there is one.
    intent: RwSignal<Option<PendingAction>>,
    /// Called after it was done.
    #[prop(into)]
    done: Callback<PendingAction>,
) -> impl IntoView {
    let toaster = Toaster::expect();
    let counted = RwSignal::new(None::<Result<Impact, Failed>>);
    let busy = RwSignal::new(false);
    let typed = RwSignal::new(String::new());
    let count = Callback::new(move |()| {
        counted.set(None);
        let wanted = intent.get_untracked();
        if let Some(intended) = wanted.clone() {
            spawn_local(async move {
                let result = intended.count().await;
                if intent.try_get_untracked() == Some(wanted) {
                    counted.set(Some(result));
                }
            });
        }
    });
    Effect::new(move |_| {
        intent.track();
        typed.set(String::new());
        count.run(());
    });
    let act = move |()| {
        let Some(intended) = intent.get_untracked() else { return };
        busy.set(true);
        let typed = typed.get_untracked();
        spawn_local(async move {
            match intended.clone().perform(typed).await {
                Ok(impact) => {
                    toaster.done(intended.outcome(impact));
                    done.run(intended);
                }
                Err(failure) => toaster.failed(&failure),
            }
            busy.set(false);
            intent.set(None);
        });
    };
    let disabled = move || {
        let ready = counted.with(|counted| matches!(counted, Some(Ok(_))));
        busy.get() || !ready || !intent.with(|intent| typed.with(|typed| confirmed(intent.as_ref(), typed)))
    };
    let said = move |say: fn(&PendingAction) -> String| {
        Signal::derive(move || intent.with(|intent| intent.as_ref().map(say)).unwrap_or_default())
    };
    view! {
        <Confirm
            open=Signal::derive(move || intent.with(Option::is_some))
            close=move |()| intent.set(None)
            id="action"
            question=said(PendingAction::question)
            yes=said(|intent| intent.action.label().to_owned())
            harmless=Signal::derive(move || {
                intent.with(|intent| intent.as_ref().is_some_and(|intent| intent.action == Action::Unblock))
            })
            act
            disabled=Signal::derive(disabled)
        >
            <div role="status">
                {live(move || match (intent.get(), counted.get()) {
                    (Some(intent), Some(Ok(impact))) => {
                        let (standing_out, rest) = intent.reach(impact);
                        view! { <p class="impact"><strong>{standing_out}</strong>{rest}</p> }.into_any()
                    }
                    (_, None) => paragraph("impact", vec![plain("Counting …")]),
                    _ => ().into_any(),
                })}
            </div>
            {live(move || match counted.get() {
                Some(Err(failure)) => view! { <FailureNote failure=failure.0 retry=count /> }.into_any(),
                _ => ().into_any(),
            })}
            {intent.get_untracked().map(|intent| what(&intent, typed))}
        </Confirm>
    }
    .into_any()
}

/// An owner types the name before the app is taken away from people.
fn confirmed(intent: Option<&PendingAction>, typed: &str) -> bool {
    match intent {
        Some(PendingAction { action: Action::DeleteOwn, name: Some(name), .. }) => {
            typed.trim() == name.as_str()
        }
        _ => true,
    }
}

/// The consequences, and the field for the name where it is asked for.
fn what(intent: &PendingAction, typed: RwSignal<String>) -> AnyView {
    let mut parts = vec![paragraph("", vec![plain(intent.consequence())])];
    parts.extend(intent.about_origin().map(|more| paragraph("", vec![plain(more)])));
    if intent.action == Action::DeleteOwn {
        let field = view! {
            <div on:input=move |event| typed.set(event_target_value(&event))>
                <TextField
                    id="confirm_name".to_owned()
                    label="Type the name to confirm"
                    name="confirm_name"
                    value=String::new()
                />
            </div>
        };
        parts.push(field.into_any());
    }
    parts.into_any()
}
