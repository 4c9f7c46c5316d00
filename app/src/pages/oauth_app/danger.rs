//! What takes an app away from the people who use it.

use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::set_client_disabled,
    components::{
        button::Button,
        dialog::Confirm,
        erase::{Erase, Piece},
        page::Section,
        toast::Toaster,
    },
    pages::client::action::{Action, Intent},
    types::client::{ClientDetails, ClientStatus},
};

/// The buttons that disable, enable and delete.
#[component]
pub(crate) fn Danger(
    /// The app.
    client: ClientDetails,
    /// Set to the app's client ID and name when `Disable` was pressed.
    disable: RwSignal<Option<(String, String)>>,
    /// Set when `Delete` was pressed.
    intent: RwSignal<Option<Intent>>,
    /// Called after the app was enabled.
    changed: Callback<()>,
) -> impl IntoView {
    let ClientDetails { client_id, name, status, .. } = client;
    let toaster = Toaster::expect();
    let delete = Intent {
        action: Action::DeleteOwn,
        ids: vec![client_id.clone()],
        name: Some(name.clone()),
        dynamic: false,
    };
    let target = (client_id, name);
    let busy = RwSignal::new(false);
    let press = Callback::new(move |()| {
        if status == ClientStatus::Active {
            disable.set(Some(target.clone()));
            return;
        }
        let target = target.clone();
        spawn_local(switch(target, false, busy, toaster, changed));
    });
    let switch = match status {
        ClientStatus::Active => Some(("Disable", "Its calls are refused until you enable it again.")),
        ClientStatus::Disabled => Some(("Enable", "It is disabled now: its calls are refused.")),
        ClientStatus::Blocked => None,
    };
    view! {
        <Section id="danger" title="Danger zone" look="danger">
            {switch.map(|(label, about)| option(about, view! { <Button label off=busy press /> }.erased()))}
            {option(
                "People lose the access that they gave, for ever.",
                view! {
                    <Button label="Delete" look="button-danger" press=move |()| intent.set(Some(delete.clone())) />
                }
                    .erased(),
            )}
        </Section>
    }
    .erased()
}

fn option(about: &'static str, button: Piece) -> Piece {
    view! { <div class="section-action">{button}<p class="section-about">{about}</p></div> }.erased()
}

async fn switch(
    (client_id, name): (String, String),
    disabled: bool,
    busy: RwSignal<bool>,
    toaster: Toaster,
    changed: Callback<()>,
) {
    busy.set(true);
    match set_client_disabled(client_id, disabled).await {
        Ok(()) => {
            toaster.done(format!("{name} was {}.", if disabled { "disabled" } else { "enabled" }));
            changed.run(());
        }
        Err(failure) => toaster.failed(&failure),
    }
    busy.set(false);
}

/// Asks whether to disable the app in `target`, and does it.
#[component]
pub(crate) fn DisableDialog(
    /// The client ID and the name of the app; the dialog is open while there is one.
    target: RwSignal<Option<(String, String)>>,
    /// Called after it was disabled.
    changed: Callback<()>,
) -> impl IntoView {
    let busy = RwSignal::new(false);
    let toaster = Toaster::expect();
    let act = move |()| {
        let Some(app) = target.get_untracked() else { return };
        spawn_local(async move {
            switch(app, true, busy, toaster, changed).await;
            target.set(None);
        });
    };
    let question = Signal::derive(move || {
        target.with(|app| app.as_ref().map(|(_, name)| format!("Disable {name}?"))).unwrap_or_default()
    });
    view! {
        <Confirm
            open=Signal::derive(move || target.with(Option::is_some))
            close=move |()| target.set(None)
            id="disable"
            question
            yes="Disable"
            act
            off=busy
        >
            <p>
                "Its calls are refused, it gets no tokens, and nobody can authorize it until you enable it again. The access that people gave stays, and works again afterwards."
            </p>
        </Confirm>
    }
    .erased()
}
