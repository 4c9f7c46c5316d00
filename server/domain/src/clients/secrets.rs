//! The secrets of clients. Each is stored as its hash, with enough of it to be recognised by its owner.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect, sea_query::Expr,
};
use types::{client::SecretRow, id::ClientId};

use crate::{
    clients::tables::client_secret,
    clock::Millis,
    crypto::{id, secret::PlainSecret},
    db::database::{sql, storable},
    error::Result,
};

/// Number of secrets that are listed: the live ones, and those retired last.
const LISTED: u64 = 10;

/// Adds a secret to a client. Gives what names it for people: `gpk_AbCd…WxYz`.
pub async fn add(
    db: &impl ConnectionTrait,
    client_id: &ClientId,
    secret: &PlainSecret,
    now: Millis,
) -> Result<String> {
    let text = secret.expose();
    let (prefix, last_four) = (&text[..8], &text[text.len() - 4..]);
    let row = client_secret::ActiveModel {
        id: Set(id::new("sec", now)),
        client_id: Set(client_id.to_owned()),
        hash: Set(secret.hashed().into_string()),
        prefix: Set(prefix.to_owned()),
        last_four: Set(last_four.to_owned()),
        created_at: Set(now),
        last_used_at: Set(None),
        retired_at: Set(None),
    };
    client_secret::Entity::insert(row).exec_without_returning(db).await?;
    Ok(format!("{prefix}…{last_four}"))
}

/// Number of secrets of the client that work.
pub async fn count_live(db: &impl ConnectionTrait, client_id: &ClientId) -> Result<u64> {
    Ok(client_secret::Entity::find()
        .filter(client_secret::Column::ClientId.eq(client_id))
        .filter(client_secret::Column::RetiredAt.is_null())
        .count(db)
        .await?)
}

/// The secrets of a client: those that work, then those retired last.
pub async fn list(db: &impl ConnectionTrait, client_id: &ClientId) -> Result<Vec<SecretRow>> {
    let rows = client_secret::Entity::find()
        .filter(client_secret::Column::ClientId.eq(client_id))
        .order_by_asc(Expr::cust("CASE WHEN retired_at IS NULL THEN 0 ELSE 1 END"))
        .order_by_desc(client_secret::Column::Id)
        .limit(LISTED)
        .all(db)
        .await?;
    let row = |secret: client_secret::Model| SecretRow {
        id: secret.id,
        prefix: secret.prefix,
        last_four: secret.last_four,
        created_at: secret.created_at,
        last_used_at: secret.last_used_at,
        retired_at: secret.retired_at,
    };
    Ok(rows.into_iter().map(row).collect())
}

/// Ends a secret of the client. Gives what names it for people; `None` when the client has no such secret, or it has
/// ended already.
pub async fn retire(
    db: &impl ConnectionTrait,
    client_id: &ClientId,
    secret_id: &str,
    now: Millis,
) -> Result<Option<String>> {
    if !storable(secret_id) {
        return Ok(None);
    }
    let retired = client_secret::Entity::update_many()
        .col_expr(client_secret::Column::RetiredAt, Expr::value(now))
        .filter(client_secret::Column::Id.eq(secret_id))
        .filter(client_secret::Column::ClientId.eq(client_id))
        .filter(client_secret::Column::RetiredAt.is_null())
        .exec_with_returning(db)
        .await?;
    Ok(retired.first().map(|secret| format!("{}…{}", secret.prefix, secret.last_four)))
}

/// Forgets secrets of a client that were retired so long ago that they are not listed.
pub async fn forget_retired(db: &impl ConnectionTrait, client_id: &ClientId) -> Result<()> {
    let query = "DELETE FROM client_secrets WHERE client_id = $1 AND retired_at IS NOT NULL AND id NOT IN
        (SELECT id FROM client_secrets WHERE client_id = $1 AND retired_at IS NOT NULL ORDER BY id DESC LIMIT $2)";
    db.execute_raw(sql(db, query, [client_id.into(), LISTED.cast_signed().into()])).await?;
    Ok(())
}

/// Notes that the client authenticated with a secret.
pub async fn touch(db: &impl ConnectionTrait, secret_id: &str, at: Millis) -> Result<()> {
    client_secret::Entity::update_many()
        .col_expr(client_secret::Column::LastUsedAt, Expr::value(at))
        .filter(client_secret::Column::Id.eq(secret_id))
        .filter(
            Condition::any()
                .add(client_secret::Column::LastUsedAt.is_null())
                .add(client_secret::Column::LastUsedAt.lt(at)),
        )
        .exec(db)
        .await?;
    Ok(())
}
