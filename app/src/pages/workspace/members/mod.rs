//! `/o/{org}/settings/members`: the people of an organization, and who is invited.

mod invite;
mod row;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::tabs::{Tab, settings_tabs};
use crate::{
    api::members,
    components::{
        button::link_button,
        empty::Empty,
        filters::Filters,
        icon::Glyph,
        load::PageResource,
        page::Page,
        pagination::{Pagination, page_in},
        query::use_query,
        table::Table,
        text::{name, plain},
    },
};
use types::{
    paths,
    workspace::{MEMBERS_PER_PAGE, MembersPage, MembersQuery},
};

use invite::{Invite, Waiting};
use row::{Context, member_row};

/// The members of an organization.
#[component]
pub(crate) fn Members() -> impl IntoView {
    let params = use_params_map();
    let query = use_query();
    let asked = move || {
        let organization = params.with(|params| params.get("org").unwrap_or_default());
        let query = query.with(|query| MembersQuery {
            search: query.get("q").unwrap_or_default(),
            page: page_in(query, "page"),
        });
        (organization, query)
    };
    let page = PageResource::new(
        move || {
            let (organization, query) = asked();
            query.path(&organization)
        },
        move || {
            let (organization, query) = untrack(asked);
            members(organization, query)
        },
    );
    page.shown(move |page| {
        let (slug, query) = untrack(asked);
        view! { <List page slug query /> }.into_any()
    })
}

#[component]
fn List(page: MembersPage, slug: String, query: MembersQuery) -> impl IntoView {
    let MembersPage { organization, role, viewer, members, total, page, products, invitations, mail, now } =
        page;
    let manages = role.manages();
    let mut columns = vec!["Name", "Role", "Products", "Last seen"];
    if manages {
        columns.push("Actions");
    }
    let all = paths::members(&slug);
    let list = if members.is_empty() {
        view! {
            <Empty glyph=Glyph::Search title="No member matches" sentence="No member has this name or address.">
                {link_button("", all, "Show all members")}
            </Empty>
        }
        .into_any()
    } else {
        let context = Context { slug: slug.clone(), role, viewer, products: products.clone(), now };
        let rows = members.into_iter().map(|member| member_row(member, &context)).collect();
        view! { <Table label="Members" columns rows /> }.into_any()
    };
    let href = |page| MembersQuery { page, ..query.clone() }.path(&slug);
    let (previous, next) = (href(page - 1), href(page + 1));
    let inviting = manages.then(|| {
        view! {
            <Waiting invitations slug=slug.clone() now />
            <Invite slug=slug.clone() role products mail />
        }
        .into_any()
    });
    view! {
        <Page
            title="Members".to_owned()
            heading=plain("Members")
            about=vec![plain("The people of "), name(organization), plain(".")].into_any()
        >
            {settings_tabs(&slug, Tab::Members)}
            <Filters
                action=paths::members(&slug)
                label="Search members"
                placeholder="Search by name or address"
                search=query.search.clone()
                filters=Vec::new()
            />
            {list}
            <Pagination page per_page=MEMBERS_PER_PAGE total previous next />
            {inviting}
        </Page>
    }
    .into_any()
}
