//! Looking at work items.

use http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use types::scope::AccessLevel;

use super::{
    NOT_FOUND, Status, WorkItem,
    fields::{ID_MAX, ItemId, LIST_DEFAULT, LIST_MAX, Limit},
};
use crate::{
    oauth::caller::Caller,
    procedures::{Context, Declaration, ProcedureError, product_data::ProductData, work_items::rows},
};

/// `list_work_items`.
pub struct ListWorkItems;

/// What to list.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListInput {
    /// Only work items with this status.
    #[serde(default)]
    #[schemars(with = "Status")]
    status: Option<Status>,
    /// How many to list at most.
    #[serde(default)]
    #[schemars(with = "u16", range(min = 1, max = LIST_MAX), extend("default" = LIST_DEFAULT))]
    limit: Option<Limit>,
    /// Where to go on: `next_cursor` of the answer before.
    #[serde(default)]
    #[schemars(with = "String", length(max = ID_MAX))]
    cursor: Option<ItemId>,
}

/// A part of the list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ListOutput {
    /// The newest first.
    pub work_items: Vec<WorkItem>,
    /// Where the list goes on; absent at its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub next_cursor: Option<String>,
}

impl Declaration for ListWorkItems {
    const NAME: &'static str = "list_work_items";
    const TITLE: &'static str = "List work items";
    const DESCRIPTION: &'static str = "Lists the work items of the product, the newest first.";
    const LEVEL: AccessLevel = AccessLevel::Read;
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/work-items";
    type Input = ListInput;
    type Output = ListOutput;

    async fn run(context: &Context, caller: &Caller, input: ListInput) -> Result<ListOutput, ProcedureError> {
        let Limit(limit) = input.limit.unwrap_or(Limit(LIST_DEFAULT));
        let cursor = input.cursor.map(|ItemId(id)| id);
        let data = ProductData::read(&context.db, caller).await?;
        // One more tells whether the list goes on.
        let asked = u64::from(limit) + 1;
        let mut rows = rows::list(&data, input.status.map(Status::as_str), asked, cursor.as_deref()).await?;
        let goes_on = rows.len() > usize::from(limit);
        rows.truncate(usize::from(limit));
        let next_cursor = rows.last().filter(|_| goes_on).map(|row| row.id.clone());
        let work_items = rows.into_iter().map(WorkItem::try_from).collect::<Result<_, _>>()?;
        Ok(ListOutput { work_items, next_cursor })
    }
}

/// `get_work_item`.
pub struct GetWorkItem;

/// Which work item.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdInput {
    /// The id of the work item, `wrk_…`.
    #[schemars(with = "String", length(max = ID_MAX))]
    pub(super) id: ItemId,
}

impl Declaration for GetWorkItem {
    const NAME: &'static str = "get_work_item";
    const TITLE: &'static str = "Get a work item";
    const DESCRIPTION: &'static str = "Gets one work item of the product by its id.";
    const LEVEL: AccessLevel = AccessLevel::Read;
    const METHOD: Method = Method::GET;
    const PATH: &'static str = "/work-items/{id}";
    type Input = IdInput;
    type Output = WorkItem;

    async fn run(context: &Context, caller: &Caller, input: IdInput) -> Result<WorkItem, ProcedureError> {
        let data = ProductData::read(&context.db, caller).await?;
        let row = rows::lookup(&data, &input.id.0).await?.ok_or(NOT_FOUND)?;
        Ok(row.try_into()?)
    }
}
