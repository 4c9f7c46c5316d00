//! What Gatepass does, without HTTP and without pages: clients, grants, tokens and data, and the rules about them.
#![recursion_limit = "256"]

pub mod client_metadata;
pub mod clock;
pub mod config;
pub mod crypto;
pub mod demo;
pub mod error;
pub mod fetch;
pub mod jobs;
pub mod oauth;
pub mod procedures;
pub mod rate_limit;
pub mod storage;
