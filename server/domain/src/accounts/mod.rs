//! People who sign in, and their sessions.

pub mod sessions;
#[cfg(not(feature = "tables"))]
mod tables;
#[cfg(feature = "tables")]
pub mod tables;
pub mod users;
