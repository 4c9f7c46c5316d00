//! Work that nobody waits for: use counts, and the removal of what has ended.

pub mod cleanup;
pub mod usage;
