//! The entries of the administrators' list: a client, or all dynamic registrations of the same software.
//!
//! Each keeps how many clients, people and grants it has and when it was last used. People and grants are counted by
//! [`software_counts`], clients here, in the transaction in which they come or go.

use std::collections::BTreeSet;

use sea_orm::{
    ActiveModelTrait,
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait, OnConflict},
};
use types::{client::ClientSource, id::UserId};

use crate::{
    clients::{bulk::Target, tables::client_entry},
    clock::Millis,
    db::database::{sql, storable},
    error::Result,
    grants::software_counts,
    oauth::redirect_uri,
};

/// A client that joins its entry.
pub(crate) struct Joining<'a> {
    pub(crate) entry_id: &'a str,
    pub(crate) name: &'a str,
    pub(crate) redirect_uris: &'a [String],
    pub(crate) source: ClientSource,
    pub(crate) owner_id: Option<&'a UserId>,
}

/// Counts one registration more.
pub(crate) async fn join(db: &impl ConnectionTrait, client: Joining<'_>, now: Millis) -> Result<()> {
    let row = client_entry::ActiveModel {
        id: Set(client.entry_id.to_owned()),
        name: Set(client.name.to_owned()),
        sort_name: Set(client.name.to_lowercase()),
        hosts: Set(redirect_uri::hosts(client.redirect_uris).join(" ")),
        source: Set(client.source),
        owner_id: Set(client.owner_id.cloned()),
        registrations: Set(1),
        users: Set(0),
        grants: Set(0),
        last_used_at: Set(0),
        registered_at: Set(now),
    };
    let again = OnConflict::column(client_entry::Column::Id)
        .value(client_entry::Column::Registrations, Expr::cust("client_entries.registrations + 1"))
        .update_column(client_entry::Column::RegisteredAt)
        .to_owned();
    client_entry::Entity::insert(row).on_conflict(again).exec_without_returning(db).await?;
    Ok(())
}

/// Follows a client of its own entry that got another name or other redirect URIs.
pub(crate) async fn rename(
    db: &impl ConnectionTrait,
    id: &str,
    name: &str,
    redirect_uris: &[String],
) -> Result<()> {
    let row = client_entry::ActiveModel {
        id: Set(id.to_owned()),
        name: Set(name.to_owned()),
        sort_name: Set(name.to_lowercase()),
        hosts: Set(redirect_uri::hosts(redirect_uris).join(" ")),
        ..Default::default()
    };
    row.update(db).await?;
    Ok(())
}

/// Notes a call through any grant of this entry.
pub async fn touch(db: &impl ConnectionTrait, entry_id: &str, at: Millis) -> Result<()> {
    client_entry::Entity::update_many()
        .col_expr(client_entry::Column::LastUsedAt, Expr::value(at))
        .filter(client_entry::Column::Id.eq(entry_id))
        .filter(client_entry::Column::LastUsedAt.lt(at))
        .exec(db)
        .await?;
    Ok(())
}

/// The name of an entry; `None` when there is no such entry.
pub async fn name(db: &impl ConnectionTrait, id: &str) -> Result<Option<String>> {
    if !storable(id) {
        return Ok(None);
    }
    Ok(client_entry::Entity::find_by_id(id).one(db).await?.map(|entry| entry.name))
}

/// Number of clients of an entry.
pub async fn registrations(db: &impl ConnectionTrait, id: &str) -> Result<u64> {
    let entry = client_entry::Entity::find_by_id(id).one(db).await?;
    Ok(entry.map_or(0, |entry| u64::try_from(entry.registrations).unwrap_or(0)))
}

/// Counts the clients of these entries anew, after some of them came or went.
pub async fn recount_all(db: &impl ConnectionTrait, clients: &[Target]) -> Result<()> {
    let entries: BTreeSet<&str> = clients.iter().map(|client| client.entry_id.as_str()).collect();
    for entry in entries {
        recount(db, entry).await?;
    }
    Ok(())
}

/// Counts so many registrations less: clients that are gone and had no grant. An entry without clients goes.
pub(crate) async fn leave(db: &impl ConnectionTrait, entry_id: &str, many: i64) -> Result<()> {
    client_entry::Entity::update_many()
        .col_expr(
            client_entry::Column::Registrations,
            Expr::col(client_entry::Column::Registrations).sub(many),
        )
        .filter(client_entry::Column::Id.eq(entry_id))
        .exec(db)
        .await?;
    remove_empty(db, entry_id).await
}

async fn remove_empty(db: &impl ConnectionTrait, entry_id: &str) -> Result<()> {
    let empty = client_entry::Entity::delete_many().filter(client_entry::Column::Id.eq(entry_id));
    if empty.filter(client_entry::Column::Registrations.eq(0)).exec(db).await?.rows_affected == 1 {
        software_counts::forget(db, entry_id).await?;
    }
    Ok(())
}

/// Counts the clients of an entry anew. An entry without any goes.
pub async fn recount(db: &impl ConnectionTrait, entry_id: &str) -> Result<()> {
    let run = async |query: &str| db.execute_raw(sql(db, query, [entry_id.into()])).await;
    // Nobody joins or leaves from here on, and who did before is seen by what follows.
    client_entry::Entity::find_by_id(entry_id).lock_exclusive().one(db).await?;
    run("UPDATE client_entries SET
            registrations = (SELECT COUNT(*) FROM clients WHERE entry_id = $1 AND deleted_at IS NULL)
        WHERE id = $1")
    .await?;
    remove_empty(db, entry_id).await
}
