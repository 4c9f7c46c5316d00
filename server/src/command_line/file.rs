//! A file of settings: TOML, with the names of the flags as keys. It becomes flags, so that the settings' own parsers read
//! its values.

use std::{any::TypeId, path::Path};

use clap::{
    Arg, ArgAction,
    error::{ContextKind, ErrorKind},
};
use domain::config::Limit;
use toml::de::{DeTable, DeValue};

use super::{
    refusal::{BadValue, Reason, Refusal},
    settings,
};

/// A setting that the file gives.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The name of its field.
    pub(super) id: String,
    /// The flags that say the same.
    pub(super) flags: Vec<String>,
}

/// Reads a file, and checks each of its settings for itself: those too that a flag or a variable goes before.
pub(super) fn read(path: &Path) -> Result<Vec<Entry>, Refusal> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| Refusal::Unreadable { path: path.to_owned(), source })?;
    parse(&text).map_err(|(at, reason)| {
        let line = at.and_then(|at| text.get(..at)).map(|before| before.matches('\n').count() + 1);
        Refusal::File { path: path.to_owned(), line, reason }
    })
}

/// The same for its text. A reason comes with the place in the text that it is about.
fn parse(text: &str) -> Result<Vec<Entry>, (Option<usize>, Reason)> {
    let table = DeTable::parse(text).map_err(|error| {
        (error.span().map(|span| span.start), Reason::Syntax(error.message().replace('\n', " ")))
    })?;
    let mut given: Vec<_> = table.get_ref().iter().collect();
    given.sort_by_key(|(key, _)| key.span().start);
    given
        .into_iter()
        .map(|(key, value)| {
            entry(key.get_ref(), value.get_ref()).map_err(|reason| (Some(key.span().start), reason))
        })
        .collect()
}

fn entry(key: &str, value: &DeValue<'_>) -> Result<Entry, Reason> {
    let settings = settings();
    let Some(setting) = settings.get_arguments().find(|setting| setting.get_long() == Some(key)) else {
        return Err(Reason::Unknown { key: key.to_owned(), meant: like(key) });
    };
    let flags = flags(setting, value).map_err(|expected| Reason::Type { key: key.to_owned(), expected })?;
    let entry = Entry { id: setting.get_id().to_string(), flags };
    let line = std::iter::once("settings").chain(entry.flags.iter().map(String::as_str));
    match settings.clone().try_get_matches_from(line) {
        Ok(_) => Ok(entry),
        Err(answer) => Err(BadValue::read(&answer)
            .map_or_else(|| Reason::Syntax(format!("{key}: {}", answer.kind())), Reason::Value)),
    }
}

/// The setting whose name is most like that of a key.
fn like(key: &str) -> Option<String> {
    let answer = settings().try_get_matches_from(["settings", &format!("--{key}")]).err()?;
    let suggested =
        answer.get(ContextKind::SuggestedArg).filter(|_| answer.kind() == ErrorKind::UnknownArgument)?;
    Some(suggested.to_string().trim_start_matches("--").to_owned())
}

/// The types that settings have in a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Switch,
    Number,
    Limit,
    List,
    Text,
}

impl Kind {
    fn of(setting: &Arg) -> Self {
        let value = setting.get_value_parser().type_id();
        if value == TypeId::of::<bool>() {
            Self::Switch
        } else if value == TypeId::of::<u32>() {
            Self::Number
        } else if value == TypeId::of::<Limit>() {
            Self::Limit
        } else if matches!(setting.get_action(), ArgAction::Append) {
            Self::List
        } else {
            Self::Text
        }
    }

    fn described(self) -> &'static str {
        match self {
            Self::Switch => "true or false, without quotes",
            Self::Number => "a number, without quotes",
            Self::Limit => "a text such as \"120/1m\", or a number",
            Self::List => "a list of texts in quotes",
            Self::Text => "a text in quotes",
        }
    }
}

