//! Work that nobody waits for: use counts, the removal of what has ended, the news about signing keys, and a look at the
//! database.

pub mod cleanup;
pub mod database_watch;
pub mod signing_keys;
pub mod usage;
