//! HTTP tests against the real router, grouped by kind, and named after the items of the protocol they prove.
//!
//! They run on SQLite; with `GATEPASS_TEST_POSTGRES` (a URL of a role that may create databases) on PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

mod api;
mod bounds;
mod documents;
mod endpoints;
mod hostile;
mod pages;
mod process;
mod protocol_items;
mod races;
mod storage;
mod workspaces;
