//! HTTP tests against the real router, one file per endpoint, named after the items of the protocol they prove.
//!
//! They run on SQLite; with `GATEPASS_TEST_POSTGRES` (a URL of a role that may create databases) on PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

mod access_rule;
mod activity;
mod admin_clients;
mod authorize;
mod bounds;
mod browser_policy;
mod bystanders;
mod client_assertions;
mod client_credentials;
mod client_documents;
mod client_entries;
mod client_key_algorithms;
mod client_life;
mod client_proofs;
mod client_races;
mod client_rights;
#[cfg(unix)]
mod closed_network;
mod code_replays;
mod command_line;
mod config;
mod connected_apps;
#[cfg(target_os = "linux")]
mod connections;
mod consent;
mod consent_bindings;
mod cookie_rules;
#[cfg(unix)]
mod crashes;
mod database_file;
mod discovery;
mod document_care;
mod document_failures;
mod document_marks;
mod document_outages;
mod fetch;
mod fetch_limits;
#[cfg(target_os = "linux")]
mod full_disk;
mod grant_states;
mod hostile;
mod http_basics;
mod introspect;
mod introspection_rights;
mod key_rotation;
mod lifetimes;
mod limits;
mod live_grants;
mod logs;
mod lost_memberships;
mod mcp;
mod oauth_apps;
mod page_rights;
mod passwords;
#[cfg(unix)]
mod plain_forms;
mod process;
mod programs;
mod protocol_items;
mod query_plans;
mod races;
mod refresh;
mod refresh_replays;
mod register;
mod rest;
mod revoke;
mod revoke_races;
mod row_level_security;
mod server_functions;
mod session;
mod storage;
mod storms;
mod superseding;
mod sweeps;
mod token;
mod token_counts;
mod usage_failures;
mod visible_text;
mod way_back;
