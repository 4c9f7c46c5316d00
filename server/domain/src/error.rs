//! Failures inside. Logged once, at the boundary; never shown on the wire.

use types::failure::Failure;

/// An internal failure.
///
/// Whatever asks the database fails with [`Self::Database`] when that refuses, and with [`Self::Corrupt`] when a
/// stored value is damaged; where nothing else can fail, nothing is said of it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database refused or could not be reached.
    #[error("database: {0}")]
    Database(#[from] sea_orm::DbErr),
    /// A sealed value could not be opened, or a key could not be used.
    #[error("crypto: {0}")]
    Crypto(#[from] crate::crypto::CryptoError),
    /// A stored value is not one of those that the program writes.
    #[error("stored value of {column} is not understood: {value}")]
    Corrupt {
        /// Table and column.
        column: &'static str,
        /// The value that stands there.
        value: String,
    },
    /// A setting or a file stops the program, said in one line.
    #[error("{0}")]
    Setup(String),
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// Its path.
        path: String,
        /// The reason.
        source: std::io::Error,
    },
    /// A background task died.
    #[error("background task: {0}")]
    Task(#[from] tokio::task::JoinError),
}

/// Logged here: nobody outside learns more than that it failed.
impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        tracing::error!(%error, "a page request failed inside");
        Self::Unavailable
    }
}

/// The result of anything that can fail inside.
pub type Result<T, E = Error> = std::result::Result<T, E>;
