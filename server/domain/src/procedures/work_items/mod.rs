//! Work items: list, get, create, update, delete.

#[cfg(not(feature = "tables"))]
mod table;
#[cfg(feature = "tables")]
#[expect(missing_docs, reason = "columns are documented in the migrations, where they are made")]
pub mod table;

use std::sync::Arc;

use types::{
    failure::Failure,
    id::ProductId,
    procedure::Effect,
    scope::AccessLevel,
    work_item::{
        CreateInput, CreateWorkItem, DeleteOutput, DeleteWorkItem, Description, GetWorkItem, ITEMS_PER_PAGE,
        IdInput, ListInput, ListOutput, ListWorkItems, Title, UpdateInput, UpdateWorkItem, WorkItem,
        WorkItemsPage,
    },
};

use super::{
    Context, Declaration, Procedure, ProcedureError, keeps_to_itself, page, product_data::ProductData,
};
use crate::{Domain, actor::Actor, oauth::caller::Caller, views::greeting};

/// Removes all work items of a product, in a transaction that sees them.
pub(super) async fn remove_all(
    db: &impl sea_orm::ConnectionTrait,
    product_id: &ProductId,
) -> crate::error::Result<()> {
    table::remove_all(db, product_id).await
}

/// Counts the work items of a product, in a transaction that sees them.
pub(super) async fn count(
    db: &impl sea_orm::ConnectionTrait,
    product_id: &ProductId,
) -> crate::error::Result<u64> {
    table::count_of(db, product_id).await
}

const NOT_FOUND: ProcedureError = ProcedureError::NotFound("work item");
/// Most work items of a product.
const MANY: u64 = 100_000;

/// Every procedure about work items.
pub(super) fn procedures() -> [Arc<Procedure>; 5] {
    [
        Procedure::of::<ListWorkItems>(),
        Procedure::of::<GetWorkItem>(),
        Procedure::of::<CreateWorkItem>(),
        Procedure::of::<UpdateWorkItem>(),
        Procedure::of::<DeleteWorkItem>(),
    ]
}

/// A page of the product's work items, from 1; the last one for those behind it.
pub async fn list(
    domain: &Domain,
    actor: &Actor,
    organization: &str,
    product: &str,
    page: u64,
) -> Result<WorkItemsPage, Failure> {
    let membership = page::membership(domain, actor, organization, product).await?;
    page::remember(domain, actor, &membership).await;
    let caller = page::caller(actor, &membership);
    caller.authorize(AccessLevel::Read).map_err(page::forbidden)?;
    let data = ProductData::read(&domain.db, &caller).await?;
    let total = table::count(&data).await?;
    let page = page.clamp(1, total.div_ceil(ITEMS_PER_PAGE).max(1));
    let items = table::latest(&data, ITEMS_PER_PAGE, (page - 1) * ITEMS_PER_PAGE).await?;
    let now = domain.clock.now();
    let greeting = match membership.org_role.manages() {
        true => greeting::of_product(domain.db.read(), &membership.product_id, now).await?,
        false => None,
    };
    let (organization, product, role) = (membership.organization, membership.product, membership.role);
    Ok(WorkItemsPage { organization, product, role, items, page, total, greeting, now })
}

impl Declaration for ListWorkItems {
    const TITLE: &'static str = "List work items";
    const DESCRIPTION: &'static str = "Lists the work items of the product, the newest first.";
    const LEVEL: AccessLevel = AccessLevel::Read;
    const EFFECT: Effect = Effect::Read;
    const PATH: &'static str = "/work-items";

    async fn run(context: &Context, caller: &Caller, input: ListInput) -> Result<ListOutput, ProcedureError> {
        let limit = input.limit.get();
        let data = ProductData::read(&context.db, caller).await?;
        // One more tells whether the list goes on.
        let mut work_items = table::list(&data, input.status, u64::from(limit) + 1, input.cursor).await?;
        let goes_on = work_items.len() > usize::from(limit);
        work_items.truncate(usize::from(limit));
        let next_cursor = work_items.last().filter(|_| goes_on).map(|item| item.id.clone());
        Ok(ListOutput { work_items, next_cursor })
    }
}

