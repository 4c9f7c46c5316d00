//! The work items as a table.

use leptos::{prelude::*, task::spawn_local, web_sys::HtmlSelectElement};

use super::Place;
use crate::{
    api::set_work_item_status,
    components::{
        button::Button,
        field::options,
        icon::Glyph,
        table::{Table, cell, row},
        text::{main, name},
        time::Ago,
        toast::Toaster,
    },
};
use types::work_item::{STATUSES, WorkItem};

/// The work items, with what the viewer's role allows.
#[component]
pub(crate) fn ItemsTable(
    /// The work items.
    items: Vec<WorkItem>,
    /// The moment when the page was made, in Unix milliseconds.
    now: i64,
    /// Says if the viewer may change a status.
    writes: bool,
    /// Says if the viewer may delete.
    deletes: bool,
    /// Their product.
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
        .map(|item| {
            let status = if writes {
                let WorkItem { id, title, status, .. } = item.clone();
                view! { <StatusSelect id title status place=place.clone() changed /> }.into_any()
            } else {
                state(&item.status)
            };
            item_row(item, status, now, deletes.then_some(remove))
        })
        .collect();
    view! { <Table label="Work items" columns rows /> }.into_any()
}

fn item_row(
    item: WorkItem,
    status: AnyView,
    now: i64,
    remove: Option<RwSignal<Option<WorkItem>>>,
) -> AnyView {
    let WorkItem { title, description, created_by, updated_at, .. } = item.clone();
    let mut lines = vec![main(name(title))];
    if !description.is_empty() {
        lines.push(view! { <span class="cell-note cell-text">{description}</span> }.into_any());
    }
    let mut cells = vec![
        cell("Title", lines.into_any()),
        cell("Status", status),
        cell("Created by", name(created_by)),
        cell("Updated", view! { <Ago now at=updated_at /> }.into_any()),
    ];
    if let Some(remove) = remove {
        let on_click = move |()| remove.set(Some(item.clone()));
        let button =
            view! { <Button label="Delete" glyph=Glyph::Bin class="button-small button-danger" on_click /> };
        cells.push(cell("Actions", button.into_any()));
    }
    row(false, cells)
}

fn state(status: &str) -> AnyView {
    STATUSES
        .into_iter()
        .find(|(word, _)| *word == status)
        .map(|(word, label)| view! { <span class=format!("state state-{word}")>{label}</span> })
        .into_any()
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
    .into_any()
}
