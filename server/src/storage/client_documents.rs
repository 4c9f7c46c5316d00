//! The documents at client IDs that are addresses, as they were fetched last.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseBackend, EntityTrait, QueryFilter, QuerySelect,
    sea_query::OnConflict,
};

use super::{
    client_entries::DOCUMENT_PREFIX,
    database::{sql, storable},
    entities::{client, client_document},
};
use crate::{clock::Millis, error::Result};

/// A picture, as browsers get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    /// `image/png` and the like.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A document that was fetched.
#[derive(Clone, Debug)]
pub struct StoredDocument {
    /// The client ID, which is its address.
    pub client_id: String,
    /// What stood there.
    pub body: String,
    /// When it was fetched, in Unix milliseconds.
    pub fetched_at: Millis,
    /// Until when it need not be fetched again, in Unix milliseconds.
    pub fresh_until: Millis,
    /// The logo that it names.
    pub logo: Option<Logo>,
}

/// What is known of a document without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Times {
    /// When it was fetched, in Unix milliseconds.
    pub fetched_at: Millis,
    /// Until when it need not be fetched again, in Unix milliseconds.
    pub fresh_until: Millis,
    /// Whether it has a logo.
    pub has_logo: bool,
}

/// When the document of a client was fetched, and until when that will do.
///
/// # Errors
/// When the database refuses.
pub async fn times(db: &impl ConnectionTrait, client_id: &str) -> Result<Option<Times>> {
    let columns = client_document::Entity::find_by_id(client_id)
        .select_only()
        .columns([client_document::Column::FetchedAt, client_document::Column::FreshUntil])
        .column(client_document::Column::LogoType);
    let row = columns.into_tuple::<(Millis, Millis, Option<String>)>().one(db).await?;
    Ok(row.map(|(fetched_at, fresh_until, logo)| Times { fetched_at, fresh_until, has_logo: logo.is_some() }))
}

/// The document of a client.
///
/// # Errors
/// When the database refuses.
pub async fn lookup(db: &impl ConnectionTrait, client_id: &str) -> Result<Option<StoredDocument>> {
    let row = client_document::Entity::find_by_id(client_id).one(db).await?;
    Ok(row.map(|row| StoredDocument {
        logo: row.logo_type.zip(row.logo).map(|(media_type, bytes)| Logo { media_type, bytes }),
        client_id: row.client_id,
        body: row.body,
        fetched_at: row.fetched_at,
        fresh_until: row.fresh_until,
    }))
}

/// The logo of the client of an entry.
///
/// # Errors
/// When the database refuses.
pub async fn logo(db: &impl ConnectionTrait, entry_id: &str) -> Result<Option<Logo>> {
    if !storable(entry_id) || !entry_id.starts_with(DOCUMENT_PREFIX) {
        return Ok(None);
    }
    let ids = client::Entity::find()
        .filter(client::Column::EntryId.eq(entry_id))
        .filter(client::Column::DeletedAt.is_null())
        .select_only()
        .column(client::Column::Id);
    let document = client_document::Entity::find()
        .filter(client_document::Column::ClientId.in_subquery(sea_orm::QueryTrait::into_query(ids)));
    let row = document.one(db).await?;
    Ok(row.and_then(|row| Some(Logo { media_type: row.logo_type?, bytes: row.logo? })))
}

/// Keeps a document in place of the one before.
///
/// # Errors
/// When the database refuses, for instance because there is no such client.
pub async fn put(db: &impl ConnectionTrait, document: StoredDocument) -> Result<()> {
    let (logo_type, logo) = document.logo.map(|logo| (logo.media_type, logo.bytes)).unzip();
    let row = client_document::ActiveModel {
        client_id: Set(document.client_id),
        body: Set(document.body),
        fetched_at: Set(document.fetched_at),
        fresh_until: Set(document.fresh_until),
        logo: Set(logo),
        logo_type: Set(logo_type),
    };
    let replace = OnConflict::column(client_document::Column::ClientId)
        .update_columns([
            client_document::Column::Body,
            client_document::Column::FetchedAt,
            client_document::Column::FreshUntil,
            client_document::Column::Logo,
            client_document::Column::LogoType,
        ])
        .to_owned();
    client_document::Entity::insert(row).on_conflict(replace).exec_without_returning(db).await?;
    Ok(())
}

/// Lets nobody else store the document of this client until the transaction ends: several people may bring the same
/// new client at the same time. SQLite has one writer anyway.
///
/// # Errors
/// When the database refuses.
pub async fn lock(db: &impl ConnectionTrait, client_id: &str) -> Result<()> {
    if db.get_database_backend() == DatabaseBackend::Postgres {
        let query = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
        db.query_one_raw(sql(db, query, [client_id.into()])).await?;
    }
    Ok(())
}
