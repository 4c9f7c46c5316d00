//! Actions that take an app away from the people who use it.

use leptos::{prelude::*, task::spawn_local};
use types::{
    client::{ClientDetails, ClientStatus},
    id::ClientId,
};

use crate::{
    api::set_client_disabled,
    components::{button::Button, page::Section, toast::Toaster},
    pages::client::action::{Action, PendingAction},
};

/// The buttons that disable, enable and delete.
#[component]
pub(crate) fn Danger(
    /// The app.
    client: ClientDetails,
    /// Set when one was pressed that asks first.
    intent: RwSignal<Option<PendingAction>>,
    /// Called after the app was enabled.
    changed: Callback<()>,
) -> impl IntoView {
    let ClientDetails { client_id, name, status, .. } = client;
    let asking = |action: Action, class| {
        let wish = PendingAction::of(action, client_id.clone(), name.clone());
        view! { <Button label=action.label() class on_click=move |()| intent.set(Some(wish.clone())) /> }
            .into_any()
    };
    let delete = asking(Action::DeleteOwn, "button-danger");
    let switch = match status {
        ClientStatus::Active => {
            Some(option("Its calls are refused until you enable it again.", asking(Action::Disable, "")))
        }
        ClientStatus::Disabled => {
            let enable = view! { <Enable client_id changed /> }.into_any();
            Some(option("It is disabled now: its calls are refused.", enable))
        }
        ClientStatus::Blocked => None,
    };
    view! {
        <Section id="danger" title="Danger zone" class="danger">
            {switch}
            {option("People lose the access that they gave, permanently.", delete)}
        </Section>
    }
    .into_any()
}

fn option(about: &'static str, button: AnyView) -> AnyView {
    view! { <div class="section-action">{button}<p class="section-about">{about}</p></div> }.into_any()
}

#[component]
fn Enable(client_id: ClientId, changed: Callback<()>) -> impl IntoView {
    let busy = RwSignal::new(false);
    let toaster = Toaster::expect();
    let on_click = move |()| {
        let client_id = client_id.clone();
        busy.set(true);
        spawn_local(async move {
            match set_client_disabled(client_id, false).await {
                Ok(()) => {
                    toaster.done("The app was enabled.");
                    changed.run(());
                }
                Err(failure) => toaster.failed(&failure),
            }
            busy.set(false);
        });
    };
    view! { <Button label="Enable" disabled=busy on_click /> }.into_any()
}
