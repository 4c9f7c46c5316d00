//! Work items: the procedures about them, with what they take and answer.

use serde::{Deserialize, Serialize};

use crate::words;

use super::{
    id::WorkItemId,
    procedure::{Limit, Signature},
    role::ProductRole,
    timestamp::Timestamp,
};

/// Longest title, in characters.
pub const TITLE_MAX: usize = 200;
/// Longest description, in characters.
pub const DESCRIPTION_MAX: usize = 10_000;

/// The state of the work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ssr", schemars(inline))]
#[expect(missing_docs, reason = "a doc comment on a variant would turn the schema's enum into a oneOf")]
pub enum Status {
    #[default]
    Open,
    InProgress,
    Done,
}

words!(Status {
    Open = "open",
    InProgress = "in_progress",
    Done = "done",
});

impl Status {
    /// The words that people read.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::InProgress => "In progress",
            Self::Done => "Done",
        }
    }
}

/// A title without space around it: one line of 1 to [`TITLE_MAX`] characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[cfg_attr(
    feature = "ssr",
    schemars(inline, with = "String", extend("minLength" = 1, "maxLength" = TITLE_MAX))
)]
pub struct Title(String);

impl Title {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Title {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let title = text.trim();
        if title.is_empty() || title.chars().count() > TITLE_MAX {
            return Err(format!("Write 1 to {TITLE_MAX} characters."));
        }
        if title.chars().any(char::is_control) {
            return Err("Write one line without control characters.".to_owned());
        }
        Ok(Self(title.to_owned()))
    }
}

impl From<Title> for String {
    fn from(title: Title) -> Self {
        title.0
    }
}

/// Plain text of at most [`DESCRIPTION_MAX`] characters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ssr", schemars(inline, with = "String", extend("maxLength" = DESCRIPTION_MAX)))]
pub struct Description(String);

impl Description {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Description {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.chars().count() > DESCRIPTION_MAX {
            return Err(format!("Write at most {DESCRIPTION_MAX} characters."));
        }
        // PostgreSQL's text cannot hold it.
        if text.contains('\0') {
            return Err("Write text without NUL characters.".to_owned());
        }
        Ok(Self(text))
    }
}

impl From<Description> for String {
    fn from(description: Description) -> Self {
        description.0
    }
}

/// One work item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "ssr", schemars(inline))]
pub struct WorkItem {
    /// `wrk_…`.
    pub id: WorkItemId,
    /// One line.
    pub title: String,
    /// Plain text, possibly empty.
    pub description: String,
    /// The state of the work.
    pub status: Status,
    /// The person who made it, or the app on a person's behalf.
    pub created_by: String,
    /// The moment when it was made, in UTC.
    pub created_at: Timestamp,
    /// The moment when it last changed, in UTC.
    pub updated_at: Timestamp,
}

/// Lists the product's work items, the newest first.
pub struct ListWorkItems;

impl Signature for ListWorkItems {
    const NAME: &'static str = "list_work_items";
    type Input = ListInput;
    type Output = ListOutput;
}

/// The part of the list to answer.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ListInput {
    /// Only work items with this status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Most work items to list.
    #[serde(default)]
    pub limit: Limit,
    /// The place to go on from: `next_cursor` of the answer before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<WorkItemId>,
}

/// A part of the list.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ListOutput {
    /// The newest first.
    pub work_items: Vec<WorkItem>,
    /// The place where the list goes on; absent at its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<WorkItemId>,
}

/// Gets one work item.
pub struct GetWorkItem;

impl Signature for GetWorkItem {
    const NAME: &'static str = "get_work_item";
    type Input = IdInput;
    type Output = WorkItem;
}

/// The work item that is meant.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct IdInput {
    /// The id of the work item, `wrk_…`.
    pub id: WorkItemId,
}

/// Makes a work item.
pub struct CreateWorkItem;

impl Signature for CreateWorkItem {
    const NAME: &'static str = "create_work_item";
    type Input = CreateInput;
    type Output = WorkItem;
}

/// The words of a new work item.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct CreateInput {
    /// One line that says what is to be done.
    pub title: Title,
    /// Plain text with the details.
    #[serde(default)]
    pub description: Description,
    /// The state of the work.
    #[serde(default)]
    pub status: Status,
}

/// Changes a work item.
pub struct UpdateWorkItem;

impl Signature for UpdateWorkItem {
    const NAME: &'static str = "update_work_item";
    type Input = UpdateInput;
    type Output = WorkItem;
}

/// The changes of a work item.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct UpdateInput {
    /// The id of the work item, `wrk_…`.
    pub id: WorkItemId,
    /// The new title; absent leaves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<Title>,
    /// The new description; absent leaves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
    /// The new status; absent leaves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
}

/// Deletes a work item for ever.
pub struct DeleteWorkItem;

impl Signature for DeleteWorkItem {
    const NAME: &'static str = "delete_work_item";
    type Input = IdInput;
    type Output = DeleteOutput;
}

/// The deletion of a work item.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct DeleteOutput {
    /// The id of the work item that is gone.
    pub deleted: WorkItemId,
}

/// Work items on one page of the list that people see.
pub const ITEMS_PER_PAGE: u64 = 50;

/// The first steps of a new product: which are done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// An app is connected.
    pub connected: bool,
    /// An app called.
    pub called: bool,
    /// The organization has more than one member.
    pub invited: bool,
}

/// A page of the work items of one product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkItemsPage {
    /// The organization's name.
    pub organization: String,
    /// The product's name.
    pub product: String,
    /// The viewer's role in it.
    pub role: ProductRole,
    /// Latest change first, at most [`ITEMS_PER_PAGE`].
    pub items: Vec<WorkItem>,
    /// The page, from 1.
    pub page: u64,
    /// Number of work items.
    pub total: u64,
    /// The first steps of a new product, for those who manage it.
    #[serde(default)]
    pub greeting: Option<Greeting>,
    /// The moment when the page was made, in Unix milliseconds.
    pub now: i64,
}
