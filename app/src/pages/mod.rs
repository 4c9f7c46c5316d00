//! One folder an area, one module a route. What lies beside the folders is in the main part.

pub(crate) mod account;
pub(crate) mod client;
pub(crate) mod consent;
pub(crate) mod entry;
pub(crate) mod home;
pub(crate) mod not_found;
pub(crate) mod problem;
pub(crate) mod registration;
mod tabs;
pub(crate) mod workspace;
