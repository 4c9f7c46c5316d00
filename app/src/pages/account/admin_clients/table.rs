//! The clients as a table, each with what selects it.

use leptos::prelude::*;

use crate::components::{
    badge::client_status,
    format::{counted, grouped},
    table::{Table, cell, row},
    text::{code, link, main, name, note, plain, quiet},
    time::ago_or_never,
};
use types::{
    admin::{ClientRow, ClientsQuery},
    paths,
};

const COLUMNS: [&str; 9] =
    ["Name", "Client ID", "Source", "Owner", "Users", "Grants", "Last used", "Status", "Redirect hosts"];

/// The clients of one page.
#[component]
pub(crate) fn ClientsTable(
    /// The clients.
    rows: Vec<ClientRow>,
    /// The moment when the page was made, in Unix milliseconds.
    now: i64,
    /// Those that are selected.
    selected: RwSignal<Vec<ClientRow>>,
) -> impl IntoView {
    let every = rows.clone();
    let count = rows.len();
    let select = check(
        "Select all on this page".to_owned(),
        Signal::derive(move || selected.with(Vec::len) == count),
        Callback::new(move |on| selected.set(if on { every.clone() } else { Vec::new() })),
    );
    let rows = rows.into_iter().map(|client| client_row(client, now, selected)).collect();
    view! { <Table label="OAuth clients" select columns=COLUMNS.to_vec() rows /> }.into_any()
}

fn client_row(client: ClientRow, now: i64, selected: RwSignal<Vec<ClientRow>>) -> AnyView {
    let [named, client_id, source, owner, users, grants, last_used, status, hosts] = COLUMNS;
    let several = client.registrations > 1;
    let mut lines = vec![if several {
        main(name(client.name.clone()))
    } else {
        main(link(paths::admin_client(client.path_id()), name(client.name.clone())))
    }];
    if client.verified {
        lines.push(note(plain("Verified")));
    }
    if several {
        let open = ClientsQuery { entry: client.id.clone(), ..ClientsQuery::default() };
        let registrations = counted(client.registrations, "registration", "registrations");
        lines.push(note(link(open.path(), plain(registrations))));
    }
    let mut state = vec![client_status(client.status)];
    if several && client.switched_off > 0 {
        state.push(note(plain(format!("{} cannot be used", grouped(client.switched_off)))));
    }
    row(
        false,
        vec![
            cell("", select(client.clone(), selected)),
            cell(named, lines.into_any()),
            cell(client_id, code(client.client_id)),
            cell(source, plain(client.source.label())),
            cell(owner, client.owner.map_or_else(|| quiet("None"), name)),
            cell(users, plain(grouped(client.users))),
            cell(grants, plain(grouped(client.grants))),
            cell(last_used, ago_or_never(now, client.last_used_at)),
            cell(status, state.into_any()),
            cell(
                hosts,
                client
                    .redirect_hosts
                    .into_iter()
                    .map(|host| main(plain(host)))
                    .collect::<Vec<_>>()
                    .into_any(),
            ),
        ],
    )
}

fn select(client: ClientRow, selected: RwSignal<Vec<ClientRow>>) -> AnyView {
    let id = client.id.clone();
    check(
        format!("Select {}", client.name),
        Signal::derive(move || selected.with(|rows| rows.iter().any(|row| row.id == id))),
        Callback::new(move |on| {
            selected.update(|rows| {
                rows.retain(|row| row.id != client.id);
                if on {
                    rows.push(client.clone());
                }
            });
        }),
    )
}

fn check(label: String, on: Signal<bool>, set: Callback<bool>) -> AnyView {
    view! {
        <label class="select needs-js">
            <input
                class="check"
                type="checkbox"
                autocomplete="off"
                prop:checked=on
                on:change=move |event| set.run(event_target_checked(&event))
            />
            <span class="select-label">{label}</span>
        </label>
    }
    .into_any()
}
