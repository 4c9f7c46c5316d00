//! What stands above several kinds of things.

pub mod authorization_requests;
pub mod consent;
