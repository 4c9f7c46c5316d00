//! The secrets of a client: never their values, except of one that was added a moment ago.

use leptos::{prelude::*, task::spawn_local};
use types::{
    client::{ClientDetails, Credentials, LIVE_SECRETS_MAX, SecretRow},
    id::ClientId,
};

use super::{
    action::{Action, PendingAction},
    credentials::new_secret,
};
use crate::{
    api::add_client_secret,
    components::{
        badge::{StatusBadge, Tone},
        button::Button,
        inside::live,
        page::Section,
        table::{Table, cell, row},
        text::{code, main, note},
        time::{Ago, ago_or_never},
        toast::Toaster,
    },
};

const COLUMNS: [&str; 5] = ["Secret", "Created", "Last used", "Status", "Actions"];

/// The secrets of a confidential client.
#[component]
pub(crate) fn Secrets(
    /// The client.
    client: ClientDetails,
    /// The secret that was added last. The page holds it, so that it stays visible when the page is fetched again.
    added: RwSignal<Option<Credentials>>,
    /// Set when `Retire` was pressed.
    intent: RwSignal<Option<PendingAction>>,
    /// Called after one was added.
    changed: Callback<()>,
) -> impl IntoView {
    let editable = client.editable();
    let alive = client.live_secrets();
    let ClientDetails { client_id, secrets, now, .. } = client;
    let mut columns = COLUMNS.to_vec();
    if !editable {
        columns.pop();
    }
    let rows = secrets
        .into_iter()
        .map(|secret| {
            let retire = editable.then(|| {
                let shown = format!("{}…{}", secret.prefix, secret.last_four);
                let retire = PendingAction::of(Action::Retire, client_id.clone(), shown);
                (intent, PendingAction { secret: Some((secret.clone(), alive == 1)), ..retire })
            });
            secret_row(secret, now, retire)
        })
        .collect::<Vec<_>>();
    let none = rows.is_empty();
    let of = client_id.clone();
    view! {
        <Section id="secrets" title="Client secrets">
            {live(move || {
                let added = added.get().filter(|added| added.client_id == of);
                added.and_then(|added| added.client_secret).map(new_secret).into_any()
            })}
            {if none {
                view! { <p class="section-about">"There is no secret."</p> }.into_any()
            } else {
                view! { <Table label="Client secrets" columns rows /> }.into_any()
            }}
            {editable.then(|| view! { <Add client_id alive added changed /> })}
        </Section>
    }
    .into_any()
}

fn secret_row(
    secret: SecretRow,
    now: i64,
    retire: Option<(RwSignal<Option<PendingAction>>, PendingAction)>,
) -> AnyView {
    let [secret_column, created, last_used, status, actions] = COLUMNS;
    let state = match secret.retired_at {
        None => view! { <StatusBadge tone=Tone::Good label="Active" /> }.into_any(),
        Some(at) => vec![
            view! { <StatusBadge tone=Tone::Quiet label="Retired" /> }.into_any(),
            note(view! { <Ago now at /> }.into_any()),
        ]
        .into_any(),
    };
    let mut cells = vec![
        cell(secret_column, main(code(format!("{}…{}", secret.prefix, secret.last_four)))),
        cell(created, view! { <Ago now at=secret.created_at /> }.into_any()),
        cell(last_used, ago_or_never(now, secret.last_used_at)),
        cell(status, state),
    ];
    let over = secret.retired_at.is_some();
    if let Some((intent, retire)) = retire {
        let about = format!("Retire {}…{}", secret.prefix, secret.last_four);
        let button = (!over).then(|| {
            let on_click = move |()| intent.set(Some(retire.clone()));
            view! { <Button label="Retire" about class="button-small button-danger" on_click /> }
        });
        cells.push(cell(actions, button.into_any()));
    }
    row(over, cells)
}

#[component]
fn Add(
    client_id: ClientId,
    alive: usize,
    added: RwSignal<Option<Credentials>>,
    changed: Callback<()>,
) -> impl IntoView {
    let toaster = Toaster::expect();
    let busy = RwSignal::new(false);
    let full = alive >= LIVE_SECRETS_MAX;
    let add = move |()| {
        let client_id = client_id.clone();
        busy.set(true);
        spawn_local(async move {
            match add_client_secret(client_id).await {
                Ok(credentials) => {
                    added.set(Some(credentials));
                    changed.run(());
                }
                Err(failure) => toaster.failed(&failure),
            }
            busy.set(false);
        });
    };
    view! {
        <div class="section-action">
            <Button label="Add secret" disabled=Signal::derive(move || full || busy.get()) on_click=add />
            <p class="section-about">
                {if full {
                    "Two secrets work already. Retire one to add another."
                } else {
                    "A new secret works beside the old one, so that nothing stops while you replace it."
                }}
            </p>
        </div>
    }
    .into_any()
}

/// Hides the secret that was added last, if it is the one that was retired.
pub(crate) fn forget(added: RwSignal<Option<Credentials>>, done: &PendingAction) {
    let Some((secret, _)) = &done.secret else { return };
    added.update(|added| {
        let value = added.as_ref().and_then(|added| added.client_secret.as_deref());
        if value.is_some_and(|value| value.ends_with(&secret.last_four)) {
            *added = None;
        }
    });
}
