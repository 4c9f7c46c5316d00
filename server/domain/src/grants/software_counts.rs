//! Counts that grants keep for the software of their client: people and live grants.
//!
//! A grant that comes to life or ends says so in a column of its own. The counts follow within a second, and before
//! anybody looks at them: nobody who signs in waits for the row that all users of a popular program share.

use std::collections::BTreeMap;

use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, FromQueryResult, QueryFilter,
    sea_query::{Expr, SimpleExpr},
};
use types::id::{GrantId, UserId};

use super::tables::grant::{self, Column};
use crate::{
    db::{Database, database::sql, listing},
    error::Result,
};

/// Most grants that are counted in one transaction.
const AT_ONCE: usize = 500;

/// A grant whose coming or going is not counted yet.
#[derive(FromQueryResult)]
struct Uncounted {
    id: GrantId,
    user_id: UserId,
    entry_id: String,
    /// 1 or -1.
    uncounted: i64,
}

/// The value of a grant's column when it comes to life.
pub(super) fn one_more() -> SimpleExpr {
    Expr::cust("NULLIF(COALESCE(uncounted, 0) + 1, 0)")
}

/// The value of a grant's column when it ends.
pub(super) fn one_less() -> SimpleExpr {
    Expr::cust("NULLIF(COALESCE(uncounted, 0) - 1, 0)")
}

/// Counts every grant that came to life or ended since it was done last.
pub async fn settle(db: &Database) -> Result<()> {
    let any = "SELECT id FROM grants WHERE uncounted IS NOT NULL LIMIT 1";
    while listing::one::<GrantId>(db.read(), sql(db.read(), any, [])).await?.is_some() {
        // The rest is with another replica.
        if settle_some(db).await? == 0 {
            return Ok(());
        }
    }
    Ok(())
}

/// Counts some of them. Returns how many.
async fn settle_some(db: &Database) -> Result<usize> {
    let transaction = db.begin().await?;
    let query =
        "SELECT g.id, g.user_id, c.entry_id, g.uncounted FROM grants g JOIN clients c ON c.id = g.client_id
        WHERE g.uncounted IS NOT NULL ORDER BY g.id LIMIT $1";
    let postgres = transaction.get_database_backend() == DatabaseBackend::Postgres;
    let locking = if postgres { " FOR UPDATE OF g SKIP LOCKED" } else { "" };
    let some = sql(&transaction, &format!("{query}{locking}"), [(AT_ONCE as i64).into()]);
    let some = Uncounted::find_by_statement(some).all(&transaction).await?;

    let mut entries = BTreeMap::<&str, BTreeMap<&str, i64>>::new();
    for grant in &some {
        *entries.entry(&grant.entry_id).or_default().entry(&grant.user_id).or_default() += grant.uncounted;
    }
    for (entry_id, people) in entries {
        count(&transaction, entry_id, &people).await?;
    }
    let counted = grant::Entity::update_many()
        .col_expr(Column::Uncounted, Expr::value(None::<i64>))
        .filter(Column::Id.is_in(some.iter().map(|grant| &grant.id)));
    counted.exec(&transaction).await?;
    transaction.commit().await?;
    Ok(some.len())
}

/// Adds what people have more or less of an entry. It is gone when all its clients are.
async fn count(db: &impl ConnectionTrait, entry_id: &str, people: &BTreeMap<&str, i64>) -> Result<()> {
    // Whoever changes the entry first has it, and everybody else waits here and then sees what was counted.
    let entry = "UPDATE client_entries SET grants = grants + $2 WHERE id = $1";
    let more: i64 = people.values().sum();
    if db.execute_raw(sql(db, entry, [entry_id.into(), more.into()])).await?.rows_affected() == 0 {
        return Ok(());
    }
    let mut users = 0_i64;
    for (&user_id, &more) in people.iter().filter(|&(_, &more)| more != 0) {
        let person = "INSERT INTO client_entry_users (entry_id, user_id, grants) VALUES ($1, $2, $3)
            ON CONFLICT (entry_id, user_id) DO UPDATE SET grants = client_entry_users.grants + $3 RETURNING grants";
        let values = [entry_id.into(), user_id.into(), more.into()];
        let now: i64 = listing::one(db, sql(db, person, values)).await?.unwrap_or_default();
        if now == more {
            users += 1;
        }
        if now == 0 {
            users -= 1;
            let nothing = "DELETE FROM client_entry_users WHERE entry_id = $1 AND user_id = $2";
            db.execute_raw(sql(db, nothing, [entry_id.into(), user_id.into()])).await?;
        }
    }
    let entry = "UPDATE client_entries SET users = users + $2 WHERE id = $1 AND $2 <> 0";
    db.execute_raw(sql(db, entry, [entry_id.into(), users.into()])).await?;
    Ok(())
}

/// Forgets what is not counted of an entry that is gone: another one may come in its place.
pub(crate) async fn forget(db: &impl ConnectionTrait, entry_id: &str) -> Result<()> {
    let query = "UPDATE grants SET uncounted = NULL WHERE uncounted IS NOT NULL
        AND client_id IN (SELECT id FROM clients WHERE entry_id = $1)";
    db.execute_raw(sql(db, query, [entry_id.into()])).await?;
    Ok(())
}
