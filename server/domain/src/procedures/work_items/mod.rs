//! Work items: list, get, create, update, delete.

mod fields;
pub mod page;
mod read;
pub mod rows;
mod write;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::{
    fields::{Description, ItemId, LIST_MAX, Limit, Title},
    read::{GetWorkItem, IdInput, ListInput, ListOutput, ListWorkItems},
    write::{CreateInput, CreateWorkItem, DeleteOutput, DeleteWorkItem, UpdateInput, UpdateWorkItem},
};
use super::{Procedure, ProcedureError, timestamp::Timestamp};
use crate::error::Error;

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

/// How far a work item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Status {
    #[expect(missing_docs, reason = "a doc comment would turn the schema's enum into a oneOf")]
    Open,
    #[expect(missing_docs, reason = "a doc comment would turn the schema's enum into a oneOf")]
    InProgress,
    #[expect(missing_docs, reason = "a doc comment would turn the schema's enum into a oneOf")]
    Done,
}

impl Status {
    /// The word that is stored and that callers use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::InProgress => "in_progress",
            Self::Done => "done",
        }
    }

    fn from_stored(text: String) -> Result<Self, Error> {
        [Self::Open, Self::InProgress, Self::Done]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or(Error::Corrupt { column: "work_items.status", value: text })
    }
}

/// One work item.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct WorkItem {
    /// `wrk_…`.
    pub id: String,
    /// One line.
    pub title: String,
    /// Plain text, possibly empty.
    pub description: String,
    /// How far it is.
    pub status: Status,
    /// Who made it: a person, or an app on a person's behalf.
    pub created_by: String,
    /// When it was made, in UTC.
    pub created_at: Timestamp,
    /// When it last changed, in UTC.
    pub updated_at: Timestamp,
}

impl TryFrom<rows::WorkItem> for WorkItem {
    type Error = Error;

    fn try_from(row: rows::WorkItem) -> Result<Self, Error> {
        Ok(Self {
            id: row.id,
            title: row.title,
            description: row.description,
            status: Status::from_stored(row.status)?,
            created_by: row.created_by,
            created_at: Timestamp(row.created_at),
            updated_at: Timestamp(row.updated_at),
        })
    }
}
