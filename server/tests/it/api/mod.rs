//! What tokens open: MCP, REST, and what decides about each call.

mod access_rule;
mod grant_states;
mod live_grants;
mod lost_memberships;
mod mcp;
mod rest;
mod row_level_security;
