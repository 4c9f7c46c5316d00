//! What tokens open: MCP, REST, and what decides about each call.

pub mod access_rule;
pub mod grant_states;
pub mod live_grants;
pub mod lost_memberships;
pub mod mcp;
pub mod rest;
pub mod row_level_security;
