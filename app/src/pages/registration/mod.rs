//! Apps, one by one: for the people who registered them, and for administrators.

pub(crate) mod admin_client;
pub(crate) mod oauth_app;
pub(crate) mod oauth_apps;
