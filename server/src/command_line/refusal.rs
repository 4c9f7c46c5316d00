//! The reasons why a command line cannot be, each said in one line.

use std::{
    error::Error,
    fmt::{self, Display, Formatter},
};

use clap::error::{ContextKind, ErrorKind};

use super::settings;

/// The reason why a command line cannot be.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// A line that is no command, or one that asks for help: clap says what there is.
    #[error(transparent)]
    Usage(clap::Error),
    /// A flag, or the variable of its name, with a value that cannot be.
    #[error("--{0}")]
    Flag(BadValue),
}

/// A setting with a value that it cannot have.
#[derive(Debug, PartialEq, Eq)]
pub struct BadValue {
    /// The name of the setting, without hyphens before it.
    setting: String,
    /// The value, unless it may hold a password.
    value: Option<String>,
    /// The reason in words.
    reason: String,
}

impl Display for BadValue {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.setting)?;
        if let Some(value) = &self.value {
            write!(f, " {}", value.escape_debug())?;
        }
        write!(f, ": {}", self.reason)
    }
}

impl Refusal {
    /// Reads an answer of clap to a whole command line.
    pub(super) fn of_line(answer: clap::Error) -> Self {
        BadValue::read(&answer).map_or(Self::Usage(answer), Self::Flag)
    }
}

impl BadValue {
    /// Reads an answer of clap; `None` for one that is about something else than a value.
    fn read(answer: &clap::Error) -> Option<Self> {
        let said = |kind| answer.get(kind).map(ToString::to_string).unwrap_or_default();
        let value = said(ContextKind::InvalidValue);
        let reason = match answer.kind() {
            ErrorKind::ValueValidation => answer.source()?.to_string(),
            ErrorKind::InvalidValue if value.is_empty() => "needs a value".to_owned(),
            ErrorKind::InvalidValue => format!("must be one of {}", said(ContextKind::ValidValue)),
            _ => return None,
        };
        let named = said(ContextKind::InvalidArg);
        let setting = named.split(' ').next()?.trim_start_matches("--").to_owned();
        let secret = |option: &clap::Arg| option.is_hide_env_values_set();
        let hidden =
            settings().get_arguments().any(|option| option.get_long() == Some(&setting) && secret(option));
        Some(Self { setting, value: (!hidden && !value.is_empty()).then_some(value), reason })
    }
}
