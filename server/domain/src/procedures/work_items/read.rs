//! Looking at work items.

use types::{
    procedure::Effect,
    scope::AccessLevel,
    work_item::{GetWorkItem, IdInput, ListInput, ListOutput, ListWorkItems, WorkItem},
};

use super::{NOT_FOUND, rows};
use crate::{
    oauth::caller::Caller,
    procedures::{Context, Declaration, ProcedureError, product_data::ProductData},
};

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
        let mut work_items = rows::list(&data, input.status, u64::from(limit) + 1, input.cursor).await?;
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
        rows::lookup(&data, &input.id).await?.ok_or(NOT_FOUND)
    }
}
