//! Access tokens of clients that act by themselves: kept to be counted, not to be checked. They are written a little
//! after they were given.

use std::sync::{Mutex, MutexGuard, PoisonError};

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use types::id::GrantId;

use crate::{
    clock::Millis,
    db::{
        Database,
        database::{CHUNK, sql},
        listing,
        pieces::Pieces,
    },
    error::Result,
    grants::tables::service_token,
};

/// Most tokens of a grant that are counted.
pub const GRANT_MAX: i64 = 10_000;
/// Most tokens that wait to be written.
pub const WAITING_MAX: usize = 10_000;

/// A token that was given.
#[derive(Clone, Debug)]
pub struct ServiceToken {
    /// Its id.
    pub jti: String,
    /// The grant that opens it.
    pub grant_id: GrantId,
    /// The moment from which it opens nothing.
    pub expires_at: Millis,
}

/// Tokens that wait to be written, the oldest first.
#[derive(Debug, Default)]
pub struct WaitingTokens {
    tokens: Mutex<Vec<ServiceToken>>,
    /// Whoever writes has this: who wants to count waits for what is on its way.
    writing: tokio::sync::Mutex<()>,
}

impl WaitingTokens {
    fn tokens(&self) -> MutexGuard<'_, Vec<ServiceToken>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a token before it is given. When too many wait, they are written first.
    ///
    /// # Errors
    /// When they cannot be: then the token must not be given.
    pub async fn add(&self, db: &Database, token: ServiceToken) -> Result<()> {
        if self.tokens().len() >= WAITING_MAX {
            self.write(db).await?;
        }
        self.tokens().push(token);
        Ok(())
    }

    /// Writes them, some hundreds in a transaction. Those that could not be written wait for the next time, also when
    /// nobody waits for this any more.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn write(&self, db: &Database) -> Result<()> {
        let _writing = self.writing.lock().await;
        let mut taken = Taken { tokens: std::mem::take(&mut *self.tokens()), from: self };
        while !taken.tokens.is_empty() {
            let many = taken.tokens.len().min(CHUNK);
            write_some(db, &taken.tokens[..many]).await?;
            taken.tokens.drain(..many);
        }
        Ok(())
    }
}

/// Tokens that are being written. Dropped, they wait again.
struct Taken<'a> {
    tokens: Vec<ServiceToken>,
    from: &'a WaitingTokens,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut waiting = self.from.tokens();
        self.tokens.append(&mut waiting);
        *waiting = std::mem::take(&mut self.tokens);
    }
}

/// Writes those whose grants are still there, and which a commit that only seemed to fail has not kept.
async fn write_some(db: &Database, tokens: &[ServiceToken]) -> Result<()> {
    let text = "INSERT INTO service_tokens (jti, grant_id, expires_at)
        SELECT $1, id, CAST($3 AS bigint) FROM grants WHERE id = $2 ON CONFLICT DO NOTHING";
    let transaction = db.begin().await?;
    for ServiceToken { jti, grant_id, expires_at } in tokens {
        let values = [jti.clone().into(), grant_id.clone().into(), (*expires_at).into()];
        transaction.execute_raw(sql(&transaction, text, values)).await?;
    }
    transaction.commit().await
}

/// Forgets those that have ended.
pub async fn remove_expired(pieces: Pieces<'_>, before: Millis) -> Result<()> {
    let ended = service_token::Entity::find().filter(service_token::Column::ExpiresAt.lt(before));
    pieces.remove(ended.order_by_asc(service_token::Column::ExpiresAt)).await
}

/// Forgets the oldest of a grant that has got more than [`GRANT_MAX`]: they are counted as ended, and go on working.
pub async fn forget_surplus(pieces: Pieces<'_>) -> Result<()> {
    let read = pieces.db().lists();
    let many = "SELECT grant_id FROM service_tokens GROUP BY grant_id HAVING COUNT(*) > $1";
    for grant in listing::all::<GrantId>(read, sql(read, many, [GRANT_MAX.into()])).await? {
        let oldest = "SELECT expires_at FROM service_tokens WHERE grant_id = $1
            ORDER BY expires_at DESC LIMIT 1 OFFSET $2";
        let values = [grant.clone().into(), GRANT_MAX.into()];
        let Some(ends) = listing::one::<Millis>(read, sql(read, oldest, values)).await? else { continue };
        let surplus = service_token::Entity::find()
            .filter(service_token::Column::GrantId.eq(grant))
            .filter(service_token::Column::ExpiresAt.lte(ends));
        pieces.remove(surplus.order_by_asc(service_token::Column::ExpiresAt)).await?;
    }
    Ok(())
}
