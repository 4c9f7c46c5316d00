//! The location of the database.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use sea_orm::sqlx::sqlite::SqliteConnectOptions;

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
        if !url.starts_with("sqlite:") {
            return Err(NoDatabase);
        }
        let options: SqliteConnectOptions = url.parse().map_err(|_| NoDatabase)?;
        let file = options.get_filename();
        let name = file.to_string_lossy();
        // Each connection to a database in memory would have one of its own. sqlx gives one without a name such a name.
        let in_memory = name == ":memory:" || name.starts_with("file:") || url.contains("mode=memory");
        if name.is_empty() || in_memory {
            return Err(NoDatabase);
        }
        Ok(Self::Sqlite(file.to_owned()))
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
