//! The location of the database.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use percent_encoding::percent_decode_str;

/// Location of the database. A file is a path from here on, whatever characters its name has, and never part of a URL.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseLocation {
    /// A file of SQLite.
    Sqlite(PathBuf),
    /// The URL of a PostgreSQL database, which may hold a password and does not show itself.
    Postgres(String),
}

/// A URL that names no database. It may hold a password, so it is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be sqlite://FILE or postgres://USER@HOST/DATABASE")]
pub struct NoDatabase;

impl DatabaseLocation {
    /// Reads `sqlite://FILE` (with `%20` and the like decoded) or `postgres://…`.
    ///
    /// # Errors
    /// [`NoDatabase`] when it is neither.
    pub fn parse(url: &str) -> Result<Self, NoDatabase> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        let rest = url.strip_prefix("sqlite:").ok_or(NoDatabase)?;
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let (name, options) = rest.split_once('?').unwrap_or((rest, ""));
        // A file that is missing is made anyway, and nothing else can be asked of it.
        if !["", "mode=rw", "mode=rwc"].contains(&options) {
            return Err(NoDatabase);
        }
        let name = percent_decode_str(name).decode_utf8().map_err(|_| NoDatabase)?;
        // Each connection to a database in memory would have one of its own.
        if name.is_empty() || name == ":memory:" || name.starts_with("file:") {
            return Err(NoDatabase);
        }
        Ok(Self::Sqlite(PathBuf::from(&*name)))
    }

    /// The file, on SQLite.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(file) => Some(file),
            Self::Postgres(_) => None,
        }
    }
}

impl fmt::Debug for DatabaseLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(file) => f.debug_tuple("Sqlite").field(file).finish(),
            Self::Postgres(_) => f.write_str("Postgres(…)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_name_files_or_servers() {
        let file = |name: &str| DatabaseLocation::Sqlite(PathBuf::from(name));
        for (url, location) in [
            ("sqlite://data/gatepass.sqlite", file("data/gatepass.sqlite")),
            ("sqlite:///var/lib/gatepass.sqlite", file("/var/lib/gatepass.sqlite")),
            ("sqlite:gatepass.sqlite", file("gatepass.sqlite")),
            ("sqlite:///a%20b/c%25d%3Fe%23f.sqlite?mode=rwc", file("/a b/c%d?e#f.sqlite")),
            ("postgres://u@h/d", DatabaseLocation::Postgres("postgres://u@h/d".into())),
            ("postgresql:///d", DatabaseLocation::Postgres("postgresql:///d".into())),
        ] {
            assert_eq!(DatabaseLocation::parse(url).unwrap(), location, "{url}");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let location = DatabaseLocation::parse("postgres://u:secret@h/d").unwrap();
        assert_eq!(format!("{location:?}"), "Postgres(…)");
    }

    #[test]
    fn other_urls_are_refused() {
        for url in [
            "mysql://u:secret@h/d",
            "",
            "secret",
            "sqlite:",
            "sqlite://",
            "sqlite::memory:",
            "sqlite://:memory:",
            "sqlite://secret?mode=memory",
            "sqlite://secret?cache=what",
        ] {
            assert_eq!(DatabaseLocation::parse(url), Err(NoDatabase), "{url}");
        }
    }
}
