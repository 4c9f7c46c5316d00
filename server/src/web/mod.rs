//! Extractors and layers.

pub mod address;
pub mod bearer;
pub mod client_auth;
pub mod compression;
pub mod connections;
pub mod cookies;
pub mod descriptors;
pub mod form;
pub mod known_browsers;
pub mod media_type;
pub mod moved;
pub mod notice;
pub mod oauth_error;
pub mod page_limit;
pub mod pages;
pub mod plain_page;
pub mod request_id;
pub mod same_origin;
pub mod security_headers;
pub mod serve;
pub mod server_functions;
pub mod session;
pub mod spelling;
pub mod unread_body;
pub mod unusable_database;
pub mod user_agent;
