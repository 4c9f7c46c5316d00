//! Making, changing and deleting work items.

use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use types::{
    scope::AccessLevel,
    work_item::{DESCRIPTION_MAX, TITLE_MAX},
};

use super::{
    NOT_FOUND, Status, WorkItem,
    fields::{Description, ID_MAX, ItemId, Title},
    read::IdInput,
};
use crate::{
    oauth::caller::Caller,
    procedures::{
        Context, Declaration, ProcedureError,
        product_data::ProductData,
        work_items::rows::{self, NewWorkItem, WorkItemPatch},
    },
};

/// Most work items of a product.
const MANY: u64 = 100_000;

/// `create_work_item`.
pub struct CreateWorkItem;

/// What a new work item says.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateInput {
    /// One line that says what is to be done.
    #[schemars(with = "String", length(min = 1, max = TITLE_MAX))]
    title: Title,
    /// Plain text with the details.
    #[serde(default)]
    #[schemars(with = "String", length(max = DESCRIPTION_MAX), extend("default" = ""))]
    description: Option<Description>,
    /// How far it is.
    #[serde(default)]
    #[schemars(with = "Status", extend("default" = "open"))]
    status: Option<Status>,
}

impl Declaration for CreateWorkItem {
    const NAME: &'static str = "create_work_item";
    const TITLE: &'static str = "Create a work item";
    const DESCRIPTION: &'static str = "Creates a work item in the product and answers it with its id.";
    const LEVEL: AccessLevel = AccessLevel::Write;
    const METHOD: Method = Method::POST;
    const PATH: &'static str = "/work-items";
    type Input = CreateInput;
    type Output = WorkItem;

    async fn run(context: &Context, caller: &Caller, input: CreateInput) -> Result<WorkItem, ProcedureError> {
        let item = NewWorkItem {
            title: input.title.0,
            description: input.description.unwrap_or_default().0,
            status: input.status.unwrap_or(Status::Open).as_str().to_owned(),
            created_by: caller.signature(),
        };
        let data = ProductData::write(&context.db, caller).await?;
        if rows::are_as_many_as(&data, MANY).await? {
            let message = format!("This product has {MANY} work items. Delete some first.");
            return Err(ProcedureError::Invalid { field: None, message });
        }
        let row = rows::add(&data, item, context.clock.now()).await?;
        data.commit().await?;
        Ok(row.try_into()?)
    }
}

/// `update_work_item`.
pub struct UpdateWorkItem;

/// What changes of a work item.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateInput {
    /// The id of the work item, `wrk_…`.
    #[schemars(with = "String", length(max = ID_MAX))]
    id: ItemId,
    /// The new title; absent leaves it.
    #[serde(default)]
    #[schemars(with = "String", length(min = 1, max = TITLE_MAX))]
    title: Option<Title>,
    /// The new description; absent leaves it.
    #[serde(default)]
    #[schemars(with = "String", length(max = DESCRIPTION_MAX))]
    description: Option<Description>,
    /// The new status; absent leaves it.
    #[serde(default)]
    #[schemars(with = "Status")]
    status: Option<Status>,
}

impl Declaration for UpdateWorkItem {
    const NAME: &'static str = "update_work_item";
    const TITLE: &'static str = "Update a work item";
    const DESCRIPTION: &'static str = "Changes title, description or status of a work item, at least one of them, and answers the whole item.";
    const LEVEL: AccessLevel = AccessLevel::Write;
    const METHOD: Method = Method::PATCH;
    const PATH: &'static str = "/work-items/{id}";
    type Input = UpdateInput;
    type Output = WorkItem;

    async fn run(context: &Context, caller: &Caller, input: UpdateInput) -> Result<WorkItem, ProcedureError> {
        let patch = WorkItemPatch {
            title: input.title.map(|title| title.0),
            description: input.description.map(|description| description.0),
            status: input.status.map(|status| status.as_str().to_owned()),
        };
        if patch.title.is_none() && patch.description.is_none() && patch.status.is_none() {
            let message = "Give a title, a description or a status to change.".to_owned();
            return Err(ProcedureError::Invalid { field: None, message });
        }
        let data = ProductData::write(&context.db, caller).await?;
        let row = rows::change(&data, &input.id.0, patch, context.clock.now()).await?.ok_or(NOT_FOUND)?;
        data.commit().await?;
        Ok(row.try_into()?)
    }
}

/// `delete_work_item`.
pub struct DeleteWorkItem;

/// What was deleted.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DeleteOutput {
    /// The id of the work item that is gone.
    pub deleted: String,
}

impl Declaration for DeleteWorkItem {
    const NAME: &'static str = "delete_work_item";
    const TITLE: &'static str = "Delete a work item";
    const DESCRIPTION: &'static str = "Deletes a work item of the product for ever.";
    const LEVEL: AccessLevel = AccessLevel::Admin;
    const METHOD: Method = Method::DELETE;
    const PATH: &'static str = "/work-items/{id}";
    type Input = IdInput;
    type Output = DeleteOutput;

    async fn run(context: &Context, caller: &Caller, input: IdInput) -> Result<DeleteOutput, ProcedureError> {
        let data = ProductData::write(&context.db, caller).await?;
        if !rows::remove(&data, &input.id.0).await? {
            return Err(NOT_FOUND);
        }
        data.commit().await?;
        Ok(DeleteOutput { deleted: input.id.0 })
    }
}
