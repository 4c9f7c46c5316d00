//! The resources that tokens open: views of the registry.

mod json_body;
pub mod mcp;
mod messages;
mod origins;
mod require_bearer;
pub mod rest;

use crate::state::AppState;
use domain::procedures::Context;

/// Longest body of a call, in bytes.
const BODY_MAX: usize = 1024 * 1024;

/// The means that procedures work with.
fn context(state: &AppState) -> Context {
    Context { db: state.db.clone(), clock: state.clock.clone() }
}
