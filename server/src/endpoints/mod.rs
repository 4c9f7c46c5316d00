//! The protocol, one endpoint a file.

pub mod authorize;
pub mod client_logo;
pub mod consent;
pub mod discovery;
pub mod forms;
pub mod health;
pub mod introspect;
pub mod jwks;
pub mod register;
pub mod revoke;
pub mod revoke_grant;
pub mod sign_in;
pub mod site;
pub mod token;
