//! The location of the database.

use std::path::{Path, PathBuf};

use sea_orm::sqlx::sqlite::SqliteConnectOptions;

use crate::error::{Error, Result};

/// Location of the database. A file is a path from here on, whatever characters its name has, and never part of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseLocation {
    /// A file of SQLite.
    Sqlite(PathBuf),
    /// The URL of a PostgreSQL database.
    Postgres(String),
}

impl DatabaseLocation {
    /// Reads `sqlite://FILE` (with `%20` and the like decoded) or `postgres://…`.
    ///
    /// # Errors
    /// [`Error::Setup`] when it is neither. The message does not repeat the URL, which may hold a password.
    pub fn parse(url: &str) -> Result<Self> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            return Ok(Self::Postgres(url.to_owned()));
        }
        let refused = || {
            Error::Setup("--database-url must be sqlite://FILE or postgres://USER@HOST/DATABASE".to_owned())
        };
        if !url.starts_with("sqlite:") {
            return Err(refused());
        }
        let options: SqliteConnectOptions = url.parse().map_err(|_| refused())?;
        let file = options.get_filename();
        let name = file.to_string_lossy();
        // Each connection to a database in memory would have one of its own. sqlx gives one without a name such a name.
        let in_memory = name == ":memory:" || name.starts_with("file:") || url.contains("mode=memory");
        if name.is_empty() || in_memory {
            return Err(refused());
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
    fn other_urls_are_refused_without_repeating_them() {
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
            let error = DatabaseLocation::parse(url).unwrap_err().to_string();
            assert!(error.starts_with("--database-url ") && !error.contains("secret"), "{url}: {error}");
        }
    }
}
