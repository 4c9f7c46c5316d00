//! The table of grants.

use leptos::{ev::SubmitEvent, prelude::*};

use crate::components::{
    badge::{ScopeBadges, grant_status},
    field::hidden,
    format::counted,
    table::{Table, cell, row},
    text::{link, main, name, note, plain, quiet, website},
    time::Ago,
};
use types::{
    apps::{AppRow, AppsQuery, GrantState},
    paths,
};

const COLUMNS: [&str; 7] =
    ["Application", "Product", "Permissions", "Last used", "Authorized at", "Status", "Actions"];

/// The grants of one page.
#[component]
pub(crate) fn AppsTable(
    /// The organization's slug.
    organization: String,
    /// The question that is answered.
    query: AppsQuery,
    /// The grants.
    rows: Vec<AppRow>,
    /// The moment when the page was made, in Unix milliseconds.
    now: i64,
    /// Goes back with the form of `Revoke`.
    csrf: String,
    /// Set to the row whose `Revoke` was pressed.
    revoke: RwSignal<Option<AppRow>>,
) -> impl IntoView {
    let rows = rows
        .into_iter()
        .map(|app| {
            let details = query.details_path(&organization, &app.grant_id, 1);
            let all = AppsQuery { search: app.app.clone(), every: true, page: 1, ..query.clone() };
            let all = (!query.every).then(|| all.path(&organization));
            let form = RevokeForm { csrf: csrf.clone(), next: query.path(&organization) };
            app_row(app, (details, all), now, form, revoke)
        })
        .collect();
    view! { <Table label="Connected apps" columns=COLUMNS.to_vec() rows /> }.into_any()
}

fn app_row(
    app: AppRow,
    (details, all): (String, Option<String>),
    now: i64,
    form: RevokeForm,
    revoke: RwSignal<Option<AppRow>>,
) -> AnyView {
    let [application, product, permissions, last_used, authorized_at, status, actions] = COLUMNS;
    let over = matches!(app.status, GrantState::Revoked { .. });
    let button = (!over).then(|| form.button(app.clone(), revoke));
    // The page below the dialog keeps its place.
    let opener = view! { <a href=details data-noscroll=true>{name(app.app.clone())}</a> }.into_any();
    row(
        over,
        vec![
            cell(application, vec![main(opener), note(origin(&app, all).into_any())].into_any()),
            cell(product, name(app.product)),
            cell(permissions, view! { <ScopeBadges scopes=app.scopes /> }.into_any()),
            cell(last_used, used(now, app.last_used_at, app.use_count)),
            cell(
                authorized_at,
                vec![
                    main(view! { <Ago now at=app.authorized_at /> }.into_any()),
                    note(vec![plain("by "), name(app.authorized_by)].into_any()),
                ]
                .into_any(),
            ),
            cell(status, grant_status(app.status, now)),
            cell(actions, button.into_any()),
        ],
    )
}

/// The form of `Revoke`, which the server answers with a question; the application asks in a dialog instead.
struct RevokeForm {
    csrf: String,
    /// The path that the server leads back to.
    next: String,
}

impl RevokeForm {
    fn button(self, app: AppRow, revoke: RwSignal<Option<AppRow>>) -> AnyView {
        let about = format!("Revoke {}", app.app);
        let fields = [("grant", app.grant_id.to_string()), ("csrf", self.csrf), ("next", self.next)];
        let fields = fields.map(|(name, value)| (name.to_owned(), value)).to_vec();
        let id = app.grant_id.to_string();
        let ask = move |event: SubmitEvent| {
            event.prevent_default();
            revoke.set(Some(app.clone()));
        };
        view! {
            <form method="post" action=paths::REVOKE_GRANT on:submit=ask>
                {hidden(fields)}
                <button type="submit" class="button button-small button-danger" aria-label=about data-revoke=id>
                    "Revoke"
                </button>
            </form>
        }
        .into_any()
    }
}

/// The origin of an app and its registration, and a link to `all` its accesses where the row stands for several.
fn origin(app: &AppRow, all: Option<String>) -> Vec<AnyView> {
    let mut parts = Vec::new();
    if let Some(site) = app.website.clone() {
        parts.extend([website(site), plain(" · ")]);
    }
    parts.push(plain(app.source.label()));
    if app.by_itself {
        parts.push(plain(" · Machine access"));
    }
    if app.verified {
        parts.push(plain(" · Verified"));
    }
    if app.alike > 1 && !matches!(app.status, GrantState::Revoked { .. }) {
        parts.extend(app.device.clone().map(|device| plain(format!(" · {device}"))));
        let several = plain(format!("one of {} accesses", app.alike));
        parts.extend([
            plain(" · "),
            match all {
                Some(all) => link(all, several),
                None => several,
            },
        ]);
    }
    parts
}

fn used(now: i64, at: Option<i64>, calls: i64) -> AnyView {
    let Some(at) = at else { return quiet("Never") };
    let calls = counted(calls.unsigned_abs(), "call", "calls");
    vec![main(view! { <Ago now at /> }.into_any()), note(plain(calls))].into_any()
}
