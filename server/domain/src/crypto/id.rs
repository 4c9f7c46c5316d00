//! Identifiers: a prefix that tells what they are, and a ULID.

use std::sync::atomic::{AtomicU32, Ordering};

use types::id::Id;
use ulid::Ulid;

use super::random;
use crate::clock::Millis;

/// Counts identifiers, so that those of one millisecond keep their order too.
static COUNT: AtomicU32 = AtomicU32::new(0);

/// A new identifier such as `grt_01J…`, ordered by the time at which it was made, and in one process by the order in
/// which they were made. No secret: 48 of its bits are random.
pub fn new(prefix: &str, now: Millis) -> String {
    let count = u128::from(COUNT.fetch_add(1, Ordering::Relaxed));
    let random = u128::from(u64::from_le_bytes(random::bytes()) >> 16);
    let rest = (count << 48) | random;
    let ulid = Ulid::from_parts(u64::try_from(now).unwrap_or(0), rest);
    format!("{prefix}_{ulid}")
}

/// A new identifier of a kind, as [`new`] makes them.
pub fn typed<T: Id>(now: Millis) -> T {
    T::of(new(T::PREFIX, now))
}

/// No identifier of this kind that was made at `at` or later comes before this one.
pub fn earliest(prefix: &str, at: Millis) -> String {
    format!("{prefix}_{}", Ulid::from_parts(u64::try_from(at).unwrap_or(0), 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_ones_sort_behind_earlier_ones() {
        let ids = [new("evt", 5), new("evt", 5), new("evt", 5), new("evt", 6)];
        assert!(ids.is_sorted(), "{ids:?}");
        assert!(earliest("evt", 6) < ids[3] && earliest("evt", 6) > ids[2], "{ids:?}");
        assert!(ids.iter().all(|id| id.len() == 30), "{ids:?}");
    }
}
