//! The secrets of a client: never their values, except of one that was added a moment ago.

use leptos::{prelude::*, task::spawn_local};

use super::credentials::new_secret;
use crate::{
    api::{add_client_secret, retire_client_secret},
    components::{
        badge::{StatusBadge, Tone},
        button::Button,
        dialog::Confirm,
        erase::{Erase, Piece},
        inside::live,
        page::Section,
        table::{Table, cell, row},
        text::{code, main, note},
        time::{Ago, ago_or_never},
        toast::Toaster,
    },
    types::client::{ClientDetails, Credentials, LIVE_SECRETS_MAX, SecretRow},
};

const COLUMNS: [&str; 5] = ["Secret", "Created", "Last used", "Status", "Actions"];

/// What goes on with the secrets. The page holds it, so that a new secret stays visible when the page is fetched again.
#[derive(Clone, Copy)]
pub(crate) struct SecretsDesk {
    /// The secret that was added last.
    pub(crate) added: RwSignal<Option<Credentials>>,
    retire: RwSignal<Option<Retire>>,
    busy: RwSignal<bool>,
}

#[derive(Clone)]
struct Retire {
    client_id: String,
    secret: SecretRow,
    only: bool,
}

impl SecretsDesk {
    /// Nothing goes on.
    pub(crate) fn new() -> Self {
        Self { added: RwSignal::new(None), retire: RwSignal::new(None), busy: RwSignal::new(false) }
    }
}

/// The secrets of a confidential client.
#[component]
pub(crate) fn Secrets(
    /// What goes on with them.
    desk: SecretsDesk,
    /// The client.
    client: ClientDetails,
    /// Called after something changed.
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
            let retire = Retire { client_id: client_id.clone(), only: alive == 1, secret: secret.clone() };
            secret_row(secret, now, editable.then_some((desk, retire)))
        })
        .collect::<Vec<_>>();
    let none = rows.is_empty();
    let of = client_id.clone();
    view! {
        <Section id="secrets" title="Client secrets">
            {live(move || {
                desk.added
                    .get()
                    .filter(|added| added.client_id == of)
                    .and_then(|added| added.client_secret)
                    .map(new_secret)
                    .erased()
            })}
            {if none {
                view! { <p class="section-about">"There is no secret."</p> }.erased()
            } else {
                view! { <Table label="Client secrets" columns rows /> }.erased()
            }}
            {editable.then(|| view! { <Add desk client_id alive changed /> })}
        </Section>
    }
    .erased()
}

fn secret_row(secret: SecretRow, now: i64, retire: Option<(SecretsDesk, Retire)>) -> Piece {
    let [secret_column, created, last_used, status, actions] = COLUMNS;
    let state = match secret.retired_at {
        None => view! { <StatusBadge tone=Tone::Good label="Active" /> }.erased(),
        Some(at) => vec![
            view! { <StatusBadge tone=Tone::Quiet label="Retired" /> }.erased(),
            note(view! { <Ago now at /> }.erased()),
        ]
        .erased(),
    };
    let mut cells = vec![
        cell(secret_column, main(code(format!("{}…{}", secret.prefix, secret.last_four)))),
        cell(created, view! { <Ago now at=secret.created_at /> }.erased()),
        cell(last_used, ago_or_never(now, secret.last_used_at)),
        cell(status, state),
    ];
    let over = secret.retired_at.is_some();
    if let Some((desk, retire)) = retire {
        let about = format!("Retire {}…{}", secret.prefix, secret.last_four);
        let button = (!over).then(|| {
            let press = move |()| desk.retire.set(Some(retire.clone()));
            view! { <Button label="Retire" about look="button-small button-danger" press /> }
        });
        cells.push(cell(actions, button.erased()));
    }
    row(over, cells)
}

#[component]
fn Add(desk: SecretsDesk, client_id: String, alive: usize, changed: Callback<()>) -> impl IntoView {
    let toaster = Toaster::expect();
    let full = alive >= LIVE_SECRETS_MAX;
    let add = move |()| {
        let client_id = client_id.clone();
        desk.busy.set(true);
        spawn_local(async move {
            match add_client_secret(client_id).await {
                Ok(credentials) => {
                    desk.added.set(Some(credentials));
                    changed.run(());
                }
                Err(failure) => toaster.failed(&failure),
            }
            desk.busy.set(false);
        });
    };
    view! {
        <div class="section-action">
            <Button label="Add secret" off=Signal::derive(move || full || desk.busy.get()) press=add />
            <p class="section-about">
                {if full {
                    "Two secrets work already. Retire one to add another."
                } else {
                    "A new secret works beside the old one, so that nothing stops while you replace it."
                }}
            </p>
        </div>
    }
    .erased()
}

/// Asks whether to retire a secret, and does it.
#[component]
pub(crate) fn RetireDialog(
    /// What goes on with the secrets.
    desk: SecretsDesk,
    /// Called after something changed.
    changed: Callback<()>,
) -> impl IntoView {
    let toaster = Toaster::expect();
    let target = desk.retire;
    let act = move |()| {
        let Some(Retire { client_id, secret, .. }) = target.get_untracked() else { return };
        desk.busy.set(true);
        spawn_local(async move {
            match retire_client_secret(client_id, secret.id).await {
                Ok(()) => {
                    toaster.done("The secret was retired.");
                    // It may be the one that is shown.
                    desk.added.update(|added| {
                        let value = added.as_ref().and_then(|added| added.client_secret.as_deref());
                        if value.is_some_and(|value| value.ends_with(&secret.last_four)) {
                            *added = None;
                        }
                    });
                    changed.run(());
                }
                Err(failure) => toaster.failed(&failure),
            }
            desk.busy.set(false);
            target.set(None);
        });
    };
    let question = Signal::derive(move || {
        let shown = |Retire { secret, .. }: &Retire| format!("{}…{}", secret.prefix, secret.last_four);
        format!("Retire {}?", target.with(|target| target.as_ref().map(shown)).unwrap_or_default())
    });
    let only =
        Signal::derive(move || target.with(|target| target.as_ref().is_some_and(|target| target.only)));
    view! {
        <Confirm
            open=Signal::derive(move || target.with(Option::is_some))
            close=move |()| target.set(None)
            id="retire"
            question
            yes="Retire"
            act
            off=desk.busy
        >
            <p>
                {if only.get_untracked() {
                    "It is the only secret that works: the app cannot get tokens until another is added. This cannot be undone."
                } else {
                    "Whoever uses it cannot get tokens with it any more. This cannot be undone."
                }}
            </p>
        </Confirm>
    }
    .erased()
}
