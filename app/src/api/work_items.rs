//! The work items of a product.

use leptos::prelude::*;

#[cfg(feature = "ssr")]
use crate::context::{answer, backend, signed_in};
use crate::wire::{Failed, JsonPost};
use types::work_item::WorkItemsPage;

/// A page of the work items of a product, from 1.
#[server(endpoint = "list_work_items", protocol = JsonPost)]
pub async fn list_work_items(
    organization: String,
    product: String,
    #[server(default)] page: u64,
) -> Result<WorkItemsPage, Failed> {
    let actor = answer(signed_in())?;
    answer(domain::procedures::work_items::list(&backend(), &actor, &organization, &product, page).await)
}
