//! The documents at client IDs that are addresses, as they were fetched last or as an administrator wrote them.

use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, DatabaseBackend, DerivePartialModel, EntityTrait,
    sea_query::OnConflict,
};
use types::{
    client::{ClientSource, ClientStatus},
    id::ClientId,
};

use crate::{
    client_metadata::tables::client_document::{self, Column},
    clients,
    clock::Millis,
    db::{
        database::{sql, storable},
        listing,
    },
    error::Result,
    oauth::{client::Client, software::DOCUMENT_PREFIX},
};

/// A picture, as browsers get it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    /// `image/png` and the like.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// The origin of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It was fetched from its address.
    Fetched,
    /// An administrator wrote it.
    Entered,
}

/// The worth of a stored document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The last fetch brought it.
    Current,
    /// It cannot be fetched any more, for a reason that may pass.
    Stale,
    /// Something else stood at its address, or nothing.
    Withdrawn,
    /// An administrator wants it as it is.
    Pinned,
}

/// The outcome of the last fetch, and what an administrator said since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upkeep {
    /// The worth of the document.
    pub standing: Standing,
    /// The moment when it was tried to fetch it last, in Unix milliseconds.
    pub tried_at: Millis,
    /// Words that complete «It …», when that failed.
    pub failure: Option<String>,
    /// Since when an administrator wants it as it is, in Unix milliseconds.
    pub pinned_at: Option<Millis>,
    /// Its origin.
    pub origin: Origin,
}

impl From<&client_document::Model> for Upkeep {
    fn from(row: &client_document::Model) -> Self {
        Self {
            standing: standing(row.pinned_at.is_some(), row.withdrawn_at.is_some(), row.failure.is_some()),
            tried_at: row.tried_at,
            failure: row.failure.clone(),
            pinned_at: row.pinned_at,
            origin: if row.entered { Origin::Entered } else { Origin::Fetched },
        }
    }
}

const fn standing(pinned: bool, withdrawn: bool, failed: bool) -> Standing {
    match (pinned, withdrawn, failed) {
        (true, ..) => Standing::Pinned,
        (false, true, _) => Standing::Withdrawn,
        (false, false, true) => Standing::Stale,
        (false, false, false) => Standing::Current,
    }
}

/// A document with its text.
#[derive(Clone, Debug)]
pub struct StoredDocument {
    /// The client ID, which is its address.
    pub client_id: ClientId,
    /// The text that stood there.
    pub body: String,
    /// The moment when it was fetched or written, in Unix milliseconds.
    pub fetched_at: Millis,
    /// Until when it need not be fetched again, in Unix milliseconds.
    pub fresh_until: Millis,
    /// The logo that it names.
    pub logo: Option<Logo>,
    /// Its origin.
    pub origin: Origin,
}

/// A document as it is known without reading it.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "client_document::Entity")]
pub struct Timestamps {
    /// The moment when it was fetched, in Unix milliseconds.
    pub fetched_at: Millis,
    /// Until when it need not be fetched again, in Unix milliseconds.
    pub fresh_until: Millis,
    /// The moment when it was tried to fetch it last, in Unix milliseconds.
    pub tried_at: Millis,
    logo_type: Option<String>,
    failure: Option<String>,
    pinned_at: Option<Millis>,
    withdrawn_at: Option<Millis>,
}

impl Timestamps {
    /// Says if it has a logo.
    pub const fn has_logo(&self) -> bool {
        self.logo_type.is_some()
    }

    /// Its worth.
    pub const fn standing(&self) -> Standing {
        standing(self.pinned_at.is_some(), self.withdrawn_at.is_some(), self.failure.is_some())
    }
}

/// The moment when the document of a client was fetched, and until when that will do.
pub async fn timestamps(db: &impl ConnectionTrait, client_id: &ClientId) -> Result<Option<Timestamps>> {
    Ok(client_document::Entity::find_by_id(client_id.clone()).into_partial_model().one(db).await?)
}

/// Says if the document that describes a client stands at its address no longer; never of other clients.
pub async fn is_withdrawn(db: &impl ConnectionTrait, client: &Client) -> Result<bool> {
    if client.source != ClientSource::MetadataDocument {
        return Ok(false);
    }
    Ok(timestamps(db, &client.id).await?.is_some_and(|times| times.standing() == Standing::Withdrawn))
}

/// The document of a client, and how it is kept.
pub async fn lookup(
    db: &impl ConnectionTrait,
    client_id: &ClientId,
) -> Result<Option<(StoredDocument, Upkeep)>> {
    let row = client_document::Entity::find_by_id(client_id.clone()).one(db).await?;
    Ok(row.map(|row| {
        let upkeep = Upkeep::from(&row);
        let document = StoredDocument {
            logo: row.logo_type.zip(row.logo).map(|(media_type, bytes)| Logo { media_type, bytes }),
            client_id: row.client_id,
            body: row.body,
            fetched_at: row.fetched_at,
            fresh_until: row.fresh_until,
            origin: upkeep.origin,
        };
        (document, upkeep)
    }))
}

