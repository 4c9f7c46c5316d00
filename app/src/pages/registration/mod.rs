//! Apps that people register and administrators look after; `client` is what pages about one of them share.

pub(crate) mod admin_client;
pub(crate) mod admin_clients;
pub(crate) mod client;
pub(crate) mod oauth_app;
pub(crate) mod oauth_apps;
