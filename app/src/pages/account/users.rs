//! `/admin/users`: everybody with an account.

use leptos::prelude::*;

use crate::pages::tabs::admin_tabs;
use crate::{
    api::admin_users,
    components::{
        badge::{StatusBadge, Tone},
        button::link_button,
        empty::Empty,
        filters::Filters,
        format::grouped,
        icon::Glyph,
        load::PageResource,
        page::Page,
        pagination::{Pagination, page_in},
        query::use_query,
        table::{Table, cell, row},
        text::{link, main, name, note, plain},
        time::{ago_or_never, day_of},
    },
};
use types::{
    paths,
    people::{PEOPLE_PER_PAGE, PeoplePage, PeopleQuery, UserRow},
};

/// Everybody with an account.
#[component]
pub(crate) fn AdminUsers() -> impl IntoView {
    let query = use_query();
    let asked = move || {
        query.with(|query| PeopleQuery {
            search: query.get("q").unwrap_or_default(),
            page: page_in(query, "page"),
        })
    };
    let page = PageResource::new(move || asked().path(""), move || admin_users(untrack(asked)));
    page.shown(move |page| view! { <List page query=untrack(asked) /> }.into_any())
}

#[component]
fn List(page: PeoplePage<UserRow>, query: PeopleQuery) -> impl IntoView {
    let PeoplePage { rows, total, page, now, .. } = page;
    let list = if rows.is_empty() {
        view! {
            <Empty glyph=Glyph::Search title="Nobody matches" sentence="Nobody has this name or address.">
                {link_button("", paths::ADMIN_USERS.to_owned(), "Show everybody")}
            </Empty>
        }
        .into_any()
    } else {
        let columns = vec!["Name", "Organizations", "Apps", "Last seen", "Joined", "Status"];
        let rows = rows.into_iter().map(|user| user_row(user, now)).collect();
        view! { <Table label="Users" columns rows /> }.into_any()
    };
    let href = |page| PeopleQuery { page, ..query.clone() }.path(paths::ADMIN_USERS);
    let (previous, next) = (href(page - 1), href(page + 1));
    view! {
        <Page title="Users".to_owned() heading=plain("Users") about=plain("Everybody with an account on this server.")>
            {admin_tabs(paths::ADMIN_USERS)}
            <Filters
                action=paths::ADMIN_USERS.to_owned()
                label="Search users"
                placeholder="Search by name or address"
                search=query.search.clone()
                filters=Vec::new()
            />
            {list}
            <Pagination page per_page=PEOPLE_PER_PAGE total previous next />
        </Page>
    }
    .into_any()
}

fn user_row(user: UserRow, now: i64) -> AnyView {
    let mut who = vec![main(link(paths::admin_user(&user.id), name(user.name))), note(plain(user.email))];
    if user.instance_admin {
        who.push(note(plain("Instance administrator")));
    }
    let disabled = user.disabled_at.is_some();
    row(
        disabled,
        vec![
            cell("Name", who.into_any()),
            cell("Organizations", plain(grouped(user.organizations.unsigned_abs()))),
            cell("Apps", plain(grouped(user.apps.unsigned_abs()))),
            cell("Last seen", ago_or_never(now, user.last_seen_at)),
            cell("Joined", day_of(user.created_at)),
            cell("Status", status(disabled)),
        ],
    )
}

/// The state of an account.
pub(crate) fn status(disabled: bool) -> AnyView {
    if disabled {
        view! { <StatusBadge tone=Tone::Warning label="Disabled" /> }.into_any()
    } else {
        view! { <StatusBadge tone=Tone::Good label="Active" /> }.into_any()
    }
}
