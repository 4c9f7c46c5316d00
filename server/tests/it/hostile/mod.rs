//! Hostile input: properties that hold whatever strangers send. No 5xx, no panic (a panic of a handler is a 500), no
//! answer to an address that is not registered, no way off this server, nothing injected into pages or headers.
//!
//! `make test` tries a few cases of each, the same every time. `make fuzz` tries many, other ones each time. A property
//! that fails prints the smallest case found that breaks it, and the seed of the run.

mod authorize;
mod consent;
mod documents;
mod everywhere;
mod pages;
mod pure;
mod register;
mod token;
