//! Grants as the last calls found them, so that a client that calls often does not ask the database each time.
//!
//! Only where nothing can change behind the back of this process: on SQLite. Any write of this process makes all of it
//! old before the write is acknowledged, so a revocation bites on the next call. On PostgreSQL another replica may have
//! written, and every call asks.

use std::sync::Arc;

use moka::sync::Cache;
use types::id::GrantId;

use crate::{
    clock::{Millis, SECOND},
    db::Database,
    error::Result,
    views::live_grants::{self, LiveGrant},
};

/// Number of grants that are remembered.
const REMEMBERED: u64 = 10_000;
/// For how long at most, in case another program writes into the file.
const LIFETIME: Millis = SECOND;

#[derive(Clone)]
struct Remembered {
    grant_id: GrantId,
    grant: Arc<LiveGrant>,
    token_revoked: bool,
    /// The count of changes when it was looked up, read before.
    changes: u64,
    /// The moment when it was looked up, by the monotonic clock.
    at: Millis,
}

/// Live grants by the `jti` of the access token that they were looked up for.
#[derive(Clone)]
pub struct LiveGrants(Cache<String, Remembered>);

impl Default for LiveGrants {
    fn default() -> Self {
        Self(Cache::new(REMEMBERED))
    }
}

impl LiveGrants {
    /// The grant behind an access token, as it is now, and whether the token was revoked. `None` when there is no such
    /// grant. `moment` is the monotonic clock's.
    pub async fn get(
        &self,
        db: &Database,
        grant_id: &GrantId,
        jti: &str,
        moment: Millis,
    ) -> Result<Option<(Arc<LiveGrant>, bool)>> {
        let changes = db.changes();
        let fresh = |found: &Remembered| {
            found.grant_id == *grant_id && Some(found.changes) == changes && moment < found.at + LIFETIME
        };
        if let Some(found) = self.0.get(jti).filter(fresh) {
            return Ok(Some((found.grant, found.token_revoked)));
        }
        let Some((grant, token_revoked)) = live_grants::lookup_of_call(db.read(), grant_id, jti).await?
        else {
            return Ok(None);
        };
        let grant = Arc::new(grant);
        if let Some(changes) = changes {
            let (grant_id, grant) = (grant_id.to_owned(), Arc::clone(&grant));
            let found = Remembered { grant_id, grant, token_revoked, changes, at: moment };
            self.0.insert(jti.to_owned(), found);
        }
        Ok(Some((grant, token_revoked)))
    }
}
