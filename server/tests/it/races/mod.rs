//! Things that happen at the same time.

mod clients;
mod revocation;
mod storms;
mod tokens;
mod workspaces;
