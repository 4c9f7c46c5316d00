//! Work items: list, get, create, update, delete.

pub mod page;
mod read;
mod rows;
#[cfg(not(feature = "tables"))]
mod table;
#[cfg(feature = "tables")]
#[expect(missing_docs, reason = "columns are documented in the migrations, where they are made")]
pub mod table;
mod write;

use std::sync::Arc;

use types::{
    timestamp::Timestamp,
    work_item::{CreateWorkItem, DeleteWorkItem, GetWorkItem, ListWorkItems, UpdateWorkItem, WorkItem},
};

use super::{Procedure, ProcedureError};

const NOT_FOUND: ProcedureError = ProcedureError::NotFound("work item");

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

impl From<table::Model> for WorkItem {
    fn from(row: table::Model) -> Self {
        Self {
            id: row.id,
            title: row.title,
            description: row.description,
            status: row.status,
            created_by: row.created_by,
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
        }
    }
}
