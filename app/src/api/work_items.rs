//! The work items of a product.

use leptos::prelude::*;

#[cfg(feature = "ssr")]
use crate::context::{answer, backend, signed_in};
use crate::wire::{Failed, JsonPost};
use types::work_item::{NewWorkItem, WorkItem, WorkItemsPage};

/// A page of the work items of a product, from 1.
#[server(endpoint = "list_work_items", protocol = JsonPost)]
pub async fn list_work_items(
    organization: String,
    product: String,
    #[server(default)] page: u64,
) -> Result<WorkItemsPage, Failed> {
    let actor = answer(signed_in())?;
    answer(
        domain::procedures::work_items::page::list(&backend(), &actor, &organization, &product, page).await,
    )
}

/// Makes a work item.
#[server(endpoint = "create_work_item", protocol = JsonPost)]
pub async fn create_work_item(
    organization: String,
    product: String,
    item: NewWorkItem,
) -> Result<WorkItem, Failed> {
    let actor = answer(signed_in())?;
    answer(
        domain::procedures::work_items::page::create(&backend(), &actor, &organization, &product, item).await,
    )
}

/// Changes the status of a work item.
#[server(endpoint = "set_work_item_status", protocol = JsonPost)]
pub async fn set_work_item_status(
    organization: String,
    product: String,
    id: String,
    status: String,
) -> Result<WorkItem, Failed> {
    let actor = answer(signed_in())?;
    answer(
        domain::procedures::work_items::page::set_status(
            &backend(),
            &actor,
            &organization,
            &product,
            &id,
            &status,
        )
        .await,
    )
}

/// Deletes a work item.
#[server(endpoint = "delete_work_item", protocol = JsonPost)]
pub async fn delete_work_item(organization: String, product: String, id: String) -> Result<(), Failed> {
    let actor = answer(signed_in())?;
    answer(
        domain::procedures::work_items::page::delete(&backend(), &actor, &organization, &product, &id).await,
    )
}
