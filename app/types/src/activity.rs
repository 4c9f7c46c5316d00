//! The activity of a client or a grant: audit events, as people read them.

use serde::{Deserialize, Serialize};

/// Number of events on a page.
pub const EVENTS_PER_PAGE: u64 = 20;

/// One page of events, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    /// At most [`EVENTS_PER_PAGE`].
    pub events: Vec<ActivityEvent>,
    /// Over all pages.
    pub total: u64,
    /// From 1.
    pub page: u64,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityEvent {
    /// The moment, in Unix milliseconds.
    pub at: i64,
    /// The deed, as a sentence without its subject: `Added a client secret`.
    pub what: String,
    /// More about it: the scopes, what changed.
    pub detail: Option<String>,
    /// The actor: a name, `The app`, `Gatepass`, or `Somebody` for a person whom the viewer does not share an
    /// organization with.
    pub actor: String,
    /// The network address it came from, where the viewer may know it.
    pub address: Option<String>,
}
