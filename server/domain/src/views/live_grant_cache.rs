//! Grants as they were found a moment ago.

use std::sync::Arc;

use types::id::{ClientId, GrantId};

use crate::{
    clock::Millis,
    db::{Database, remembered::Remembered},
    error::Result,
    views::live_grants::{self, LiveGrant},
};

/// Number of grants of each kind that are remembered.
const REMEMBERED: u64 = 10_000;

/// Live grants: by the `jti` of the access token that they were looked up for, and those of clients that act by themselves.
#[derive(Clone)]
pub struct LiveGrants {
    of_calls: Remembered<(Arc<LiveGrant>, bool)>,
    of_services: Remembered<Arc<LiveGrant>>,
}

impl Default for LiveGrants {
    fn default() -> Self {
        Self { of_calls: Remembered::new(REMEMBERED, |_| 1), of_services: Remembered::new(REMEMBERED, |_| 1) }
    }
}

impl LiveGrants {
    /// The grant behind an access token, as it is now, and whether the token was revoked. `None` when there is no such
    /// grant. `moment` is the monotonic clock's.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn of_call(
        &self,
        db: &Database,
        grant_id: &GrantId,
        jti: &str,
        moment: Millis,
    ) -> Result<Option<(Arc<LiveGrant>, bool)>> {
        let look_up = async {
            let found = live_grants::lookup_of_call(db.read(), grant_id, jti).await?;
            Ok(found.map(|(grant, token_revoked)| (Arc::new(grant), token_revoked)))
        };
        let found = self.of_calls.get((db, moment), jti, look_up).await?;
        // A token has one grant.
        Ok(found.filter(|(grant, _)| grant.id == *grant_id))
    }

    /// The grant with which a client acts by itself, if somebody let it. `moment` is the monotonic clock's.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn of_service(
        &self,
        db: &Database,
        client_id: &ClientId,
        moment: Millis,
    ) -> Result<Option<Arc<LiveGrant>>> {
        let look_up = async { Ok(live_grants::find_of_service(db.read(), client_id).await?.map(Arc::new)) };
        self.of_services.get((db, moment), client_id, look_up).await
    }
}
