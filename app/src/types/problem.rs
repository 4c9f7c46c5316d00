//! A request that cannot go on, told to a person.

use serde::{Deserialize, Serialize};

/// What the problem page says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A few words, as a heading.
    pub title: String,
    /// What happened and what to do, in one or two sentences.
    pub detail: String,
    /// Where a button leads: its label and its address.
    pub action: Option<(String, String)>,
}
