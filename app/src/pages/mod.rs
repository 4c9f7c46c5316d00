//! One module per route.

pub(crate) mod apps;
pub(crate) mod consent;
pub(crate) mod home;
pub(crate) mod not_found;
pub(crate) mod problem;
pub(crate) mod product;
pub(crate) mod sign_in;
