//! The work items as a table.

use leptos::{prelude::*, task::spawn_local, web_sys::HtmlSelectElement};

use super::Place;
use crate::{
    api::call,
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
use types::{
    id::WorkItemId,
    work_item::{Status, UpdateInput, UpdateWorkItem, WorkItem},
};

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
                state(item.status)
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
        cell("Updated", view! { <Ago now at=updated_at.0 /> }.into_any()),
    ];
    if let Some(remove) = remove {
        let on_click = move |()| remove.set(Some(item.clone()));
        let button =
            view! { <Button label="Delete" glyph=Glyph::Bin class="button-small button-danger" on_click /> };
        cells.push(cell("Actions", button.into_any()));
    }
    row(false, cells)
}

fn state(status: Status) -> AnyView {
    view! { <span class=format!("state state-{}", status.as_str())>{status.label()}</span> }.into_any()
}

#[component]
fn StatusSelect(
    id: WorkItemId,
    title: String,
    status: Status,
    place: Place,
    changed: Callback<()>,
) -> impl IntoView {
    let toaster = Toaster::expect();
    let set = move |event| {
        let select: HtmlSelectElement = event_target(&event);
        let place = place.clone();
        let chosen = Status::ALL.into_iter().find(|status| status.as_str() == select.value());
        let input = UpdateInput { id: id.clone(), title: None, description: None, status: chosen };
        spawn_local(async move {
            if let Err(failure) = call::<UpdateWorkItem>(place, &input).await {
                select.set_value(status.as_str());
                toaster.failed(&failure);
            }
            changed.run(());
        });
    };
    view! {
        <select
            class=format!("input input-small state state-{}", status.as_str())
            aria-label=format!("Status of {title}")
            on:change=set
            prop:value=status.as_str()
        >
            {options(Status::ALL.map(|one| (one.as_str().to_owned(), one.label().to_owned(), one == status)))}
        </select>
    }
    .into_any()
}
