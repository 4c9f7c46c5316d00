//! The pure rules of the authorization server: no requests, no rows, no time of their own.

pub mod access;
pub mod authorization;
pub mod caller;
pub mod client;
pub mod client_assertion;
pub mod client_document;
pub mod client_metadata;
pub mod error_code;
pub mod letters;
pub mod params;
pub mod pkce;
pub mod redirect_uri;
pub mod resource;
pub mod scope;
pub mod software;
pub mod text;
