//! `/o/{org}/settings/apps`: the Apps tab, where an organization sees what it has let in.

mod filters;
mod revoke;
mod share;
mod table;

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::{
    api::connected_apps,
    components::{
        empty::{Empty, Loading},
        failure::FailurePage,
        icon::{Glyph, Icon},
        pagination::Pagination,
    },
    types::{
        apps::{APPS_PER_PAGE, AppRow, AppsPage, AppsQuery, StatusFilter},
        paths,
    },
};

use filters::Filters;
use revoke::RevokeDialog;
use share::ShareDialog;
use table::Table;

/// Connected apps of an organization.
#[component]
pub(crate) fn AppsTab() -> impl IntoView {
    let params = use_params_map();
    let query_map = use_query_map();
    let organization = Memo::new(move |_| params.with(|params| params.get("org").unwrap_or_default()));
    let query = Memo::new(move |_| {
        query_map.with(|query| AppsQuery {
            search: query.get("q").unwrap_or_default(),
            status: query.get("status").map(|word| StatusFilter::from_word(&word)).unwrap_or_default(),
            page: query.get("page").and_then(|page| page.parse().ok()).unwrap_or(1).max(1),
        })
    });
    let apps = Resource::new(
        move || (organization.get(), query.get()),
        |(organization, query)| connected_apps(organization, query),
    );
    let share = RwSignal::new(false);
    let revoke = RwSignal::new(None::<AppRow>);
    view! {
        <Title text="Connected Apps · Gatepass" />
        <Transition fallback=Loading>
            {move || Suspend::new(async move {
                match apps.await {
                    Ok(page) => {
                        let organization = organization.get_untracked();
                        view! { <Tab page organization query share revoke /> }.into_any()
                    }
                    Err(failure) => view! { <FailurePage failure retry=move |()| apps.refetch() /> }.into_any(),
                }
            })}
        </Transition>
        <ShareDialog open=share />
        <RevokeDialog target=revoke revoked=move |()| apps.refetch() />
    }
}

#[component]
fn Tab(
    page: AppsPage,
    organization: String,
    query: Memo<AppsQuery>,
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
                    .into_any()
            } else {
                view! {
                    <Filters organization=organization.clone() query />
                    {if rows.is_empty() {
                        view! { <NoMatch organization /> }.into_any()
                    } else {
                        view! {
                            <Table rows now revoke />
                            <Pages organization query total />
                        }
                            .into_any()
                    }}
                }
                    .into_any()
            }}
        </div>
    }
    .into_any()
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
fn Pages(organization: String, query: Memo<AppsQuery>, total: u64) -> impl IntoView {
    let shown = query.get_untracked();
    view! {
        <Pagination
            page=shown.page
            per_page=APPS_PER_PAGE
            total
            href=move |page| AppsQuery { page, ..shown.clone() }.path(&organization)
        />
    }
}
