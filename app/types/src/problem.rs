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
    /// What the person is asked to confirm, in place of the button.
    pub question: Option<Question>,
}

/// A form that does what the page asks about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Where it is sent.
    pub action: String,
    /// What it holds, as names and values.
    pub fields: Vec<(String, String)>,
    /// The button that does it.
    pub yes: String,
    /// A second button that does more: its label, and the name and value that it adds to the form.
    pub also: Option<(String, (String, String))>,
    /// Where `Keep` leads.
    pub keep: String,
}
