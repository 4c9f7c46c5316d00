//! `/settings/oauth-apps`: the apps that a person registered.

mod table;

use leptos::prelude::*;

use crate::pages::tabs::account_tabs;
use crate::{
    api::oauth_apps,
    components::{
        button::link_button,
        empty::Empty,
        filters::Filters,
        icon::Glyph,
        load::PageResource,
        page::Page,
        pagination::{Pagination, page_in},
        query::use_query,
        text::plain,
    },
};
use types::{
    oauth_apps::{OAUTH_APPS_PER_PAGE, OauthAppsPage, OauthAppsQuery},
    paths,
};

use table::table;

/// The apps that the person registered.
#[component]
pub(crate) fn MyOauthApps() -> impl IntoView {
    let query = use_query();
    let asked = move || {
        query.with(|query| OauthAppsQuery {
            search: query.get("q").unwrap_or_default(),
            page: page_in(query, "page"),
        })
    };
    let apps = PageResource::new(move || asked().path(), move || oauth_apps(untrack(asked)));
    apps.shown(move |page| view! { <Apps page query=untrack(asked) /> }.into_any())
}

fn new_app() -> AnyView {
    link_button("button-primary", paths::NEW_OAUTH_APP.to_owned(), "New app")
}

#[component]
fn Apps(page: OauthAppsPage, query: OauthAppsQuery) -> impl IntoView {
    let OauthAppsPage { rows, total, total_unfiltered, page: shown, now } = page;
    let content = if total_unfiltered == 0 {
        view! {
            <Empty
                glyph=Glyph::Plug
                title="No apps yet"
                sentence="Register an app to let people connect it to their workspace with OAuth."
            >
                {new_app()}
            </Empty>
        }
        .into_any()
    } else {
        let list = if rows.is_empty() {
            view! {
                <Empty glyph=Glyph::Search title="No app matches" sentence="None of your apps fits this search.">
                    {link_button("", OauthAppsQuery::default().path(), "Show all apps")}
                </Empty>
            }
            .into_any()
        } else {
            table(rows, now)
        };
        let href = |page| OauthAppsQuery { page, ..query.clone() }.path();
        let (previous, next) = (href(shown - 1), href(shown + 1));
        view! {
            <Filters
                action=paths::OAUTH_APPS.to_owned()
                label="Search your apps"
                placeholder="Search by name or client ID"
                search=query.search
                filters=Vec::new()
            />
            {list}
            <Pagination page=shown per_page=OAUTH_APPS_PER_PAGE total previous next />
        }
        .into_any()
    };
    view! {
        <Page
            title="OAuth apps".to_owned()
            heading=plain("OAuth apps")
            about=plain("Apps that you registered. People connect them to their workspace.")
            action=if total_unfiltered == 0 { ().into_any() } else { new_app() }
        >
            {account_tabs(paths::OAUTH_APPS)}
            {content}
        </Page>
    }
    .into_any()
}
