//! The protocol's endpoints: authorization and consent, tokens, registration, introspection, revocation, discovery, and how
//! clients prove who they are.

mod authorize;
mod client_assertions;
mod client_credentials;
mod client_key_algorithms;
mod client_key_sets;
mod client_proofs;
mod code_replays;
mod consent;
mod consent_bindings;
mod discovery;
mod http_basics;
mod introspect;
mod introspection_rights;
mod known_clients;
mod lifetimes;
mod programs;
mod refresh;
mod refresh_replays;
mod register;
mod revoke;
mod superseding;
mod token;
