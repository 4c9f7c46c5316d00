//! The work items of a product as its page lists them.

use types::{
    failure::Failure,
    scope::AccessLevel,
    work_item::{ITEMS_PER_PAGE, WorkItemsPage},
};

use super::rows;
use crate::{
    Domain,
    actor::Actor,
    procedures::{page, product_data::ProductData},
};

/// A page of the product's work items, from 1; the last one for those behind it.
pub async fn list(
    domain: &Domain,
    actor: &Actor,
    organization: &str,
    product: &str,
    page: u64,
) -> Result<WorkItemsPage, Failure> {
    let membership = page::membership(domain, actor, organization, product).await?;
    let caller = page::caller(actor, &membership);
    caller.authorize(AccessLevel::Read).map_err(page::forbidden)?;
    let data = ProductData::read(&domain.db, &caller).await?;
    let total = rows::count(&data).await?;
    let page = page.clamp(1, total.div_ceil(ITEMS_PER_PAGE).max(1));
    let items = rows::latest(&data, ITEMS_PER_PAGE, (page - 1) * ITEMS_PER_PAGE).await?;
    let now = domain.clock.now();
    let (organization, product, role) = (membership.organization, membership.product, membership.role);
    Ok(WorkItemsPage { organization, product, role, items, page, total, now })
}
