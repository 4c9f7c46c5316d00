//! `/o/{org}/{product}`: the product's data.

mod create;
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
        load::Remote,
        page::Page,
        text::{name, plain},
    },
    types::{
        paths,
        scope::AccessLevel,
        work_item::{WorkItem, WorkItemsPage},
    },
};

use create::NewItem;
use remove::RemoveDialog;
use table::ItemsTable;

/// The slugs of an organization and a product in it.
type Place = (String, String);

/// The work items of a product.
#[component]
pub(crate) fn Product() -> impl IntoView {
    let params = use_params_map();
    let place = move || {
        params
            .with(|params| (params.get("org").unwrap_or_default(), params.get("product").unwrap_or_default()))
    };
    let items = Remote::new(
        move || {
            let (organization, product) = place();
            paths::product(&organization, &product)
        },
        move || {
            let (organization, product) = untrack(place);
            list_work_items(organization, product)
        },
    );
    let changed = Callback::new(move |()| items.refetch());
    let remove = RwSignal::new(None::<WorkItem>);
    view! {
        {items.shown(move |page| view! { <Items page place=untrack(place) changed remove /> }.into_any())}
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
) -> impl IntoView {
    let WorkItemsPage { organization, product, role, items, now } = page;
    let writes = role.allows(AccessLevel::Write);
    let deletes = role.allows(AccessLevel::Admin);
    let count = u64::try_from(items.len()).unwrap_or(u64::MAX);
    let about = vec![
        name(organization),
        plain(format!(" · {} · you are {role}", counted(count, "work item", "work items"))),
    ];
    view! {
        <Page title=product.clone() heading=name(product) about=about.into_any()>
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
                </section>
                {writes.then(|| view! { <NewItem place changed /> })}
            </div>
        </Page>
    }
    .into_any()
}
