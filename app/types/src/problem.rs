//! A request that cannot go on, told to a person.

use serde::{Deserialize, Serialize};

/// Content of the problem page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// A few words, as a heading.
    pub title: String,
    /// The event and the advice, in one or two sentences.
    pub detail: String,
    /// A button: its label and its address.
    pub action: Option<(String, String)>,
    /// Texts to take away, each with its name.
    #[serde(default)]
    pub copy: Vec<(String, String)>,
    /// A question to the person, in place of the button.
    pub question: Option<Question>,
}

/// A form that does what the page asks about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The address that it is sent to.
    pub action: String,
    /// Its fields, as names and values.
    pub fields: Vec<(String, String)>,
    /// The button that does it.
    pub yes: String,
    /// The button that does not.
    #[serde(default)]
    pub no: String,
    /// A second button that does more: its label, and the name and value that it adds to the form.
    pub also: Option<(String, (String, String))>,
    /// A field that the person fills in to confirm: its name, its label, and its kind of input.
    #[serde(default)]
    pub typed: Option<(String, String, String)>,
    /// The fault of what was typed.
    #[serde(default)]
    pub error: Option<String>,
    /// Says if nothing is lost by it.
    #[serde(default)]
    pub harmless: bool,
    /// The address that `Keep` leads to.
    pub keep: String,
}
