//! The care for documents that are here: those that an administrator pins or writes, and those that cannot be fetched.

use std::collections::BTreeSet;

use serde_json::Value;
use types::id::ClientId;

use super::{DocumentError, MetadataDocuments, Occasion, Requester};
use crate::{
    audit::{self, Action, Event},
    client_metadata::{
        Unavailable, host_of,
        stored::{self, Origin, Standing, StoredDocument},
    },
    clients::{self, status},
    clock::Millis,
    error::Error,
    fetch::FetchError,
    oauth::{
        client::Client,
        client_document::{ClientDocument, DocumentUrl},
    },
};

/// Number of documents, of those fetched before, that are tried again where others fail …
const WITNESSES: usize = 3;
/// … out of so many.
const WITNESSES_AMONG: u64 = 50;

impl MetadataDocuments {
    /// Keeps the document of a client as it is, or lets it be fetched again. `seen` is the moment of the fetch of the
    /// document that is to be kept. Nobody vouches for one that was written here once it is fetched again.
    ///
    /// # Errors
    /// [`DocumentError::Gone`] when there is no document, [`DocumentError::Unseen`] when it is another than was seen.
    pub async fn set_pinned(
        &self,
        client_id: &ClientId,
        pinned: bool,
        seen: Option<Millis>,
        Requester { user_id, address }: Requester<'_>,
    ) -> Result<(), DocumentError> {
        let now = self.clock.now();
        let transaction = self.db.begin().await?;
        let client = clients::lock(&transaction, client_id).await?;
        let stored = stored::lookup(&transaction, client_id).await?;
        let (Some(_), Some((document, upkeep))) = (client, stored) else {
            return transaction.refuse(DocumentError::Gone).await;
        };
        if pinned && seen.is_some_and(|seen| seen != document.fetched_at) {
            return transaction.refuse(DocumentError::Unseen).await;
        }
        if (upkeep.standing == Standing::Pinned) == pinned {
            return Ok(transaction.rollback().await?);
        }
        let event =
            Event { actor_id: Some(user_id), address, client_id: Some(client_id), ..Event::default() };
        if pinned {
            stored::pin(&transaction, client_id, now).await?;
            status::set_stale(&transaction, client_id, None).await?;
            audit::record(&transaction, Action::DocumentPinned, event, now).await?;
        } else {
            stored::unpin(&transaction, client_id, upkeep.origin, now).await?;
            audit::record(&transaction, Action::DocumentUnpinned, event, now).await?;
            // The outcome of the last fetch counts again.
            let since = upkeep.failure.is_some().then_some(document.fetched_at);
            status::set_stale(&transaction, client_id, since).await?;
            let written = upkeep.origin == Origin::Entered;
            if written && status::set_verified(&transaction, client_id, false).await? {
                audit::record(&transaction, Action::ClientUnverified, event, now).await?;
            }
        }
        Ok(transaction.commit().await?)
    }

    /// Takes a document that an administrator wrote, by the rules for those that are fetched, and pins it. Its client may
    /// be new. Gives the client.
    ///
    /// # Errors
    /// [`DocumentError`] when it is no document, or that of another client than `client_id`.
    pub async fn enter(
        &self,
        client_id: Option<&ClientId>,
        body: &str,
        requester: Requester<'_>,
    ) -> Result<Client, DocumentError> {
        let said: Option<Value> = serde_json::from_str(body).ok();
        let id = said.as_ref().and_then(|said| said["client_id"].as_str()).unwrap_or_default();
        // Without one the document is read as that of its client, which says what is wrong with it.
        let id = client_id.filter(|_| id.is_empty()).map_or(id, ClientId::as_str);
        let url = DocumentUrl::parse(id)?;
        if client_id.is_some_and(|client_id| **client_id != *id) {
            return Err(DocumentError::Another);
        }
        self.admit(&url)?;
        if body.len() > self.max_bytes {
            return Err(FetchError::TooLong(self.max_bytes).into());
        }
        let document = ClientDocument::parse(body.as_bytes(), &url, &self.rules)?;
        let now = self.clock.now();
        let stored = StoredDocument {
            client_id: url.client_id(),
            body: body.replace('\0', ""),
            fetched_at: now,
            fresh_until: now,
            logo: None,
            origin: Origin::Entered,
        };
        let client = self.store(document.metadata, stored, requester, Occasion::Entry).await?;
        self.way_out.remember(id, None);
        Ok(client)
    }

    /// Tries again what failed, and what was fetched before, as long as it is in question if documents can be fetched.
    /// Learns whether somebody answers, and keeps nothing of the answer.
    pub async fn try_again(&self) -> Result<(), Error> {
        let (answers, mut urls) = self.way_out.to_try();
        if urls.is_empty() {
            return Ok(());
        }
        urls.extend(self.witnesses().await?);
        let mut seen = BTreeSet::new();
        urls.retain(|url| seen.insert(url.clone()));
        let mut last = None;
        for url in urls {
            let admitted = DocumentUrl::parse(&url).is_ok_and(|url| self.admit(&url).is_ok());
            if !admitted {
                continue;
            }
            let found = self.fetcher.document(&url, self.max_bytes).await;
            let answered = match &found {
                Ok(_) => true,
                Err(Unavailable::Fetch(error)) => error.is_answer() && !error.may_pass(),
                // Nobody was asked, so nobody says that the way is closed.
                Err(Unavailable::TooMany(_)) => return Ok(()),
            };
            if answered {
                self.way_out.answered(&url);
                return Ok(());
            }
            if let Err(Unavailable::Fetch(error)) = found {
                last = Some((url, error));
            }
        }
        if let Some((url, error)) = last {
            self.way_out.all_failed(answers, &url, &error);
        }
        Ok(())
    }

    /// Documents that were fetched before and that most people use, one of each host: a person who brings a
    /// few of their own does not decide by them.
    async fn witnesses(&self) -> Result<Vec<String>, Error> {
        let mut hosts = BTreeSet::new();
        let mut urls = stored::most_used(self.db.lists(), WITNESSES_AMONG).await?;
        urls.retain(|url| hosts.insert(host_of(url)));
        urls.truncate(WITNESSES);
        Ok(urls)
    }
}
