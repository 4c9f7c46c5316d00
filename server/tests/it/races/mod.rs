//! Things that happen at the same time.

pub mod clients;
pub mod revocation;
pub mod storms;
pub mod tokens;
