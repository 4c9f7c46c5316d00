//! Sign-ins.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, PaginatorTrait,
    QueryFilter, QueryOrder, sea_query::Expr,
};
use types::{account::SessionRow, id::UserId, person::Viewer};

use crate::{
    accounts::tables::session::{self, Column},
    clock::{MINUTE, Millis},
    crypto::secret::HashedSecret,
    db::{database::sql, pieces::Pieces},
    error::Result,
};

/// Most sessions of a person that live at the same time.
pub const SESSIONS_MAX: i64 = 100;

/// Requests of a session within this time are one to people.
const SEEN_AGAIN: Millis = 5 * MINUTE;

/// The place that somebody signs in from.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The network address.
    pub address: &'a str,
    /// Browser and system in words; empty where they cannot be told.
    pub device: &'a str,
}

/// Adds a session, which lasts for `lifetime`.
pub async fn add(
    db: &impl ConnectionTrait,
    id: &HashedSecret,
    user_id: &UserId,
    place: Place<'_>,
    lifetime: Millis,
    now: Millis,
) -> Result<()> {
    let row = session::ActiveModel {
        id_hash: Set(id.as_str().to_owned()),
        user_id: Set(user_id.to_owned()),
        created_at: Set(now),
        expires_at: Set(now + lifetime),
        address: Set(place.address.to_owned()),
        device: Set(place.device.to_owned()),
        last_seen_at: Set(now),
    };
    session::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Ends the oldest sessions of a person, so that one more leaves no more than [`SESSIONS_MAX`].
pub async fn make_room(db: &impl ConnectionTrait, user_id: &UserId) -> Result<()> {
    let query = "DELETE FROM sessions WHERE user_id = $1 AND id_hash NOT IN
        (SELECT id_hash FROM sessions WHERE user_id = $1 ORDER BY created_at DESC, id_hash LIMIT $2)";
    db.execute_raw(sql(db, query, [user_id.into(), (SESSIONS_MAX - 1).into()])).await?;
    Ok(())
}

/// A session that lives.
#[derive(FromQueryResult)]
pub struct LiveSession {
    last_seen_at: Millis,
    /// The person whose session it is.
    #[sea_orm(nested)]
    pub viewer: Viewer,
}

impl LiveSession {
    /// Says if it was not seen for so long that this should be written down.
    pub const fn is_stale(&self, now: Millis) -> bool {
        now - self.last_seen_at >= SEEN_AGAIN
    }
}

/// The live session that this cookie opens.
pub async fn lookup(
    db: &impl ConnectionTrait,
    id: &HashedSecret,
    now: Millis,
) -> Result<Option<LiveSession>> {
    let query = "SELECT s.last_seen_at, u.id AS user_id, u.email, u.name, u.instance_admin, u.last_product_id
        FROM sessions s JOIN users u ON u.id = s.user_id
        WHERE s.id_hash = $1 AND s.expires_at > $2 AND u.disabled_at IS NULL";
    let values = [id.as_str().into(), now.into()];
    Ok(LiveSession::find_by_statement(sql(db, query, values)).one(db).await?)
}

/// Writes down that a session was seen.
pub async fn touch(db: &impl ConnectionTrait, id: &HashedSecret, now: Millis) -> Result<()> {
    session::Entity::update_many()
        .col_expr(Column::LastSeenAt, Expr::value(now))
        .filter(Column::IdHash.eq(id.as_str()))
        .exec(db)
        .await?;
    Ok(())
}

/// The live sessions of a person: the one that asks first, then the last seen.
pub async fn list(
    db: &impl ConnectionTrait,
    user_id: &UserId,
    current: &str,
    now: Millis,
) -> Result<Vec<SessionRow>> {
    let live = session::Entity::find().filter(Column::UserId.eq(user_id)).filter(Column::ExpiresAt.gt(now));
    let rows = live.order_by_desc(Column::LastSeenAt).order_by_asc(Column::IdHash).all(db).await?;
    let row = |row: session::Model| SessionRow {
        current: row.id_hash == current,
        id: row.id_hash,
        device: row.device,
        address: row.address,
        created_at: row.created_at,
        last_seen_at: row.last_seen_at,
    };
    let mut rows: Vec<_> = rows.into_iter().map(row).collect();
    rows.sort_by_key(|row| !row.current);
    Ok(rows)
}

/// Number of live sessions of a person.
pub async fn count(db: &impl ConnectionTrait, user_id: &UserId, now: Millis) -> Result<u64> {
    let live = session::Entity::find().filter(Column::UserId.eq(user_id)).filter(Column::ExpiresAt.gt(now));
    Ok(live.count(db).await?)
}

/// Ends the session of a person that is named so. `false` when they have none of that name.
pub async fn remove_named(db: &impl ConnectionTrait, user_id: &UserId, id: &str) -> Result<bool> {
    let one = session::Entity::delete_many().filter(Column::IdHash.eq(id)).filter(Column::UserId.eq(user_id));
    Ok(one.exec(db).await?.rows_affected == 1)
}

/// Ends the sessions of a person, but for one if that is named. Gives how many they were.
pub async fn remove_of(db: &impl ConnectionTrait, user_id: &UserId, but: Option<&str>) -> Result<u64> {
    let all = session::Entity::delete_many().filter(Column::UserId.eq(user_id));
    let all = all.filter(Column::IdHash.ne(but.unwrap_or_default()));
    Ok(all.exec(db).await?.rows_affected)
}

/// Ends a session.
pub async fn remove(db: &impl ConnectionTrait, id: &HashedSecret) -> Result<()> {
    session::Entity::delete_by_id(id.as_str()).exec(db).await?;
    Ok(())
}

/// Removes sessions that have ended.
pub async fn remove_expired(pieces: Pieces<'_>, now: Millis) -> Result<()> {
    let expired = session::Entity::find().filter(Column::ExpiresAt.lte(now));
    pieces.remove(expired.order_by_asc(Column::ExpiresAt)).await
}
