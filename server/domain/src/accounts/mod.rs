//! People who sign in, and their sessions.

pub mod sessions;
pub mod tables;
pub mod users;
