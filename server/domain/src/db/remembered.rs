//! What was read a moment ago, as long as nothing was written that it could have been read from: who asks often does not
//! ask the database each time.
//!
//! Only where nothing can change behind the back of this process: on SQLite. A write of this process makes all of it old
//! before it is acknowledged, so a revocation bites on the next call; only writes to tables that nothing is remembered of
//! do not. On PostgreSQL another replica may have written, and everybody asks.

use moka::sync::Cache;

use super::Database;
use crate::{
    clock::{Millis, SECOND},
    error::Result,
};

/// For how long at most, in case another program writes into the file.
const LIFETIME: Millis = SECOND;
/// Tables that nothing may be remembered of: what happens all the time is written there.
pub const PASSING: [&str; 7] = [
    "audit_events",
    "authorization_requests",
    "codes",
    "refresh_tokens",
    "service_tokens",
    "used_assertions",
    "work_items",
];

/// Says if a statement changes nothing that could be remembered. No table has triggers, and no row of these takes others
/// with it.
pub(super) fn is_passing(statement: &str) -> bool {
    let statement = statement.trim_start();
    if statement.starts_with("SELECT ") {
        return true;
    }
    let changed =
        ["INSERT INTO ", "UPDATE ", "DELETE FROM "].iter().find_map(|verb| statement.strip_prefix(verb));
    let table = changed.and_then(|rest| rest.split_whitespace().next()).map(|table| table.trim_matches('"'));
    table.is_some_and(|table| PASSING.contains(&table))
}

#[derive(Clone)]
struct Found<V> {
    value: V,
    /// The count of changes when it was looked up, read before.
    changes: u64,
    /// The moment when it was looked up, by the monotonic clock.
    at: Millis,
}

/// Values by what they were looked up for. Clones share them.
#[derive(Clone)]
pub(crate) struct Remembered<V>(Cache<String, Found<V>>);

impl<V: Clone + Send + Sync + 'static> Remembered<V> {
    /// Remembers as many as `size` says, each of its own size.
    pub(crate) fn new(size: u64, of: fn(&V) -> u32) -> Self {
        Self(Cache::builder().max_capacity(size).weigher(move |_, found: &Found<V>| of(&found.value)).build())
    }

    /// Looks up the value of this key, or takes it from memory where it cannot have changed. `moment` is the monotonic
    /// clock's. Keys without a value are not remembered.
    ///
    /// # Errors
    /// Those of looking it up.
    pub(crate) async fn get(
        &self,
        (db, moment): (&Database, Millis),
        key: &str,
        look_up: impl Future<Output = Result<Option<V>>>,
    ) -> Result<Option<V>> {
        let Some(changes) = db.changes() else { return look_up.await };
        let fresh = |found: &Found<V>| found.changes == changes && moment < found.at + LIFETIME;
        if let Some(found) = self.0.get(key).filter(fresh) {
            return Ok(Some(found.value));
        }
        let value = look_up.await?;
        if let Some(value) = value.clone() {
            self.0.insert(key.to_owned(), Found { value, changes, at: moment });
        }
        Ok(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_surely_changes_nothing_else_passes() {
        for (statement, passes) in [
            ("SELECT * FROM grants FOR UPDATE", true),
            ("  INSERT INTO \"refresh_tokens\" (\"hash\") VALUES ($1)", true),
            ("INSERT INTO service_tokens (jti)\nSELECT $1 FROM grants", true),
            ("UPDATE \"codes\" SET x = 1", true),
            ("DELETE FROM audit_events WHERE id = $1", true),
            ("UPDATE grants SET x = 1", false),
            ("INSERT INTO \"revoked_tokens\" VALUES ($1)", false),
            ("INSERT INTO \"refresh_tokens_2\" VALUES ($1)", false),
            ("INSERT OR REPLACE INTO codes VALUES ($1)", false),
            ("WITH a AS (SELECT 1) DELETE FROM codes", false),
            ("DELETE FROM clients", false),
            ("PRAGMA x", false),
            ("", false),
        ] {
            assert_eq!(is_passing(statement), passes, "{statement}");
        }
    }
}
