//! The documents of clients whose ID is an address, for instance admins.

use app::{
    ports::Visit,
    types::{admin::FetchedDocument, client::ClientSource, failure::Failure, person::Viewer},
};
use sea_orm::ConnectionTrait;

use super::unavailable;
use crate::{
    error::Error,
    published::documents::{Asker, DocumentError, Documents},
    storage::{client_documents, clients},
};

/// The document that describes a client, if one does.
pub(super) async fn fetched(
    db: &impl ConnectionTrait,
    client_id: &str,
) -> Result<Option<FetchedDocument>, Error> {
    let stored = client_documents::lookup(db, client_id).await?;
    Ok(stored.map(|stored| FetchedDocument {
        body: stored.body,
        fetched_at: stored.fetched_at,
        fresh_until: stored.fresh_until,
    }))
}

/// Fetches the document of a client again. The client stays as it was when that fails.
pub(super) async fn refresh(
    documents: &Documents,
    (visit, viewer): (&Visit, &Viewer),
    client_id: &str,
) -> Result<(), Failure> {
    let client = clients::lookup(documents.db.read(), client_id).await.map_err(unavailable)?;
    let described = client.filter(|client| client.source == ClientSource::MetadataDocument);
    let client = described.ok_or(Failure::NotFound)?;
    let failed = |error: DocumentError| match error {
        DocumentError::Inside(error) => unavailable(error),
        error => {
            let message = format!("Its client ID {error}.");
            Failure::Invalid { field: "document".to_owned(), message }
        }
    };
    let asker = Asker { user_id: &viewer.user_id, address: &visit.address };
    documents.fetch_now(&client.id, asker).await.map_err(failed)
}
