//! The documents of clients whose ID is an address, for instance admins.

use types::{
    admin::{DocumentOutage, DocumentStanding, FetchedDocument, MissedDocument},
    client::ClientSource,
    failure::Failure,
    id::ClientId,
};

use crate::{
    actor::Actor,
    client_metadata::{
        documents::{DocumentError, MetadataDocuments, Requester},
        stored::{self, Origin, Standing},
    },
    clients,
    error::Error,
};

/// The document that describes a client, if one does.
pub(crate) async fn stored(
    documents: &MetadataDocuments,
    client_id: &ClientId,
) -> Result<Option<FetchedDocument>, Error> {
    let stored = stored::lookup(documents.db.read(), client_id).await?;
    Ok(stored.map(|(document, upkeep)| FetchedDocument {
        standing: match (upkeep.standing, upkeep.pinned_at) {
            (_, Some(at)) => DocumentStanding::Pinned(at),
            (Standing::Withdrawn, _) => DocumentStanding::Withdrawn,
            (Standing::Stale, _) => DocumentStanding::Stale(document.fetched_at + documents.stale_max),
            (Standing::Current | Standing::Pinned, _) => DocumentStanding::Current,
        },
        body: document.body,
        fetched_at: document.fetched_at,
        fresh_until: document.fresh_until,
        tried_at: upkeep.tried_at,
        failure: upkeep.failure.map(|failure| format!("Its client ID {failure}.")),
        entered: upkeep.origin == Origin::Entered,
    }))
}

/// The reason why no document can be fetched, while that is so.
pub(crate) fn outage(documents: &MetadataDocuments) -> Option<DocumentOutage> {
    documents.policy.as_ref()?;
    let outage = documents.way_out.outage()?;
    Some(DocumentOutage {
        since: outage.since,
        url: outage.url,
        failure: outage.failure,
        advertised: documents.are_advertised(),
    })
}

/// Documents that people asked for lately and did not get.
pub(crate) fn missed(documents: &MetadataDocuments) -> Vec<MissedDocument> {
    let missed = documents.way_out.missed().into_iter();
    missed.map(|missed| MissedDocument { url: missed.url, failure: missed.failure, at: missed.at }).collect()
}

/// Fetches the document of a client again.
pub(crate) async fn refresh(
    documents: &MetadataDocuments,
    actor: &Actor,
    client_id: &ClientId,
) -> Result<(), Failure> {
    must_be_described(documents, client_id).await?;
    documents.refresh(client_id, requester(actor)).await.map_err(failed)
}

/// Keeps the document of a client as it is, or lets it be fetched again.
pub(crate) async fn set_pinned(
    documents: &MetadataDocuments,
    actor: &Actor,
    client_id: &ClientId,
    pinned: bool,
    seen: Option<i64>,
) -> Result<(), Failure> {
    must_be_described(documents, client_id).await?;
    documents.set_pinned(client_id, pinned, seen, requester(actor)).await.map_err(failed)
}

/// Takes a document that an administrator wrote. Gives what names its client in a path.
pub(crate) async fn enter(
    documents: &MetadataDocuments,
    actor: &Actor,
    client_id: Option<&ClientId>,
    body: &str,
) -> Result<String, Failure> {
    if let Some(client_id) = client_id {
        must_be_described(documents, client_id).await?;
    }
    let client = documents.enter(client_id, body, requester(actor)).await.map_err(failed)?;
    Ok(client.entry_id)
}

fn requester(actor: &Actor) -> Requester<'_> {
    Requester { user_id: &actor.viewer.user_id, address: &actor.address }
}

async fn must_be_described(documents: &MetadataDocuments, client_id: &ClientId) -> Result<(), Failure> {
    let client = clients::lookup(documents.db.read(), client_id).await?;
    let described = client.is_some_and(|client| client.source == ClientSource::MetadataDocument);
    if described { Ok(()) } else { Err(Failure::NotFound) }
}

fn failed(error: DocumentError) -> Failure {
    match error {
        DocumentError::Internal(error) => error.into(),
        error => {
            Failure::Invalid { field: "document".to_owned(), message: format!("Its client ID {error}.") }
        }
    }
}
