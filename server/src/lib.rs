//! The back end of Gatepass: authorization server, MCP and REST, pages and their data.
#![recursion_limit = "512"]

pub mod api;
pub mod client_metadata;
pub mod clock;
pub mod config;
pub mod crypto;
pub mod demo;
pub mod endpoints;
pub mod error;
pub mod fetch;
pub mod http;
pub mod jobs;
pub mod log;
pub mod oauth;
pub mod procedures;
pub mod rate_limit;
pub mod router;
pub mod services;
pub mod start;
pub mod state;
pub mod storage;

pub use router::router;
