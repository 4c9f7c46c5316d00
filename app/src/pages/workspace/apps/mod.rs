//! `/o/{org}/settings/apps`: the Apps tab, where an organization sees what it has let in.

mod details;
mod focus;
mod revoke;
pub(crate) mod share;
mod table;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use types::{
    apps::{APPS_PER_PAGE, AppRow, AppsPage, AppsQuery, StatusFilter, count_max},
    id::GrantId,
    paths,
};

use super::tabs::{Tab, settings_tabs};
use crate::{
    api::connected_apps,
    components::{
        button::{Button, link_button},
        empty::Empty,
        filters::{Filter, Filters},
        icon::Glyph,
        load::PageResource,
        page::Page,
        pagination::{Pagination, page_in},
        query::use_query,
        text::plain,
    },
};

use details::{DetailsDialog, Opened};
use revoke::RevokeDialog;
use share::ShareDialog;
use table::AppsTable;

/// Connected apps of an organization.
#[component]
pub(crate) fn AppsTab() -> impl IntoView {
    let params = use_params_map();
    let query = use_query();
    let asked = move || {
        let organization = params.with(|params| params.get("org").unwrap_or_default());
        let query = query.with(|query| AppsQuery {
            search: query.get("q").unwrap_or_default(),
            status: query.get("status").map(|word| word.parse().unwrap_or_default()).unwrap_or_default(),
            every: query.get("group").is_some_and(|word| word == "off"),
            page: page_in(query, "page"),
        });
        (organization, query)
    };
    let opened = Memo::new(move |_| {
        let grant_id = query.with(|query| query.get("grant"))?.parse().ok()?;
        let (organization, table) = asked();
        let activity = query.with(|query| page_in(query, "activity"));
        Some(Opened { organization, table, grant_id, activity })
    });
    let apps = PageResource::new(
        move || {
            let (organization, query) = asked();
            query.path(&organization)
        },
        move || {
            let (organization, query) = untrack(asked);
            connected_apps(organization, query)
        },
    );
    let share = RwSignal::new(false);
    let revoke = RwSignal::new(None::<AppRow>);
    view! {
        {apps
            .shown(move |page| {
                let (organization, query) = untrack(asked);
                view! { <Connected page organization query share revoke /> }.into_any()
            })}
        <ShareDialog open=share />
        <RevokeDialog
            target=revoke
            revoked=move |grant_id: GrantId| {
                focus::after(&grant_id);
                apps.refetch();
            }
        />
        <DetailsDialog opened />
    }
    .into_any()
}

#[component]
fn Connected(
    page: AppsPage,
    organization: String,
    query: AppsQuery,
    share: RwSignal<bool>,
    revoke: RwSignal<Option<AppRow>>,
) -> impl IntoView {
    let AppsPage { organization: name, sees_all, rows, total, total_unfiltered, page: shown, csrf, now } =
        page;
    let query = AppsQuery { page: shown, ..query };
    let slug = organization.clone();
    let who = if sees_all { "people have" } else { "you have" };
    let content = if total_unfiltered == 0 {
        view! {
            <Empty
                glyph=Glyph::Plug
                title="No connected apps yet"
                sentence="Give an AI tool or a program the address of this workspace, and it will ask for access."
            >
                <ShareButton share />
            </Empty>
        }
        .into_any()
    } else {
        view! {
            {filters(&organization, &query)}
            {if rows.is_empty() {
                view! { <NoMatch organization /> }.into_any()
            } else {
                view! {
                    <AppsTable organization=organization.clone() query=query.clone() rows now csrf revoke />
                    <Pages organization query total />
                }
                    .into_any()
            }}
        }
        .into_any()
    };
    view! {
        <Page
            title="Connected Apps".to_owned()
            heading=plain("Connected Apps")
            about=plain(format!("Apps and AI tools that {who} connected to {name}."))
            action=view! { <ShareButton share /> }.into_any()
        >
            {settings_tabs(&slug, Tab::Apps)}
            {content}
        </Page>
    }
    .into_any()
}

fn filters(organization: &str, query: &AppsQuery) -> AnyView {
    let status = Filter::OneOf {
        name: "status",
        label: "Status",
        words: StatusFilter::ALL.map(|filter| (filter.as_str(), filter.label())).to_vec(),
        chosen: query.status.as_str(),
    };
    view! {
        <Filters
            action=paths::apps(organization)
            label="Search apps"
            placeholder="Search apps, products, people"
            search=query.search.clone()
            filters=vec![status, Filter::Usual { name: "group", label: "Group by app", on: !query.every }]
        />
    }
    .into_any()
}

#[component]
fn ShareButton(share: RwSignal<bool>) -> impl IntoView {
    view! { <Button label="Share" glyph=Glyph::Share on_click=move |()| share.set(true) /> }.into_any()
}

#[component]
fn NoMatch(organization: String) -> impl IntoView {
    let all = AppsQuery { status: StatusFilter::All, every: true, ..AppsQuery::default() };
    view! {
        <Empty glyph=Glyph::Search title="No app matches" sentence="No connected app fits this search and status.">
            {link_button("", all.path(&organization), "Show all apps")}
        </Empty>
    }
}

#[component]
fn Pages(organization: String, query: AppsQuery, total: u64) -> impl IntoView {
    let shown = query.page;
    let href = move |page| AppsQuery { page, ..query.clone() }.path(&organization);
    let (previous, next, counted) = (href(shown - 1), href(shown + 1), count_max(shown));
    view! { <Pagination page=shown per_page=APPS_PER_PAGE total counted previous next /> }.into_any()
}
