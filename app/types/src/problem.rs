//! A request that cannot go on, told to a person.

use serde::{Deserialize, Serialize};

/// Content of the problem page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A few words, as a heading.
    pub title: String,
    /// The event and the advice, in one or two sentences.
    pub detail: String,
    /// A button: its label and its address.
    pub action: Option<(String, String)>,
    /// A question to the person, in place of the button.
    pub question: Option<Question>,
}

/// A form that does what the page asks about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The address that it is sent to.
    pub action: String,
    /// Its fields, as names and values.
    pub fields: Vec<(String, String)>,
    /// The button that does it.
    pub yes: String,
    /// A second button that does more: its label, and the name and value that it adds to the form.
    pub also: Option<(String, (String, String))>,
    /// The address that `Keep` leads to.
    pub keep: String,
}
