//! The work items of a product, for its page: the same procedures as at the resources, called by a person without an app.

use serde_json::{Value, json};
use types::{
    failure::Failure,
    scope::AccessLevel,
    work_item::{ITEMS_PER_PAGE, NewWorkItem, WorkItem, WorkItemsPage},
};

use crate::{
    Domain,
    actor::Actor,
    oauth::caller::{CallActor, Caller},
    procedures::{
        self, Declaration, ProcedureError,
        product_data::ProductData,
        work_items::{self, CreateWorkItem, DeleteWorkItem, UpdateWorkItem, rows as items},
    },
    workspaces::products::{self, ProductMembership},
};

async fn seat(
    domain: &Domain,
    actor: &Actor,
    organization: &str,
    product: &str,
) -> Result<ProductMembership, Failure> {
    products::find_membership_by_slugs(
        domain.context().db.read(),
        &actor.viewer.user_id,
        organization,
        product,
    )
    .await?
    .ok_or(Failure::NotFound)
}

async fn call<D: Declaration>(
    domain: &Domain,
    actor: &Actor,
    seat: &ProductMembership,
    arguments: Value,
) -> Result<D::Output, Failure> {
    procedures::call::<D>(&domain.context(), &caller(actor, seat), arguments).await.map_err(failure)
}

/// A page of the product's work items, from 1; the last one for those behind it.
pub async fn list(
    domain: &Domain,
    actor: &Actor,
    organization: &str,
    product: &str,
    page: u64,
) -> Result<WorkItemsPage, Failure> {
    let seat = seat(domain, actor, organization, product).await?;
    let caller = caller(actor, &seat);
    caller.authorize(AccessLevel::Read).map_err(|refusal| failure(ProcedureError::Refused(refusal)))?;
    let data = ProductData::read(&domain.context().db, &caller).await?;
    let total = items::count(&data).await?;
    let page = page.clamp(1, total.div_ceil(ITEMS_PER_PAGE).max(1));
    let rows = items::latest(&data, ITEMS_PER_PAGE, (page - 1) * ITEMS_PER_PAGE).await;
    let shown = rows?.into_iter().map(work_items::WorkItem::try_from);
    let shown = shown.collect::<Result<Vec<_>, _>>()?;
    Ok(WorkItemsPage {
        organization: seat.organization,
        product: seat.product,
        role: seat.role,
        items: shown.into_iter().map(for_page).collect(),
        page,
        total,
        now: domain.context().clock.now(),
    })
}

/// Makes one; needs write.
pub async fn create(
    domain: &Domain,
    actor: &Actor,
    organization: &str,
    product: &str,
    item: NewWorkItem,
) -> Result<WorkItem, Failure> {
    let seat = seat(domain, actor, organization, product).await?;
    let arguments = json!({ "title": item.title, "description": item.description });
    Ok(for_page(call::<CreateWorkItem>(domain, actor, &seat, arguments).await?))
}

/// Changes the status to `open`, `in_progress` or `done`; needs write.
pub async fn set_status(
    domain: &Domain,
    actor: &Actor,
    organization: &str,
    product: &str,
    id: &str,
    status: &str,
) -> Result<WorkItem, Failure> {
    let seat = seat(domain, actor, organization, product).await?;
    let arguments = json!({ "id": id, "status": status });
    Ok(for_page(call::<UpdateWorkItem>(domain, actor, &seat, arguments).await?))
}

/// Deletes one; needs admin.
pub async fn delete(
    domain: &Domain,
    actor: &Actor,
    organization: &str,
    product: &str,
    id: &str,
) -> Result<(), Failure> {
    let seat = seat(domain, actor, organization, product).await?;
    call::<DeleteWorkItem>(domain, actor, &seat, json!({ "id": id })).await?;
    Ok(())
}

/// The viewer as a caller, without an app.
fn caller(actor: &Actor, seat: &ProductMembership) -> Caller {
    Caller {
        user_id: actor.viewer.user_id.clone(),
        user_name: actor.viewer.name.clone(),
        product: seat.product_ref(),
        role: seat.role,
        actor: CallActor::Page,
    }
}

fn for_page(item: work_items::WorkItem) -> WorkItem {
    WorkItem {
        id: item.id,
        title: item.title,
        description: item.description,
        status: item.status.as_str().to_owned(),
        created_by: item.created_by,
        updated_at: item.updated_at.0,
    }
}

fn failure(error: ProcedureError) -> Failure {
    match error {
        ProcedureError::NotFound(_) => Failure::NotFound,
        ProcedureError::Invalid { field, message } => {
            Failure::Invalid { field: field.unwrap_or_default(), message }
        }
        ProcedureError::Refused(_) => {
            Failure::Forbidden("Your role in this product does not allow this.".to_owned())
        }
        ProcedureError::Internal(error) => error.into(),
    }
}
