//! The words that browser and server share: scopes, forms with their checks, rows. Nothing here knows a database, a token,
//! a clock or a page.

pub mod account;
pub mod activity;
pub mod admin;
pub mod apps;
pub mod client;
pub mod client_form;
pub mod consent;
pub mod failure;
pub mod form;
pub mod grant;
pub mod id;
pub mod oauth_apps;
pub mod paths;
pub mod people;
pub mod person;
pub mod problem;
pub mod procedure;
pub mod product;
pub mod redirect_uri;
pub mod role;
pub mod scope;
pub mod service_access;
pub mod slug;
pub mod timestamp;
pub mod web_address;
pub mod word;
pub mod work_item;
pub mod workspace;
