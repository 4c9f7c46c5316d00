//! `/o/{org}/{product}`: the product's data.

mod create;
mod greet;
mod remove;
mod table;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::{
    api::list_work_items,
    components::{
        empty::Empty,
        format::counted,
        icon::Glyph,
        load::PageResource,
        page::Page,
        pagination::{Pagination, page_in},
        query::use_query,
        text::{name, plain},
    },
};
use types::{
    paths,
    scope::AccessLevel,
    work_item::{ITEMS_PER_PAGE, WorkItem, WorkItemsPage},
};

use super::apps::share::ShareDialog;
use create::NewItem;
use greet::Greet;
use remove::RemoveDialog;
use table::ItemsTable;

/// The slugs of an organization and a product in it.
type Place = (String, String);

/// The address of a page of its list.
fn page_path((organization, product): &Place, page: u64) -> String {
    let path = paths::product(organization, product);
    if page > 1 { format!("{path}?page={page}") } else { path }
}

/// The work items of a product.
#[component]
pub(crate) fn Product() -> impl IntoView {
    let params = use_params_map();
    let place = move || {
        params
            .with(|params| (params.get("org").unwrap_or_default(), params.get("product").unwrap_or_default()))
    };
    let query = use_query();
    let number = move || query.with(|query| page_in(query, "page"));
    let items = PageResource::new(
        move || page_path(&place(), number()),
        move || {
            let (organization, product) = untrack(place);
            list_work_items(organization, product, untrack(number))
        },
    );
    let changed = Callback::new(move |()| items.refetch());
    let remove = RwSignal::new(None::<WorkItem>);
    let share = RwSignal::new(false);
    view! {
        {items.shown(move |page| view! { <Items page place=untrack(place) changed remove share /> }.into_any())}
        <ShareDialog open=share />
        <RemoveDialog target=remove place=Signal::derive(place) changed />
    }
    .into_any()
}

#[component]
fn Items(
    page: WorkItemsPage,
    place: Place,
    changed: Callback<()>,
    remove: RwSignal<Option<WorkItem>>,
    share: RwSignal<bool>,
) -> impl IntoView {
    let WorkItemsPage { organization, product, role, items, page, total, greeting, now } = page;
    let greeting =
        greeting.map(|greeting| view! { <Greet greeting organization=place.0.clone() share /> }.into_any());
    let writes = role.allows(AccessLevel::Write);
    let deletes = role.allows(AccessLevel::Admin);
    let about = vec![
        name(organization),
        plain(format!(" · {} · you are {role}", counted(total, "work item", "work items"))),
    ];
    view! {
        <Page title=product.clone() heading=name(product) about=about.into_any()>
            {greeting}
            <div class="split" class:split-two=writes>
                <section aria-labelledby="items">
                    <h2 id="items" class="visually-hidden">"Work items"</h2>
                    {if items.is_empty() {
                        view! {
                            <Empty
                                glyph=Glyph::List
                                title="No work items yet"
                                sentence="What people and connected apps create in this product appears here."
                            >
                                ""
                            </Empty>
                        }
                            .into_any()
                    } else {
                        view! { <ItemsTable items now writes deletes place=place.clone() changed remove /> }.into_any()
                    }}
                    <Pagination
                        page
                        per_page=ITEMS_PER_PAGE
                        total
                        previous=page_path(&place, page - 1)
                        next=page_path(&place, page + 1)
                    />
                </section>
                {writes.then(|| view! { <NewItem place changed /> })}
            </div>
        </Page>
    }
    .into_any()
}
