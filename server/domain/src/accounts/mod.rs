//! People who sign in, and their sessions.

pub mod email;
pub mod links;
pub mod names;
pub mod passwords;
pub mod profile;
pub mod sessions;
#[cfg(not(feature = "tables"))]
mod tables;
#[cfg(feature = "tables")]
pub mod tables;
pub mod users;
