//! Work that nobody waits for: use counts, the removal of what has ended, the news about signing keys, documents that
//! could not be fetched, and a look at the database.

pub mod cleanup;
pub mod client_documents;
pub mod database_watch;
pub mod signing_keys;
pub mod usage;
