//! The reasons why a procedure did not do what it was asked, and the words for bad arguments.

use serde_json::error::Error as JsonError;
use serde_path_to_error::Error as PathError;

use crate::{error::Error, oauth::access::Refusal};

/// Longest message about bad arguments, and longest name of one, in characters: serde repeats what it was given.
const MESSAGE_MAX: usize = 300;

/// The reason why a procedure did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ProcedureError {
    /// There is no such thing in the caller's product.
    #[error("There is no {0} with this id here.")]
    NotFound(&'static str),
    /// The arguments cannot be taken.
    #[error("{}{message}", field.as_ref().map(|field| format!("{field}: ")).unwrap_or_default())]
    Invalid {
        /// The argument at fault, if it is one.
        field: Option<String>,
        /// Its fault, as a sentence for the caller.
        message: String,
    },
    /// The caller may not do this.
    #[error("Not allowed: {0}.")]
    Refused(Refusal),
    /// Something failed inside; nothing of it goes on the wire.
    #[error("The server could not answer, try again.")]
    Internal(#[from] Error),
}

impl ProcedureError {
    /// A word for the log, where what the caller sent does not belong.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "not found",
            Self::Invalid { .. } => "bad arguments",
            Self::Refused(_) => "not allowed",
            Self::Internal(_) => "failed inside",
        }
    }
}

impl From<sea_orm::DbErr> for ProcedureError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Internal(error.into())
    }
}

/// Names the argument at fault: by its path, or for a missing or unknown one by serde's own words.
pub(super) fn bad_arguments(error: PathError<JsonError>) -> ProcedureError {
    let path: String = error.path().to_string().chars().take(MESSAGE_MAX).collect();
    let message: String = error.into_inner().to_string().chars().take(MESSAGE_MAX).collect();
    let named = ["missing field `", "unknown field `"].iter().find_map(|start| message.strip_prefix(start));
    let field = match named.and_then(|rest| rest.split_once('`')) {
        Some((field, _)) => Some(field.to_owned()),
        None => Some(path).filter(|path| path != "."),
    };
    ProcedureError::Invalid { field, message }
}
