//! `/admin/oauth-clients`: every client, for instance admins.

mod bulk;
mod filters;
mod table;

use leptos::prelude::*;

use crate::pages::client::action::{Action, ActionDialog, PendingAction};
use crate::pages::tabs::admin_tabs;
use crate::{
    api::admin_clients,
    components::{
        button::{Button, link_button},
        empty::Empty,
        format::counted,
        icon::Glyph,
        load::PageResource,
        page::{Page, callout},
        pagination::{Pagination, page_in},
        query::use_query,
        text::{link, name, plain},
        time::Ago,
    },
};
use types::{
    admin::{CLIENTS_PER_PAGE, ClientRow, ClientsPage, ClientsQuery, DocumentOutage, MissedDocument},
    paths,
};

use bulk::BulkBar;
use filters::filters;
use table::ClientsTable;

/// Every client of the instance.
#[component]
pub(crate) fn AdminClients() -> impl IntoView {
    let query = use_query();
    let asked = move || {
        query.with(|query| {
            let said = |name: &str| query.get(name).unwrap_or_default();
            ClientsQuery {
                search: said("q"),
                source: said("source").parse().ok(),
                status: said("status").parse().ok(),
                unused: said("unused") == "true",
                sort: said("sort").parse().unwrap_or_default(),
                entry: said("entry"),
                page: page_in(query, "page"),
            }
        })
    };
    let clients = PageResource::new(move || asked().path(), move || admin_clients(untrack(asked)));
    let selected = RwSignal::new(Vec::<ClientRow>::new());
    let intent = RwSignal::new(None::<PendingAction>);
    // What is selected is what one sees.
    Effect::new(move |_| {
        asked();
        selected.set(Vec::new());
    });
    view! {
        {clients
            .shown(move |page| {
                view! { <Clients page query=untrack(asked) selected intent /> }.into_any()
            })}
        <ActionDialog
            intent
            done=move |_: PendingAction| {
                selected.set(Vec::new());
                clients.refetch();
            }
        />
    }
    .into_any()
}

#[component]
fn Clients(
    page: ClientsPage,
    query: ClientsQuery,
    selected: RwSignal<Vec<ClientRow>>,
    intent: RwSignal<Option<PendingAction>>,
) -> impl IntoView {
    let ClientsPage { rows, total, total_unfiltered, page: shown, entry_name, outage, missed, now } = page;
    let list = if rows.is_empty() {
        let all = ClientsQuery { entry: query.entry.clone(), ..ClientsQuery::default() };
        no_rows(total_unfiltered, all.path())
    } else {
        view! { <ClientsTable rows now selected /> }.into_any()
    };
    let href = |page| ClientsQuery { page, ..query.clone() }.path();
    let (previous, next) = (href(shown - 1), href(shown + 1));
    let content = view! {
        {outage.map(|outage| told(outage, now))}
        {(!missed.is_empty()).then(|| unmet(missed, now))}
        {(total_unfiltered > 0).then(|| filters(query))}
        {list}
        <Pagination page=shown per_page=CLIENTS_PER_PAGE total previous next />
        <BulkBar selected intent />
    }
    .into_any();
    match entry_name {
        Some(entry) => {
            let registrations = counted(total_unfiltered, "registration", "registrations");
            view! {
                <Page
                    title=format!("{entry} · OAuth clients")
                    heading=plain("OAuth clients")
                    back=(paths::ADMIN_CLIENTS.to_owned(), "All OAuth clients")
                    about=vec![plain(format!("{registrations} of ")), name(entry)].into_any()
                >
                    {content}
                </Page>
            }
            .into_any()
        }
        None => view! {
            <Page
                title="OAuth clients".to_owned()
                heading=plain("OAuth clients")
                about=plain("Every app that people can connect to this instance.")
                action=actions(intent)
            >
                {admin_tabs(paths::ADMIN_CLIENTS)}
                {content}
            </Page>
        }
        .into_any(),
    }
}

/// The reason why no document can be fetched, and the consequences.
fn told(outage: DocumentOutage, now: i64) -> AnyView {
    let DocumentOutage { since, url, failure, advertised } = outage;
    let meanwhile = if advertised {
        " Programs cannot register themselves here, so documents are still advertised."
    } else {
        " Meanwhile documents are not advertised, and programs register themselves."
    };
    let advice = " It is tried again every minute. Without a way out, enter the documents that you need, name a proxy with \
        --outbound-proxy, or switch documents off with --client-documents false.";
    callout(vec![
        plain("Client ID documents cannot be fetched ("),
        view! { <Ago now at=since /> }.into_any(),
        plain("): "),
        name(url),
        plain(format!(" {failure}.")),
        plain(meanwhile),
        plain(advice),
    ])
}

/// The documents that people did not get, each with its reason.
fn unmet(missed: Vec<MissedDocument>, now: i64) -> AnyView {
    let mut parts = vec![plain("Documents that apps named and this server could not use lately: ")];
    for MissedDocument { url, failure, at } in missed {
        let when = view! { <Ago now at /> }.into_any();
        parts.extend([name(url), plain(format!(" {failure} (")), when, plain("). ")]);
    }
    parts.push(link(paths::NEW_ADMIN_CLIENT.to_owned(), plain("Enter a document")));
    callout(parts)
}

fn actions(intent: RwSignal<Option<PendingAction>>) -> AnyView {
    let clean_up =
        PendingAction { ids: Vec::new(), ..PendingAction::of(Action::CleanUp, String::new(), String::new()) };
    view! {
        <div class="page-actions">
            <Button label="Clean up" on_click=move |()| intent.set(Some(clean_up.clone())) />
            {link_button("button-primary", paths::NEW_ADMIN_CLIENT.to_owned(), "New client")}
        </div>
    }
    .into_any()
}

fn no_rows(total_unfiltered: u64, all: String) -> AnyView {
    if total_unfiltered == 0 {
        view! {
            <Empty
                glyph=Glyph::Plug
                title="No clients yet"
                sentence="Clients that register themselves, and those of users and administrators, appear here."
            >
                ""
            </Empty>
        }
        .into_any()
    } else {
        view! {
            <Empty glyph=Glyph::Search title="No client matches" sentence="No client fits this search and these filters.">
                {link_button("", all, "Show all clients")}
            </Empty>
        }
        .into_any()
    }
}
