//! Counts: uses are counted in memory, and written every second and at the end; what grants came and went is counted then
//! too.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio_util::sync::CancellationToken;
use types::id::GrantId;

use crate::{
    clients::{secrets, software},
    clock::Millis,
    db::Database,
    error::Result,
    grants::{self, service_tokens::WaitingTokens, software_counts},
};

#[derive(Clone)]
struct Uses {
    calls: i64,
    last: Millis,
    /// The entry of the grant's client.
    entry_id: String,
}

#[derive(Default)]
struct Counts {
    grants: HashMap<GrantId, Uses>,
    /// The moments when clients last authenticated with their secrets.
    secrets: HashMap<String, Millis>,
}

impl Counts {
    fn is_empty(&self) -> bool {
        self.grants.is_empty() && self.secrets.is_empty()
    }

    fn add_calls(&mut self, grant_id: GrantId, more: Uses) {
        match self.grants.entry(grant_id) {
            Entry::Vacant(free) => {
                free.insert(more);
            }
            Entry::Occupied(mut taken) => {
                let uses = taken.get_mut();
                uses.calls += more.calls;
                uses.last = uses.last.max(more.last);
            }
        }
    }

    fn add_secret(&mut self, secret_id: String, at: Millis) {
        let last = self.secrets.entry(secret_id).or_insert(at);
        *last = at.max(*last);
    }
}

/// Uses that are not written yet, by grant and by client secret.
#[derive(Default)]
pub struct UsageCounter {
    counts: Mutex<Counts>,
    /// The tokens of clients that act by themselves.
    pub tokens: WaitingTokens,
}

impl UsageCounter {
    /// Counts a call through a grant; `entry_id` is that of its client.
    pub fn count(&self, grant_id: &GrantId, entry_id: &str, now: Millis) {
        let uses = Uses { calls: 1, last: now, entry_id: entry_id.to_owned() };
        self.counts().add_calls(grant_id.to_owned(), uses);
    }

    /// Notes that a client authenticated with a secret.
    pub fn secret_used(&self, secret_id: String, now: Millis) {
        self.counts().add_secret(secret_id, now);
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what was counted. What could not be written is counted again next time.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn flush(&self, db: &Database) -> Result<()> {
        let counted = self.write_counts(db).await;
        self.tokens.write(db).await.and(counted)
    }

    /// Writes the tokens that wait before somebody counts them. If they cannot be written, they are not counted.
    pub async fn settle_tokens(&self, db: &Database) {
        if let Err(error) = self.tokens.write(db).await {
            tracing::error!(%error, "tokens could not be written");
        }
    }

    async fn write_counts(&self, db: &Database) -> Result<()> {
        let counts = std::mem::take(&mut *self.counts());
        if counts.is_empty() {
            return Ok(());
        }
        let written = write(db, &counts).await;
        if written.is_err() {
            let mut again = self.counts();
            counts.grants.into_iter().for_each(|(id, uses)| again.add_calls(id, uses));
            counts.secrets.into_iter().for_each(|(id, at)| again.add_secret(id, at));
        }
        written
    }
}

async fn write(db: &Database, counts: &Counts) -> Result<()> {
    let transaction = db.begin().await?;
    // In one order everywhere, so that two replicas, or one and whoever deletes a client, cannot wait for each other.
    for (secret_id, at) in counts.secrets.iter().collect::<BTreeMap<_, _>>() {
        secrets::touch(&transaction, secret_id, *at).await?;
    }
    let grants: BTreeMap<_, _> = counts.grants.iter().collect();
    let mut entries = BTreeMap::<&str, Millis>::new();
    for (grant_id, uses) in grants {
        grants::count_uses(&transaction, grant_id, uses.calls, uses.last).await?;
        let last = entries.entry(&uses.entry_id).or_insert(uses.last);
        *last = uses.last.max(*last);
    }
    for (entry_id, last) in entries {
        software::touch(&transaction, entry_id, last).await?;
    }
    transaction.commit().await
}

/// Counts every second until `stop`, and once more then.
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
        if let Err(error) = software_counts::settle(&db).await {
            tracing::error!(%error, "what came and went of grants could not be counted");
        }
        if last {
            return;
        }
    }
}
