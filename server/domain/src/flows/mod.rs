//! Operations that stand above several kinds of things.

pub mod client_administration;
pub mod consent;
pub mod sign_in;
