//! Work items, as pages show them.

use serde::{Deserialize, Serialize};

use super::role::ProductRole;

/// Longest title, in characters.
pub const TITLE_MAX: usize = 200;
/// Longest description, in characters.
pub const DESCRIPTION_MAX: usize = 10_000;

/// Every status of a work item, with the words that people read.
pub const STATUSES: [(&str, &str); 3] = [("open", "Open"), ("in_progress", "In progress"), ("done", "Done")];

/// One work item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkItem {
    /// `wrk_…`.
    pub id: String,
    /// One line.
    pub title: String,
    /// Plain text, possibly empty.
    pub description: String,
    /// `open`, `in_progress` or `done`.
    pub status: String,
    /// The person who made it, or the app on a person's behalf.
    pub created_by: String,
    /// The moment when it last changed, in Unix milliseconds.
    pub updated_at: i64,
}

/// Work items on one page of the list.
pub const ITEMS_PER_PAGE: u64 = 50;

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
    /// The moment when the page was made, in Unix milliseconds.
    pub now: i64,
}

/// A new work item, as the page's form sends it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewWorkItem {
    /// 1 to [`TITLE_MAX`] characters.
    pub title: String,
    /// At most [`DESCRIPTION_MAX`] characters.
    #[serde(default)]
    pub description: String,
}
