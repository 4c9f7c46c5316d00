//! `/admin/organizations`: every organization.

use leptos::prelude::*;

use crate::pages::tabs::admin_tabs;
use crate::{
    api::admin_organizations,
    components::{
        button::link_button,
        empty::Empty,
        filters::Filters,
        form::{FormState, PostForm},
        format::grouped,
        icon::Glyph,
        load::PageResource,
        page::Page,
        pagination::{Pagination, page_in},
        query::use_query,
        table::{Table, cell, row},
        text::{main, name, note, plain, quiet},
        time::day_of,
    },
};
use types::{
    form::Form,
    paths,
    people::{OrganizationRow, PEOPLE_PER_PAGE, PeoplePage, PeopleQuery},
};

/// Every organization.
#[component]
pub(crate) fn AdminOrganizations() -> impl IntoView {
    let query = use_query();
    let asked = move || {
        query.with(|query| PeopleQuery {
            search: query.get("q").unwrap_or_default(),
            page: page_in(query, "page"),
        })
    };
    let page = PageResource::new(move || asked().path(""), move || admin_organizations(untrack(asked)));
    page.shown(move |page| view! { <List page query=untrack(asked) /> }.into_any())
}

#[component]
fn List(page: PeoplePage<OrganizationRow>, query: PeopleQuery) -> impl IntoView {
    let PeoplePage { rows, total, total_unfiltered, page, .. } = page;
    let list = if rows.is_empty() {
        let (title, sentence) = match total_unfiltered {
            0 => ("No organizations yet", "Make the first one."),
            _ => ("No organization matches", "No organization has this name or address."),
        };
        view! {
            <Empty glyph=Glyph::Search title sentence>
                {link_button("", paths::ADMIN_ORGANIZATIONS.to_owned(), "Show all organizations")}
            </Empty>
        }
        .into_any()
    } else {
        let columns = vec!["Name", "Owner", "Members", "Products", "Made", "Actions"];
        let rows = rows.into_iter().map(organization_row).collect();
        view! { <Table label="Organizations" columns rows /> }.into_any()
    };
    let href = |page| PeopleQuery { page, ..query.clone() }.path(paths::ADMIN_ORGANIZATIONS);
    let (previous, next) = (href(page - 1), href(page + 1));
    view! {
        <Page
            title="Organizations".to_owned()
            heading=plain("Organizations")
            about=plain("Every organization on this server.")
            action=link_button("button-primary", paths::NEW_ORGANIZATION.to_owned(), "New organization")
        >
            {admin_tabs(paths::ADMIN_ORGANIZATIONS)}
            <Filters
                action=paths::ADMIN_ORGANIZATIONS.to_owned()
                label="Search organizations"
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

fn organization_row(organization: OrganizationRow) -> AnyView {
    let OrganizationRow { name: called, slug, created_at, members, products, owners, .. } = organization;
    let form = FormState::new(Form::RemoveOrganization, vec![("organization", slug.clone())]);
    let about = format!("Delete {called}");
    row(
        false,
        vec![
            cell("Name", vec![main(name(called)), note(plain(format!("/o/{slug}")))].into_any()),
            cell("Owner", owners.map_or_else(|| quiet("Nobody"), plain)),
            cell("Members", plain(grouped(members.unsigned_abs()))),
            cell("Products", plain(grouped(products.unsigned_abs()))),
            cell("Made", day_of(created_at)),
            cell(
                "Actions",
                view! {
                    <PostForm state=form class="">
                        {form.submit_about("Delete", "button-small button-danger", Some(about))}
                    </PostForm>
                }
                .into_any(),
            ),
        ],
    )
}
