//! Clients that describe themselves in a document at the address that is their ID, and what the server fetches for them.

mod care;
mod copies;
mod failures;
mod fetch;
mod fetch_limits;
mod marks;
mod outages;
mod rules;
