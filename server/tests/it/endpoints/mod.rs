//! The protocol's endpoints: authorization and consent, tokens, registration, introspection, revocation, discovery, and how
//! clients prove who they are.

pub mod authorize;
pub mod client_assertions;
pub mod client_credentials;
pub mod client_key_algorithms;
pub mod client_proofs;
pub mod code_replays;
pub mod consent;
pub mod consent_bindings;
pub mod discovery;
pub mod http_basics;
pub mod introspect;
pub mod introspection_rights;
pub mod lifetimes;
pub mod programs;
pub mod refresh;
pub mod refresh_replays;
pub mod register;
pub mod revoke;
pub mod superseding;
pub mod token;
