//! Identifiers: a prefix that tells what they are, and a ULID.

use ulid::Ulid;

use super::random;
use crate::clock::Millis;

/// A new identifier such as `grt_01J…`, ordered by the time at which it was made.
pub fn new(prefix: &str, now: Millis) -> String {
    let ulid = Ulid::from_parts(u64::try_from(now).unwrap_or(0), u128::from_le_bytes(random::bytes()));
    format!("{prefix}_{ulid}")
}
