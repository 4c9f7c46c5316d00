//! Operations that stand above several kinds of things.

pub mod authorize;
pub mod bearer;
pub mod by_operator;
pub mod client_administration;
pub mod client_authentication;
pub mod consent;
pub mod endings;
pub mod joining;
pub mod passwords;
pub mod set_up;
pub mod sign_in;
pub mod token;
pub mod user_administration;
