//! Errors of SQLite as SeaORM's, with their code.

use std::{borrow::Cow, error::Error, fmt, sync::Arc};

use rusqlite::ffi;
use sea_orm::{
    DbErr, RuntimeErr,
    sqlx::{
        self,
        error::{DatabaseError, ErrorKind},
    },
};

/// An error of SQLite, in the form that SeaORM has for errors of databases.
#[derive(Debug)]
struct Failure {
    message: String,
    /// The extended result code (<https://www.sqlite.org/rescode.html>).
    code: i32,
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "(code: {}) {}", self.code, self.message)
    }
}

impl Error for Failure {}

impl DatabaseError for Failure {
    fn message(&self) -> &str {
        &self.message
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        Some(self.code.to_string().into())
    }

    fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
        self
    }

    fn kind(&self) -> ErrorKind {
        match self.code {
            ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY => ErrorKind::UniqueViolation,
            ffi::SQLITE_CONSTRAINT_FOREIGNKEY => ErrorKind::ForeignKeyViolation,
            ffi::SQLITE_CONSTRAINT_NOTNULL => ErrorKind::NotNullViolation,
            ffi::SQLITE_CONSTRAINT_CHECK => ErrorKind::CheckViolation,
            _ => ErrorKind::Other,
        }
    }
}

/// An error of a statement.
pub(super) fn of_statement(error: rusqlite::Error) -> DbErr {
    match error {
        rusqlite::Error::SqliteFailure(error, message) => {
            let code = error.extended_code;
            let message = message.unwrap_or_else(|| ffi::code_to_str(code).to_owned());
            let failure = sqlx::Error::Database(Box::new(Failure { message, code }));
            DbErr::Exec(RuntimeErr::SqlxError(Arc::new(failure)))
        }
        other => DbErr::Exec(RuntimeErr::Internal(other.to_string())),
    }
}

/// Says if another process was in the way, so that the statement may be tried again.
pub(super) fn is_busy(error: &DbErr) -> bool {
    let DbErr::Exec(RuntimeErr::SqlxError(error)) = error else { return false };
    let code =
        error.as_database_error().and_then(|error| error.try_downcast_ref::<Failure>()).map(|f| f.code);
    code.is_some_and(|code| matches!(code & 0xFF, ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED))
}

/// An error of nobody's statement: what was asked for has ended, or is closed.
pub(super) fn ended(why: &str) -> DbErr {
    DbErr::Conn(RuntimeErr::Internal(why.to_owned()))
}
