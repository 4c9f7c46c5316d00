//! The reasons why a command line or a file of settings cannot be, each said in one line.

use std::{
    error::Error,
    fmt::{self, Display, Formatter},
    io,
    path::PathBuf,
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
    /// A file of settings that cannot be read.
    #[error("--config {}: {source}", path.display())]
    Unreadable {
        /// Its path.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A file of settings with something in it that cannot be.
    #[error("{}{}: {reason}", path.display(), line.map(|line| format!(", line {line}")).unwrap_or_default())]
    File {
        /// Its path.
        path: PathBuf,
        /// The line, where it can be told.
        line: Option<usize>,
        /// The reason.
        reason: Reason,
    },
}

/// The reason why a file of settings cannot be.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// No TOML.
    #[error("{0}")]
    Syntax(String),
    /// A key that is no setting.
    #[error("there is no setting {}{}", key.escape_debug(), or(meant.as_deref()))]
    Unknown {
        /// The key.
        key: String,
        /// A setting with a name like it.
        meant: Option<String>,
    },
    /// A value of a type that the setting does not have.
    #[error("{key} must be {expected}")]
    Type {
        /// The setting.
        key: String,
        /// The type that it has.
        expected: &'static str,
    },
    /// A value that the setting cannot have.
    #[error("{0}")]
    Value(BadValue),
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

fn or(meant: Option<&str>) -> String {
    meant.map(|meant| format!("; is {meant} meant?")).unwrap_or_default()
}

impl Refusal {
    /// Reads an answer of clap to a whole command line.
    pub(super) fn of_line(answer: clap::Error) -> Self {
        BadValue::read(&answer).map_or(Self::Usage(answer), Self::Flag)
    }
}

impl BadValue {
    /// Reads an answer of clap; `None` for one that is about something else than a value.
    pub(super) fn read(answer: &clap::Error) -> Option<Self> {
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
