//! What a client is, and what an administrator can do to it.

use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::set_client_verified,
    components::{
        badge::{ScopeBadge, verified_mark},
        button::Button,
        copyable::Copyable,
        erase::{Erase, Piece},
        format::counted,
        page::Section,
        text::{link, note, person, plain, quiet},
        toast::Toaster,
    },
    pages::client::{
        action::{Action, Intent},
        identity::{identity, said},
    },
    types::{
        admin::ClientsQuery,
        client::{ClientDetails, ClientSource, ClientStatus},
        scope::Scope,
    },
};

/// The facts about a client.
#[component]
pub(crate) fn Overview(
    /// The client.
    client: ClientDetails,
    /// The entry that it belongs to with other registrations, and how many those are.
    entry: Option<(String, u64)>,
    /// Each scope of its live grants, with the number of grants that have it.
    scopes: Vec<(Scope, u64)>,
) -> impl IntoView {
    let mut source = vec![plain(client.source.label())];
    if let Some((entry, registrations)) = entry.filter(|(_, registrations)| *registrations > 1) {
        let others = ClientsQuery { entry, ..ClientsQuery::default() };
        let words =
            format!("One of {} of this software", counted(registrations, "registration", "registrations"));
        source.push(note(link(others.path(), plain(words))));
    }
    let vouched = verified_mark(client.verified).unwrap_or_else(|| quiet("No"));
    let mut more = vec![
        ("Verified", vouched),
        ("Source", source.erased()),
        ("Owner", client.owner.clone().map_or_else(|| quiet("None"), person)),
    ];
    more.extend(said(&client));
    more.push(("Granted scopes", granted(scopes)));
    view! {
        <Section id="about" title="About">
            <Copyable name="Client ID" text=client.client_id.clone() />
            {identity(&client, more)}
        </Section>
    }
    .erased()
}

fn granted(scopes: Vec<(Scope, u64)>) -> Piece {
    if scopes.is_empty() {
        return quiet("None");
    }
    scopes
        .into_iter()
        .map(|(scope, grants)| {
            view! {
                <span class="scope-count">
                    <ScopeBadge scope />
                    {format!(" {}", counted(grants, "grant", "grants"))}
                </span>
            }
            .erased()
        })
        .collect::<Vec<_>>()
        .erased()
}

/// The buttons.
#[component]
pub(crate) fn Powers(
    /// The client.
    client: ClientDetails,
    /// Set when one was pressed that asks first.
    intent: RwSignal<Option<Intent>>,
    /// Called after the client was verified, or is not any more.
    changed: Callback<()>,
) -> impl IntoView {
    let ClientDetails { client_id, name, status, source, verified, .. } = client;
    let asking = |action: Action, look| {
        let wish = Intent {
            dynamic: source == ClientSource::Dynamic,
            ..Intent::of(action, client_id.clone(), name.clone())
        };
        view! { <Button label=action.label() look press=move |()| intent.set(Some(wish.clone())) /> }.erased()
    };
    let blocked = status == ClientStatus::Blocked;
    view! {
        <div class="page-actions">
            <Verify client_id=client_id.clone() verified changed />
            {asking(if blocked { Action::Unblock } else { Action::Block }, "")}
            {asking(Action::Revoke, "button-danger")}
            {asking(Action::Delete, "button-danger")}
        </div>
    }
    .erased()
}

#[component]
fn Verify(client_id: String, verified: bool, changed: Callback<()>) -> impl IntoView {
    let busy = RwSignal::new(false);
    let toaster = Toaster::expect();
    let press = move |()| {
        let client_id = client_id.clone();
        busy.set(true);
        spawn_local(async move {
            match set_client_verified(client_id, !verified).await {
                Ok(()) => {
                    toaster.done(if verified {
                        "The client is not verified any more."
                    } else {
                        "The client is verified."
                    });
                    changed.run(());
                }
                Err(failure) => toaster.failed(&failure),
            }
            busy.set(false);
        });
    };
    view! { <Button label=if verified { "Remove verification" } else { "Verify" } off=busy press /> }.erased()
}
