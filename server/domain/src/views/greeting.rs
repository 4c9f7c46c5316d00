//! How far a new product is: whether an app is connected, whether one called, whether anybody else is there.

use sea_orm::{ConnectionTrait, FromQueryResult};
use types::{grant::GrantStatus, id::ProductId, work_item::Greeting};

use crate::{
    clock::{DAY, Millis},
    db::{database::sql, flag::Flag},
    error::Result,
};

/// The time for which a product is new.
const NEW: Millis = 30 * DAY;

#[derive(FromQueryResult)]
struct Row {
    connected: Flag,
    called: Flag,
    invited: Flag,
}

/// The steps of a new product; `None` once all are done, or it is not new any more.
pub async fn of_product(
    db: &impl ConnectionTrait,
    product_id: &ProductId,
    now: Millis,
) -> Result<Option<Greeting>> {
    let query = "SELECT
            EXISTS (SELECT 1 FROM grants g WHERE g.product_id = p.id AND g.status = $2) AS connected,
            EXISTS (SELECT 1 FROM grants g WHERE g.product_id = p.id AND g.last_used_at IS NOT NULL) AS called,
            EXISTS (SELECT 1 FROM memberships m WHERE m.organization_id = p.organization_id LIMIT 1 OFFSET 1) AS invited
        FROM products p WHERE p.id = $1 AND p.created_at > $3";
    let values = [product_id.into(), GrantStatus::Active.into(), (now - NEW).into()];
    let row = Row::find_by_statement(sql(db, query, values)).one(db).await?;
    let greeting =
        row.map(|row| Greeting { connected: row.connected.0, called: row.called.0, invited: row.invited.0 });
    Ok(greeting.filter(|greeting| !(greeting.called && greeting.invited)))
}
