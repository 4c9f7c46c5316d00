//! The resources that tokens open, MCP and REST, and what decides about each call.

mod access_rule;
mod grant_states;
mod live_grants;
mod lost_memberships;
mod mcp_protocol;
mod mcp_rights;
mod mcp_tokens;
mod mcp_tools;
mod rest;
mod rest_access;
mod row_level_security;
mod streaming;
