//! Use counts of grants: counted in memory, written every second and at the end.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio_util::sync::CancellationToken;

use crate::{
    clock::Millis,
    error::Result,
    storage::{Database, grants},
};

#[derive(Clone, Copy)]
struct Uses {
    calls: i64,
    last: Millis,
}

/// Calls that are not written yet, by grant.
#[derive(Default)]
pub struct UsageCounter(Mutex<HashMap<String, Uses>>);

impl UsageCounter {
    /// Counts a call.
    pub fn count(&self, grant_id: &str, now: Millis) {
        self.add(grant_id.to_owned(), Uses { calls: 1, last: now });
    }

    fn add(&self, grant_id: String, more: Uses) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let uses = counts.entry(grant_id).or_insert(Uses { calls: 0, last: more.last });
        uses.calls += more.calls;
        uses.last = uses.last.max(more.last);
    }

    /// Writes what was counted. What could not be written is counted again next time.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn flush(&self, db: &Database) -> Result<()> {
        let counts = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if counts.is_empty() {
            return Ok(());
        }
        let written = write(db, &counts).await;
        if written.is_err() {
            for (grant_id, uses) in counts {
                self.add(grant_id, uses);
            }
        }
        written
    }
}

async fn write(db: &Database, counts: &HashMap<String, Uses>) -> Result<()> {
    let transaction = db.begin().await?;
    // In one order everywhere, so that two replicas cannot wait for each other.
    let mut in_order: Vec<_> = counts.iter().collect();
    in_order.sort_by_key(|(grant_id, _)| *grant_id);
    for (grant_id, uses) in in_order {
        grants::count_uses(&transaction, grant_id, uses.calls, uses.last).await?;
    }
    Ok(transaction.commit().await?)
}

/// Flushes every second until `stop`, and once more then.
pub async fn run(usage: Arc<UsageCounter>, db: Database, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    loop {
        let last = tokio::select! {
            _ = ticks.tick() => false,
            () = stop.cancelled() => true,
        };
        if let Err(error) = usage.flush(&db).await {
            tracing::error!(%error, "use counts could not be written");
        }
        if last {
            return;
        }
    }
}
