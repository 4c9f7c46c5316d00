//! The apps as a table.

use leptos::prelude::*;

use crate::components::{
    badge::client_status,
    format::grouped,
    table::{Table, cell, row},
    text::{code, link, main, name, plain},
    time::ago_or_never,
};
use types::{oauth_apps::OauthAppRow, paths};

const COLUMNS: [&str; 5] = ["Name", "Client ID", "Users", "Last used", "Status"];

/// The apps of one page.
pub(crate) fn table(rows: Vec<OauthAppRow>, now: i64) -> AnyView {
    let rows = rows.into_iter().map(|app| app_row(app, now)).collect();
    view! { <Table label="OAuth apps" columns=COLUMNS.to_vec() rows /> }.into_any()
}

fn app_row(app: OauthAppRow, now: i64) -> AnyView {
    let [named, client_id, users, last_used, status] = COLUMNS;
    let page = paths::oauth_app(&app.client_id);
    row(
        false,
        vec![
            cell(named, main(link(page, name(app.name)))),
            cell(client_id, code(app.client_id)),
            cell(users, plain(grouped(app.users))),
            cell(last_used, ago_or_never(now, app.last_used_at)),
            cell(status, client_status(app.status)),
        ],
    )
}
