//! The back end of Gatepass: authorization server, MCP and REST, pages and their data.
#![recursion_limit = "512"]

pub mod api;
pub mod command_line;
pub mod commands;
pub mod endpoints;
pub mod log;
pub mod router;
pub mod start;
pub mod state;
pub mod web;

pub use router::router;
