//! Clients that describe themselves in a document at the address that is their ID, and what the server fetches for them.

pub mod care;
pub mod client_documents;
pub mod failures;
pub mod fetch;
pub mod fetch_limits;
pub mod marks;
pub mod outages;