/// The addresses of documents that were fetched, of clients that may be used: those first that most people use, then
/// those that were fetched last.
pub async fn most_used(db: &impl ConnectionTrait, how_many: u64) -> Result<Vec<String>> {
    let query = "SELECT d.client_id FROM client_documents d
        JOIN clients c ON c.id = d.client_id JOIN client_entries e ON e.id = c.entry_id
        WHERE NOT d.entered AND c.status = $1
        ORDER BY e.users DESC, d.fetched_at DESC LIMIT $2";
    let how_many = i64::try_from(how_many).unwrap_or(i64::MAX);
    listing::all(db, sql(db, query, [ClientStatus::Active.into(), how_many.into()])).await
}

/// Notes that a document could not be fetched; `withdrawn` when that shows that it stands at its address no longer.
///
/// # Errors
/// When the database refuses, for instance because there is no such document.
pub async fn note_failure(
    db: &impl ConnectionTrait,
    client_id: &ClientId,
    failure: &str,
    withdrawn: bool,
    now: Millis,
) -> Result<()> {
    let mut row = client_document::ActiveModel {
        client_id: Set(client_id.to_owned()),
        tried_at: Set(now),
        failure: Set(Some(failure.to_owned())),
        ..Default::default()
    };
    if withdrawn {
        row.withdrawn_at = Set(Some(now));
    }
    row.update(db).await?;
    Ok(())
}

/// Keeps a document as it is, whatever the last fetch came to: that is remembered for when it is unpinned.
///
/// # Errors
/// When the database refuses, for instance because there is no such document.
pub async fn pin(db: &impl ConnectionTrait, client_id: &ClientId, now: Millis) -> Result<()> {
    let row = client_document::ActiveModel {
        client_id: Set(client_id.to_owned()),
        pinned_at: Set(Some(now)),
        ..Default::default()
    };
    row.update(db).await?;
    Ok(())
}

/// Lets a document be fetched again, the next time that it is needed. One that was written here never stood at its
/// address, as far as anybody knows: it serves no longer.
///
/// # Errors
/// When the database refuses, for instance because there is no such document.
pub async fn unpin(
    db: &impl ConnectionTrait,
    client_id: &ClientId,
    origin: Origin,
    now: Millis,
) -> Result<()> {
    let mut row = client_document::ActiveModel {
        client_id: Set(client_id.to_owned()),
        fresh_until: Set(0),
        pinned_at: Set(None),
        ..Default::default()
    };
    if origin == Origin::Entered {
        row.withdrawn_at = Set(Some(now));
    }
    row.update(db).await?;
    Ok(())
}

/// The logo of the client of an entry.
pub async fn logo(db: &impl ConnectionTrait, entry_id: &str) -> Result<Option<Logo>> {
    if !storable(entry_id) || !entry_id.starts_with(DOCUMENT_PREFIX) {
        return Ok(None);
    }
    let Some(client) = clients::find_by_entry(db, entry_id).await? else {
        return Ok(None);
    };
    let row = client_document::Entity::find_by_id(client.id).one(db).await?;
    Ok(row.and_then(|row| Some(Logo { media_type: row.logo_type?, bytes: row.logo? })))
}

/// Keeps a document in place of the one before. One that was written here is pinned.
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
        tried_at: Set(document.fetched_at),
        failure: Set(None),
        withdrawn_at: Set(None),
        pinned_at: Set((document.origin == Origin::Entered).then_some(document.fetched_at)),
        entered: Set(document.origin == Origin::Entered),
    };
    let replace = OnConflict::column(Column::ClientId)
        .update_columns([
            Column::Body,
            Column::FetchedAt,
            Column::FreshUntil,
            Column::Logo,
            Column::LogoType,
            Column::TriedAt,
            Column::Failure,
            Column::WithdrawnAt,
            Column::PinnedAt,
            Column::Entered,
        ])
        .to_owned();
    client_document::Entity::insert(row).on_conflict(replace).exec_without_returning(db).await?;
    Ok(())
}

/// Lets nobody else store the document of this client until the transaction ends: several people may bring the same
/// new client at the same time. SQLite has one writer anyway.
pub async fn lock(db: &impl ConnectionTrait, client_id: &ClientId) -> Result<()> {
    if db.get_database_backend() == DatabaseBackend::Postgres {
        let query = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
        db.query_one_raw(sql(db, query, [client_id.into()])).await?;
    }
    Ok(())
}