/// The flags that give a setting this value.
///
/// # Errors
/// The type that the setting has, where the value has another.
fn flags(setting: &Arg, value: &DeValue<'_>) -> Result<Vec<String>, &'static str> {
    let flag = format!("--{}", setting.get_long().unwrap_or_default());
    let with = |value: &str| format!("{flag}={value}");
    let kind = Kind::of(setting);
    match (kind, value) {
        (Kind::Switch, DeValue::Boolean(on)) => Ok(match setting.get_action() {
            ArgAction::SetTrue if *on => vec![flag],
            ArgAction::SetTrue => Vec::new(),
            _ => vec![with(&on.to_string())],
        }),
        (Kind::Number | Kind::Limit, DeValue::Integer(number)) => {
            let decimal =
                u64::from_str_radix(number.as_str(), number.radix()).map(|number| number.to_string());
            Ok(vec![with(&decimal.unwrap_or_else(|_| number.to_string()))])
        }
        (Kind::Limit | Kind::Text, DeValue::String(text)) => Ok(vec![with(text)]),
        // No flag would leave the default.
        (Kind::List, DeValue::Array(none)) if none.is_empty() && !setting.get_default_values().is_empty() => {
            Ok(vec![with("")])
        }
        (Kind::List, DeValue::Array(values)) => {
            let texts = values.iter().map(|value| value.get_ref().as_str().map(with));
            texts.collect::<Option<_>>().ok_or(kind.described())
        }
        _ => Err(kind.described()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags_of(text: &str) -> Vec<String> {
        parse(text).unwrap().into_iter().flat_map(|entry| entry.flags).collect()
    }

    fn refusal(text: &str) -> (usize, String) {
        let (at, reason) = parse(text).unwrap_err();
        (at.unwrap(), reason.to_string())
    }

    #[test]
    fn values_become_flags() {
        for (text, flags) in [
            ("", &[][..]),
            ("# nothing\n", &[]),
            ("access-token-lifetime = \"2h\"", &["--access-token-lifetime=2h"]),
            ("register-limit = \"7/1m\"", &["--register-limit=7/1m"]),
            ("register-limit = 7", &["--register-limit=7"]),
            ("unused-clients-max = 10_000", &["--unused-clients-max=10000"]),
            ("client-document-max-bytes = 0x1000", &["--client-document-max-bytes=4096"]),
            ("demo = true", &["--demo"]),
            ("demo = false", &[]),
            ("client-documents = false", &["--client-documents=false"]),
            ("log-format = \"json\"", &["--log-format=json"]),
            (
                "allowed-origins = [\"https://a.example\", \"https://b.example\"]",
                &["--allowed-origins=https://a.example", "--allowed-origins=https://b.example"],
            ),
            ("allowed-origins = []", &[]),
            ("redirect-schemes = []", &["--redirect-schemes="]),
            ("data-dir = '--demo'", &["--data-dir=--demo"]),
            ("data-dir = \"a=b\"\nbind = \"[::1]:1\"", &["--data-dir=a=b", "--bind=[::1]:1"]),
        ] {
            assert_eq!(flags_of(text), flags, "{text}");
        }
    }

    #[test]
    fn other_types_are_refused_with_the_key_and_the_type() {
        for (value, described) in [
            ("demo = \"true\"", "demo must be true or false"),
            ("client-documents = 1", "client-documents must be true or false"),
            ("unused-clients-max = \"10\"", "unused-clients-max must be a number"),
            ("unused-clients-max = 1.5", "unused-clients-max must be a number"),
            ("call-limit = true", "call-limit must be a text such as \"120/1m\", or a number"),
            ("call-limit = [1]", "call-limit must be a text such as"),
            ("code-lifetime = 60", "code-lifetime must be a text"),
            ("code-lifetime = 2020-01-01", "code-lifetime must be a text"),
            ("allowed-origins = \"https://a.example\"", "allowed-origins must be a list"),
            ("allowed-origins = [1]", "allowed-origins must be a list"),
            ("allowed-origins = [[]]", "allowed-origins must be a list"),
            ("data-dir = true", "data-dir must be a text"),
            ("data-dir.x = \"y\"", "data-dir must be a text"),
            ("[data-dir]", "data-dir must be a text"),
        ] {
            let (_, reason) = refusal(value);
            assert!(reason.starts_with(described), "{value}: {reason}");
        }
    }

    #[test]
    fn keys_that_are_no_settings_are_refused() {
        for (text, reason) in [
            ("code_lifetime = \"1m\"", "there is no setting code_lifetime; is code-lifetime meant?"),
            (
                "acces-token-lifetime = \"1h\"",
                "there is no setting acces-token-lifetime; is access-token-lifetime meant?",
            ),
            ("[limits]", "there is no setting limits"),
            ("config = \"other.toml\"", "there is no setting config"),
            ("help = true", "there is no setting help"),
            ("email = \"a@example.com\"", "there is no setting email"),
            ("\"\" = 1", "there is no setting "),
            ("\"a\\nb=-\" = 1", "there is no setting a\\nb=-"),
        ] {
            let (_, said) = refusal(text);
            assert!(said.starts_with(reason) && !said.contains('\n'), "{text}: {said}");
        }
    }

    #[test]
    fn the_first_bad_line_is_told() {
        let text = "session-lifetime = \"1d\"\ncode-lifetime = \"1d\"\nbind = \"x\"\n";
        let (at, reason) = refusal(text);
        assert_eq!(text[..at].matches('\n').count(), 1);
        assert_eq!(reason, "code-lifetime 1d: must be whole seconds from 1s to 10m");
    }

    #[test]
    fn what_is_no_toml_is_refused_in_one_line() {
        for text in [
            "=",
            "bind",
            "bind = ",
            "bind = \"x",
            "bind = x",
            "a = 1\na = 2",
            "[a",
            "\u{0}",
            "bind = \"\"\"\nx",
        ] {
            let reason = parse(text).unwrap_err().1;
            assert!(matches!(reason, Reason::Syntax(_)), "{text}: {reason:?}");
            assert!(!reason.to_string().contains('\n'), "{reason}");
        }
    }

    #[test]
    fn what_may_hold_a_password_is_not_repeated() {
        for text in ["database-url = \"mysql://u:secret@h/d\"", "outbound-proxy = \"socks://u:secret@h\""] {
            let (_, reason) = refusal(text);
            assert!(reason.contains(": must be") && !reason.contains("secret"), "{reason}");
        }
        let unquoted = parse("database-url = postgres://u:secret@h/d").unwrap_err().1.to_string();
        assert!(!unquoted.contains("secret"), "{unquoted}");
    }
}
