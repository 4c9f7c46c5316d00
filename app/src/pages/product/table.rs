//! The work items as a table.

use leptos::{prelude::*, task::spawn_local, web_sys::HtmlSelectElement};

use super::Place;
use crate::{
    api::set_work_item_status,
    components::{
        erase::Erase,
        field::options,
        icon::{Glyph, Icon},
        table::Table,
        time::Ago,
        toast::Toaster,
    },
    types::work_item::{STATUSES, WorkItem},
};

/// The work items, with what the viewer's role allows.
#[component]
pub(crate) fn ItemsTable(
    /// The work items.
    items: Vec<WorkItem>,
    /// When the page was made, in Unix milliseconds.
    now: i64,
    /// Whether the viewer may change a status.
    writes: bool,
    /// Whether the viewer may delete.
    deletes: bool,
    /// Where they are.
    place: Place,
    /// Called after something changed.
    changed: Callback<()>,
    /// Set to the item whose `Delete` was pressed.
    remove: RwSignal<Option<WorkItem>>,
) -> impl IntoView {
    let mut columns = vec!["Title", "Status", "Created by", "Updated"];
    if deletes {
        columns.push("Actions");
    }
    let rows = items
        .into_iter()
        .map(|item| view! { <Row item now writes deletes place=place.clone() changed remove /> }.erased())
        .collect();
    view! { <Table label="Work items" columns rows /> }.erased()
}

#[component]
fn Row(
    item: WorkItem,
    now: i64,
    writes: bool,
    deletes: bool,
    place: Place,
    changed: Callback<()>,
    remove: RwSignal<Option<WorkItem>>,
) -> impl IntoView {
    let WorkItem { id, title, description, status, created_by, updated_at } = item.clone();
    let current = STATUSES.into_iter().find(|(word, _)| *word == status);
    view! {
        <tr role="row">
            <td role="cell" data-label="Title">
                <span class="cell-main">{title.clone()}</span>
                {(!description.is_empty()).then(|| view! { <span class="cell-note cell-text">{description}</span> })}
            </td>
            <td role="cell" data-label="Status">
                {if writes {
                    view! { <StatusSelect id title status place changed /> }.erased()
                } else {
                    current.map(|(word, label)| view! { <span class=format!("state state-{word}")>{label}</span> }).erased()
                }}
            </td>
            <td role="cell" data-label="Created by">{created_by}</td>
            <td role="cell" data-label="Updated"><Ago now at=updated_at /></td>
            {deletes
                .then(|| {
                    view! {
                        <td role="cell" data-label="Actions">
                            <button
                                type="button"
                                class="button button-small button-danger needs-js"
                                on:click=move |_| remove.set(Some(item.clone()))
                            >
                                <Icon glyph=Glyph::Bin />
                                "Delete"
                            </button>
                        </td>
                    }
                })}
        </tr>
    }
    .erased()
}

#[component]
fn StatusSelect(
    id: String,
    title: String,
    status: String,
    place: Place,
    changed: Callback<()>,
) -> impl IntoView {
    let toaster = Toaster::expect();
    let before = status.clone();
    let set = move |event| {
        let select: HtmlSelectElement = event_target(&event);
        let (organization, product) = place.clone();
        let (id, before) = (id.clone(), before.clone());
        spawn_local(async move {
            if let Err(failure) = set_work_item_status(organization, product, id, select.value()).await {
                select.set_value(&before);
                toaster.failed(&failure);
            }
            changed.run(());
        });
    };
    view! {
        <select
            class=format!("input input-small state state-{status}")
            aria-label=format!("Status of {title}")
            on:change=set
            prop:value=status.clone()
        >
            {options(STATUSES.map(|(word, label)| (word.to_owned(), label.to_owned(), word == status)))}
        </select>
    }
    .erased()
}
