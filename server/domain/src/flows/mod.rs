//! What stands above several kinds of things.

pub mod consent;
