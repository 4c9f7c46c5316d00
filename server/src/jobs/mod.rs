//! Work that nobody waits for: use counts, the removal of what has ended, and the news about signing keys.

pub mod cleanup;
pub mod signing_keys;
pub mod usage;