impl Declaration for GetWorkItem {
    const TITLE: &'static str = "Get a work item";
    const DESCRIPTION: &'static str = "Gets one work item of the product by its id.";
    const LEVEL: AccessLevel = AccessLevel::Read;
    const EFFECT: Effect = Effect::Read;
    const PATH: &'static str = "/work-items/{id}";

    async fn run(context: &Context, caller: &Caller, input: IdInput) -> Result<WorkItem, ProcedureError> {
        let data = ProductData::read(&context.db, caller).await?;
        table::lookup(&data, &input.id).await?.ok_or(NOT_FOUND)
    }
}

impl Declaration for CreateWorkItem {
    const TITLE: &'static str = "Create a work item";
    const DESCRIPTION: &'static str = "Creates a work item in the product and answers it with its id.";
    const LEVEL: AccessLevel = AccessLevel::Write;
    const EFFECT: Effect = Effect::Create;
    const PATH: &'static str = "/work-items";

    async fn run(context: &Context, caller: &Caller, input: CreateInput) -> Result<WorkItem, ProcedureError> {
        check(Some(&input.title), Some(&input.description))?;
        let data = ProductData::write(&context.db, caller).await?;
        if table::are_as_many_as(&data, MANY).await? {
            let message = format!("This product has {MANY} work items. Delete some first.");
            return data.refuse(ProcedureError::Invalid { field: None, message }).await;
        }
        let item = table::add(&data, input, caller.signature(), context.clock.now()).await?;
        data.commit().await?;
        Ok(item)
    }
}

impl Declaration for UpdateWorkItem {
    const TITLE: &'static str = "Update a work item";
    const DESCRIPTION: &'static str = "Changes title, description or status of a work item, at least one of them, and answers the whole item.";
    const LEVEL: AccessLevel = AccessLevel::Write;
    const EFFECT: Effect = Effect::Update;
    const PATH: &'static str = "/work-items/{id}";

    async fn run(context: &Context, caller: &Caller, input: UpdateInput) -> Result<WorkItem, ProcedureError> {
        check(input.title.as_ref(), input.description.as_ref())?;
        if input.title.is_none() && input.description.is_none() && input.status.is_none() {
            let message = "Give a title, a description or a status to change.".to_owned();
            return Err(ProcedureError::Invalid { field: None, message });
        }
        let data = ProductData::write(&context.db, caller).await?;
        let Some(item) = table::change(&data, input, context.clock.now()).await? else {
            return data.refuse(NOT_FOUND).await;
        };
        data.commit().await?;
        Ok(item)
    }
}

impl Declaration for DeleteWorkItem {
    const TITLE: &'static str = "Delete a work item";
    const DESCRIPTION: &'static str = "Deletes a work item of the product permanently.";
    const LEVEL: AccessLevel = AccessLevel::Admin;
    const EFFECT: Effect = Effect::Delete;
    const PATH: &'static str = "/work-items/{id}";

    async fn run(context: &Context, caller: &Caller, input: IdInput) -> Result<DeleteOutput, ProcedureError> {
        let data = ProductData::write(&context.db, caller).await?;
        if !table::remove(&data, &input.id).await? {
            return data.refuse(NOT_FOUND).await;
        }
        data.commit().await?;
        Ok(DeleteOutput { deleted: input.id })
    }
}

/// Refuses words that do something to what stands around them.
fn check(title: Option<&Title>, description: Option<&Description>) -> Result<(), ProcedureError> {
    title.map_or(Ok(()), |title| keeps_to_itself("title", title.as_str()))?;
    description.map_or(Ok(()), |description| keeps_to_itself("description", description.as_str()))
}
