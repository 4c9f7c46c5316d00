//! The reason why a person does not get what they asked for.

use serde::{Deserialize, Serialize};

/// The reason why a person does not get what they asked for. Says nothing about the server's inside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Failure {
    /// Nobody is signed in.
    #[error("You are signed out.")]
    SignedOut,
    /// There is no such thing, or not for this person.
    #[error("This page does not exist, or you do not have access.")]
    NotFound,
    /// The person may see it but not do this.
    #[error("{0}")]
    Forbidden(String),
    /// A value cannot be taken.
    #[error("{message}")]
    Invalid {
        /// The name of the form field.
        field: String,
        /// Its fault.
        message: String,
    },
    /// Too much was asked in a short time.
    #[error("Too many requests. Wait a minute, then try again.")]
    TooMany,
    /// The request cannot be read.
    #[error("The server did not understand this. Load the page again.")]
    Malformed,
    /// The server could not answer; the log says why.
    #[error("Something went wrong on our side. Try again in a moment.")]
    Unavailable,
    /// The browser and the server did not understand each other.
    #[error("The server could not be reached. Check your connection and try again.")]
    Transport,
}

impl Failure {
    /// The HTTP status that goes with it.
    pub const fn status(&self) -> u16 {
        match self {
            Self::SignedOut => 401,
            Self::NotFound => 404,
            Self::Forbidden(_) => 403,
            Self::Invalid { .. } => 422,
            Self::TooMany => 429,
            Self::Malformed => 400,
            Self::Unavailable | Self::Transport => 500,
        }
    }

    /// Says if another try may go well.
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Invalid { .. } | Self::TooMany | Self::Unavailable | Self::Transport)
    }
}
