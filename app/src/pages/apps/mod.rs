//! `/o/{org}/settings/apps`: the Apps tab, where an organization sees what it has let in.

mod filters;
mod revoke;
mod share;
mod table;

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::{
    api::connected_apps,
    components::{
        empty::Empty,
        erase::Erase,
        icon::{Glyph, Icon},
        load::Remote,
        pagination::Pagination,
        title::PageTitle,
    },
    types::{
        apps::{APPS_PER_PAGE, AppRow, AppsPage, AppsQuery, StatusFilter},
        paths,
    },
};

use filters::Filters;
use revoke::RevokeDialog;
use share::ShareDialog;
use table::AppsTable;

/// Connected apps of an organization.
#[component]
pub(crate) fn AppsTab() -> impl IntoView {
    let params = use_params_map();
    let query = use_query_map();
    let asked = move || {
        let organization = params.with(|params| params.get("org").unwrap_or_default());
        let query = query.with(|query| AppsQuery {
            search: query.get("q").unwrap_or_default(),
            status: query.get("status").map(|word| StatusFilter::from_word(&word)).unwrap_or_default(),
            page: query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1).max(1),
        });
        (organization, query)
    };
    let apps = Remote::new(
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
        <PageTitle text="Connected Apps · Gatepass" />
        {apps
            .shown(move |page| {
                let (organization, query) = untrack(asked);
                view! { <Tab page organization query share revoke /> }.erased()
            })}
        <ShareDialog open=share />
        <RevokeDialog target=revoke revoked=move |()| apps.refetch() />
    }
    .erased()
}

#[component]
fn Tab(
    page: AppsPage,
    organization: String,
    query: AppsQuery,
    share: RwSignal<bool>,
    revoke: RwSignal<Option<AppRow>>,
) -> impl IntoView {
    let AppsPage { organization: name, sees_all, rows, total, total_unfiltered, now } = page;
    let tab = paths::apps(&organization);
    view! {
        <div class="page">
            <header class="page-head">
                <div>
                    <h1>"Connected Apps"</h1>
                    <p class="page-about">
                        {if sees_all {
                            format!("Apps and AI tools that people have let into {name}.")
                        } else {
                            format!("Apps and AI tools that you have let into {name}.")
                        }}
                    </p>
                </div>
                <ShareButton share />
            </header>
            <nav class="tabs" aria-label="Workspace settings">
                <a class="tab" href=tab aria-current="page">"Apps"</a>
            </nav>
            {if total_unfiltered == 0 {
                view! {
                    <Empty
                        glyph=Glyph::Plug
                        title="No connected apps yet"
                        sentence="Give an AI tool or a program the address of this workspace, and it will ask for access."
                    >
                        <ShareButton share />
                    </Empty>
                }
                    .erased()
            } else {
                view! {
                    <Filters organization=organization.clone() query=query.clone() />
                    {if rows.is_empty() {
                        view! { <NoMatch organization /> }.erased()
                    } else {
                        view! {
                            <AppsTable rows now revoke />
                            <Pages organization query total />
                        }
                            .erased()
                    }}
                }
                    .erased()
            }}
        </div>
    }
    .erased()
}

#[component]
fn ShareButton(share: RwSignal<bool>) -> impl IntoView {
    view! {
        <button type="button" class="button needs-js" on:click=move |_| share.set(true)>
            <Icon glyph=Glyph::Share />
            "Share"
        </button>
    }
}

#[component]
fn NoMatch(organization: String) -> impl IntoView {
    let all = AppsQuery { status: StatusFilter::All, ..AppsQuery::default() };
    view! {
        <Empty glyph=Glyph::Search title="No app matches" sentence="No connected app fits this search and status.">
            <a class="button" href=all.path(&organization)>"Show all apps"</a>
        </Empty>
    }
}

#[component]
fn Pages(organization: String, query: AppsQuery, total: u64) -> impl IntoView {
    let shown = query.page;
    let href = move |page| AppsQuery { page, ..query.clone() }.path(&organization);
    view! { <Pagination page=shown per_page=APPS_PER_PAGE total previous=href(shown - 1) next=href(shown + 1) /> }
        .erased()
}
