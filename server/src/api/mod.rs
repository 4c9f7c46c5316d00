//! The resources that tokens open: views of the registry.

mod events;
mod json_body;
pub mod mcp;
mod messages;
mod origins;
mod require_bearer;
pub mod rest;

/// Longest body of a call, in bytes.
const BODY_MAX: usize = 1024 * 1024;
