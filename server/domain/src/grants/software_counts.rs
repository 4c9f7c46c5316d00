//! Counts that grants keep for the software of their client: people and live grants.

use sea_orm::ConnectionTrait;
use types::id::{ClientId, UserId};

use crate::{db::database::sql, error::Result};

/// Counts a grant that came to life.
pub async fn increment(db: &impl ConnectionTrait, client_id: &ClientId, user_id: &UserId) -> Result<()> {
    let run = async |query: &str| {
        db.execute_raw(sql(db, query, [client_id.into(), user_id.into()])).await.map(|_| ())
    };
    count_grants(db, client_id, 1).await?;
    run("INSERT INTO client_entry_users (entry_id, user_id, grants)
        SELECT e.id, $2, 1 FROM client_entries e JOIN clients c ON c.entry_id = e.id WHERE c.id = $1
        ON CONFLICT (entry_id, user_id) DO UPDATE SET grants = client_entry_users.grants + 1")
    .await?;
    run("UPDATE client_entries SET users = users + 1
        WHERE id = (SELECT u.entry_id FROM client_entry_users u JOIN clients c ON c.entry_id = u.entry_id
            WHERE c.id = $1 AND u.user_id = $2 AND u.grants = 1)")
    .await?;
    Ok(())
}

/// Counts a grant that ended.
pub async fn decrement(db: &impl ConnectionTrait, client_id: &ClientId, user_id: &UserId) -> Result<()> {
    let run = async |query: &str| {
        db.execute_raw(sql(db, query, [client_id.into(), user_id.into()])).await.map(|_| ())
    };
    count_grants(db, client_id, -1).await?;
    run("UPDATE client_entry_users SET grants = grants - 1
        WHERE user_id = $2 AND entry_id = (SELECT entry_id FROM clients WHERE id = $1)")
    .await?;
    run("UPDATE client_entries SET users = users - 1
        WHERE id = (SELECT u.entry_id FROM client_entry_users u JOIN clients c ON c.entry_id = u.entry_id
            WHERE c.id = $1 AND u.user_id = $2 AND u.grants = 0)")
    .await?;
    run("DELETE FROM client_entry_users
        WHERE grants = 0 AND user_id = $2 AND entry_id = (SELECT entry_id FROM clients WHERE id = $1)")
    .await?;
    Ok(())
}

/// Counts grants of the entry of a client. Comes before all that is counted of people: whoever changes the entry first
/// has it, and everybody else waits here and then sees what was counted.
async fn count_grants(db: &impl ConnectionTrait, client_id: &ClientId, more: i64) -> Result<()> {
    let query = "UPDATE client_entries SET grants = grants + $2
        WHERE id = (SELECT entry_id FROM clients WHERE id = $1)";
    db.execute_raw(sql(db, query, [client_id.into(), more.into()])).await?;
    Ok(())
}
