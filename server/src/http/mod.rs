//! Extractors and layers.

pub mod address;
pub mod bearer;
pub mod client_auth;
pub mod cookies;
pub mod form;
pub mod oauth_error;
pub mod page_limit;
pub mod pages;
pub mod request_id;
pub mod same_origin;
pub mod security_headers;
pub mod session;
pub mod unread_body;
