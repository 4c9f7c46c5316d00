//! The work items of a product, for its page: the same procedures as at the resources, called by a person without an app.

use app::ports;
use async_trait::async_trait;
use serde_json::{Value, json};
use types::{
    failure::Failure,
    person::Viewer,
    scope::AccessLevel,
    work_item::{ITEMS_PER_PAGE, NewWorkItem, WorkItem, WorkItemsPage},
};

use super::unavailable;
use domain::{
    oauth::caller::{CallActor, Caller},
    procedures::{
        self, Context, Declaration, ProcedureError,
        work_items::{self, CreateWorkItem, DeleteWorkItem, UpdateWorkItem},
    },
    storage::{
        product_data::ProductData,
        products::{self, Seat},
        work_items as items,
    },
};

/// Implements [`ports::WorkItems`].
pub struct WorkItemsService {
    /// What procedures work with.
    pub context: Context,
}

impl WorkItemsService {
    async fn seat(&self, viewer: &Viewer, organization: &str, product: &str) -> Result<Seat, Failure> {
        products::seat_by_slugs(self.context.db.read(), &viewer.user_id, organization, product)
            .await
            .map_err(unavailable)?
            .ok_or(Failure::NotFound)
    }

    async fn call<D: Declaration>(
        &self,
        viewer: &Viewer,
        seat: &Seat,
        arguments: Value,
    ) -> Result<D::Output, Failure> {
        procedures::call::<D>(&self.context, &caller(viewer, seat), arguments).await.map_err(failure)
    }
}

#[async_trait]
impl ports::WorkItems for WorkItemsService {
    async fn list(
        &self,
        viewer: &Viewer,
        organization: &str,
        product: &str,
        page: u64,
    ) -> Result<WorkItemsPage, Failure> {
        let seat = self.seat(viewer, organization, product).await?;
        let caller = caller(viewer, &seat);
        caller.authorize(AccessLevel::Read).map_err(|refusal| failure(ProcedureError::Refused(refusal)))?;
        let data = ProductData::read(&self.context.db, &caller).await.map_err(unavailable)?;
        let total = items::count(&data).await.map_err(unavailable)?;
        let page = page.clamp(1, total.div_ceil(ITEMS_PER_PAGE).max(1));
        let rows = items::latest(&data, ITEMS_PER_PAGE, (page - 1) * ITEMS_PER_PAGE).await;
        let shown = rows.map_err(unavailable)?.into_iter().map(work_items::WorkItem::try_from);
        let shown = shown.collect::<Result<Vec<_>, _>>().map_err(unavailable)?;
        Ok(WorkItemsPage {
            organization: seat.organization,
            product: seat.product,
            role: seat.role,
            items: shown.into_iter().map(for_page).collect(),
            page,
            total,
            now: self.context.clock.now(),
        })
    }

    async fn create(
        &self,
        viewer: &Viewer,
        organization: &str,
        product: &str,
        item: NewWorkItem,
    ) -> Result<WorkItem, Failure> {
        let seat = self.seat(viewer, organization, product).await?;
        let arguments = json!({ "title": item.title, "description": item.description });
        Ok(for_page(self.call::<CreateWorkItem>(viewer, &seat, arguments).await?))
    }

    async fn set_status(
        &self,
        viewer: &Viewer,
        organization: &str,
        product: &str,
        id: &str,
        status: &str,
    ) -> Result<WorkItem, Failure> {
        let seat = self.seat(viewer, organization, product).await?;
        let arguments = json!({ "id": id, "status": status });
        Ok(for_page(self.call::<UpdateWorkItem>(viewer, &seat, arguments).await?))
    }

    async fn delete(
        &self,
        viewer: &Viewer,
        organization: &str,
        product: &str,
        id: &str,
    ) -> Result<(), Failure> {
        let seat = self.seat(viewer, organization, product).await?;
        self.call::<DeleteWorkItem>(viewer, &seat, json!({ "id": id })).await?;
        Ok(())
    }
}

/// The viewer as a caller, without an app.
fn caller(viewer: &Viewer, seat: &Seat) -> Caller {
    Caller {
        user_id: viewer.user_id.clone(),
        user_name: viewer.name.clone(),
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
        ProcedureError::Inside(error) => unavailable(error),
    }
}
