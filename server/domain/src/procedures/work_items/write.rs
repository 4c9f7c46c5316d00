//! Making, changing and deleting work items.

use types::{
    procedure::Effect,
    scope::AccessLevel,
    work_item::{
        CreateInput, CreateWorkItem, DeleteOutput, DeleteWorkItem, Description, IdInput, Title, UpdateInput,
        UpdateWorkItem, WorkItem,
    },
};

use super::{NOT_FOUND, rows};
use crate::{
    oauth::caller::Caller,
    procedures::{Context, Declaration, ProcedureError, keeps_to_itself, product_data::ProductData},
};

/// Most work items of a product.
const MANY: u64 = 100_000;

/// Refuses words that do something to what stands around them.
fn check(title: Option<&Title>, description: Option<&Description>) -> Result<(), ProcedureError> {
    title.map_or(Ok(()), |title| keeps_to_itself("title", title.as_str()))?;
    description.map_or(Ok(()), |description| keeps_to_itself("description", description.as_str()))
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
        if rows::are_as_many_as(&data, MANY).await? {
            let message = format!("This product has {MANY} work items. Delete some first.");
            return data.refuse(ProcedureError::Invalid { field: None, message }).await;
        }
        let item = rows::add(&data, input, caller.signature(), context.clock.now()).await?;
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
        let Some(item) = rows::change(&data, input, context.clock.now()).await? else {
            return data.refuse(NOT_FOUND).await;
        };
        data.commit().await?;
        Ok(item)
    }
}

impl Declaration for DeleteWorkItem {
    const TITLE: &'static str = "Delete a work item";
    const DESCRIPTION: &'static str = "Deletes a work item of the product for ever.";
    const LEVEL: AccessLevel = AccessLevel::Admin;
    const EFFECT: Effect = Effect::Delete;
    const PATH: &'static str = "/work-items/{id}";

    async fn run(context: &Context, caller: &Caller, input: IdInput) -> Result<DeleteOutput, ProcedureError> {
        let data = ProductData::write(&context.db, caller).await?;
        if !rows::remove(&data, &input.id).await? {
            return data.refuse(NOT_FOUND).await;
        }
        data.commit().await?;
        Ok(DeleteOutput { deleted: input.id })
    }
}
