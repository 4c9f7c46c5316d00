//! A client, and the powers of an administrator over it.

use leptos::{prelude::*, task::spawn_local};
use types::{
    admin::{ClientsQuery, SeenClient},
    client::{ClientDetails, ClientSource, ClientStatus, ClientType},
    id::ClientId,
    scope::Scope,
};

use crate::{
    api::{set_client_resource_server, set_client_verified},
    components::{
        badge::{ScopeBadge, verified_mark},
        button::Button,
        copyable::Copyable,
        format::counted,
        page::Section,
        text::{link, note, person, plain, quiet},
        toast::Toaster,
    },
    pages::client::{
        action::{Action, PendingAction},
        identity::{identity, said},
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
    /// Says if it may look into tokens.
    resource_server: bool,
    /// Says if the document that describes it cannot be fetched.
    unread: bool,
) -> impl IntoView {
    let mut source = vec![plain(client.source.label())];
    if let Some((entry, registrations)) = entry.filter(|(_, registrations)| *registrations > 1) {
        let others = ClientsQuery { entry, ..ClientsQuery::default() };
        let words =
            format!("One of {} of this software", counted(registrations, "registration", "registrations"));
        source.push(note(link(others.path(), plain(words))));
    }
    let vouched = match verified_mark(client.verified) {
        Some(_) if unread => quiet("Not while its document cannot be fetched"),
        mark => mark.unwrap_or_else(|| quiet("No")),
    };
    let mut more = vec![
        ("Verified", vouched),
        (
            "Resource server",
            if resource_server { plain("This client can introspect tokens.") } else { quiet("No") },
        ),
        ("Source", source.into_any()),
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
    .into_any()
}

fn granted(scopes: Vec<(Scope, u64)>) -> AnyView {
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
            .into_any()
        })
        .collect::<Vec<_>>()
        .into_any()
}

/// The buttons.
#[component]
pub(crate) fn AdminActions(
    /// The client.
    client: ClientDetails,
    /// Says if it may look into tokens.
    resource_server: bool,
    /// Set when one was pressed that asks first.
    intent: RwSignal<Option<PendingAction>>,
    /// Called after something was said of the client.
    changed: Callback<()>,
) -> impl IntoView {
    let seen = SeenClient {
        name: client.name.clone(),
        description: client.description,
        website: client.website.map(|(_, url)| url),
        redirect_uris: client.redirect_uris,
    };
    let ClientDetails { client_id, name, status, source, kind, verified, .. } = client;
    let asking = |action: Action, class| {
        let wish = PendingAction {
            dynamic: source == ClientSource::Dynamic,
            document: source == ClientSource::MetadataDocument,
            ..PendingAction::of(action, client_id.clone(), name.clone())
        };
        view! { <Button label=action.label() class on_click=move |()| intent.set(Some(wish.clone())) /> }
            .into_any()
    };
    let blocked = status == ClientStatus::Blocked;
    view! {
        <div class="page-actions">
            <SetFlag mark=Flag::Verified client_id=client_id.clone() on=verified seen=Some(seen) changed />
            {(kind == ClientType::Confidential)
                .then(|| {
                    let client_id = client_id.clone();
                    view! { <SetFlag mark=Flag::ResourceServer client_id on=resource_server seen=None changed /> }
                })}
            {asking(if blocked { Action::Unblock } else { Action::Block }, "")}
            {asking(Action::Revoke, "button-danger")}
            {asking(Action::Delete, "button-danger")}
        </div>
    }
    .into_any()
}

/// The marks that administrators give a client.
#[derive(Clone, Copy)]
enum Flag {
    Verified,
    ResourceServer,
}

impl Flag {
    /// The words of the button, while it is so or not.
    const fn label(self, on: bool) -> &'static str {
        match (self, on) {
            (Self::Verified, false) => "Verify",
            (Self::Verified, true) => "Remove verification",
            (Self::ResourceServer, false) => "Mark as resource server",
            (Self::ResourceServer, true) => "Remove resource server mark",
        }
    }

    /// The words once it is so, or no longer.
    const fn done(self, on: bool) -> &'static str {
        match (self, on) {
            (Self::Verified, true) => "The client is verified.",
            (Self::Verified, false) => "The client is not verified any more.",
            (Self::ResourceServer, true) => "This client can introspect tokens.",
            (Self::ResourceServer, false) => "This client cannot introspect tokens any more.",
        }
    }
}

/// Says something of a client, or takes it back.
#[component]
fn SetFlag(
    mark: Flag,
    client_id: ClientId,
    on: bool,
    seen: Option<SeenClient>,
    changed: Callback<()>,
) -> impl IntoView {
    let busy = RwSignal::new(false);
    let toaster = Toaster::expect();
    let on_click = move |()| {
        let (client_id, seen) = (client_id.clone(), seen.clone());
        busy.set(true);
        spawn_local(async move {
            let answer = match mark {
                Flag::Verified => set_client_verified(client_id, !on, seen).await,
                Flag::ResourceServer => set_client_resource_server(client_id, !on).await,
            };
            match answer {
                Ok(()) => {
                    toaster.done(mark.done(!on));
                    changed.run(());
                }
                Err(failure) => toaster.failed(&failure),
            }
            busy.set(false);
        });
    };
    view! { <Button label=mark.label(on) disabled=busy on_click /> }.into_any()
}
