//! One module per route, and `client` for what pages about one client share.

pub(crate) mod admin_client;
pub(crate) mod admin_clients;
pub(crate) mod apps;
pub(crate) mod client;
pub(crate) mod consent;
pub(crate) mod home;
pub(crate) mod not_found;
pub(crate) mod oauth_app;
pub(crate) mod oauth_apps;
pub(crate) mod problem;
pub(crate) mod product;
pub(crate) mod sign_in;
