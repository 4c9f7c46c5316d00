//! Clients: what people and administrators do with them.

pub mod administration;
mod credentials;
mod details;
mod documents;
mod form;
mod lifecycle;
pub mod own;
mod service_access;
