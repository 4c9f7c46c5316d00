//! A document is brought: fetched, read, and stored with its client; or it is noted why it could not be had.

use types::client::ClientSource;

use super::{DocumentError, KEPT_MAX, MetadataDocuments, Occasion, Requester};
use crate::{
    audit::{self, Action, Event},
    client_metadata::{
        Unavailable,
        stored::{self, Logo, Origin, Standing, StoredDocument},
    },
    clients::{
        self, NewClient, status,
        update::{self, Capabilities, Change, Description},
    },
    clock::{MINUTE, Millis},
    error::Error,
    fetch::{FetchError, Fetched},
    oauth::{
        client::Client,
        client_document::{ClientDocument, DocumentUrl},
        client_metadata::ClientMetadata,
    },
};

/// Largest logo, in bytes.
const LOGO_MAX: usize = 64 * 1024;
/// A document is kept for at least so long.
const KEPT_MIN: Millis = 5 * MINUTE;

impl MetadataDocuments {
    /// Fetches a document and stores it, or notes why it could not be had.
    pub(super) async fn bring(
        &self,
        url: &DocumentUrl,
        requester: Requester<'_>,
        occasion: Occasion,
    ) -> Result<Client, DocumentError> {
        let brought = match self.get(url, requester).await {
            Ok(fetched) => self.store_fetched(url, fetched, requester, occasion).await,
            Err(error) => Err(error),
        };
        let withdrawn = match &brought {
            Err(DocumentError::Fetch(error)) => !error.may_pass(),
            Err(DocumentError::Invalid(_)) => true,
            Err(_) => return brought,
            Ok(_) => {
                self.way_out.remember(url.as_str(), None);
                return brought;
            }
        };
        if let Err(error) = &brought {
            // It may repeat what stands in the document, and no database keeps NUL.
            let failure = error.to_string().replace('\0', "");
            tracing::warn!(client = url.as_str(), "the client ID {failure}");
            self.way_out.remember(url.as_str(), Some(&failure));
            self.note_failure(url, &failure, withdrawn, requester).await?;
        }
        brought
    }

    async fn get(&self, url: &DocumentUrl, requester: Requester<'_>) -> Result<Fetched, DocumentError> {
        self.limits.documents_of_user.take(requester.user_id)?;
        let network = self.limits.network(requester.address);
        self.limits.documents_of_address.take_known(network.as_deref())?;
        let fetched = self.fetcher.document(url.as_str(), self.max_bytes).await;
        match &fetched {
            Ok(_) => self.way_out.answered(url.as_str()),
            Err(Unavailable::Fetch(_)) if url.is_address() => {}
            Err(Unavailable::Fetch(error)) if error.may_pass() || *error == FetchError::UnknownName => {
                let proven = !stored::most_used(self.db.lists(), 1).await?.is_empty();
                self.way_out.failed(url.as_str(), error, proven);
            }
            Err(Unavailable::Fetch(error)) if error.is_answer() => self.way_out.answered(url.as_str()),
            Err(_) => {}
        }
        Ok(fetched?)
    }

    /// Notes that the document of a client could not be had, if there is one. Who comes back after it was withdrawn
    /// may be another: nobody vouches for them.
    async fn note_failure(
        &self,
        url: &DocumentUrl,
        failure: &str,
        withdrawn: bool,
        requester: Requester<'_>,
    ) -> Result<(), Error> {
        let (id, now) = (&url.client_id(), self.clock.now());
        let transaction = self.db.begin().await?;
        let client = clients::lock(&transaction, id).await?;
        let times = stored::timestamps(&transaction, id).await?;
        let (Some(client), Some(times)) = (client, times) else { return transaction.rollback().await };
        if times.standing() == Standing::Pinned {
            return transaction.rollback().await;
        }
        stored::note_failure(&transaction, id, failure, withdrawn, now).await?;
        status::set_stale(&transaction, id, Some(times.fetched_at)).await?;
        if withdrawn && times.standing() != Standing::Withdrawn {
            let detail = format!("Its client ID {failure}");
            let event = Event {
                address: requester.address,
                client_id: Some(&client.id),
                detail: Some(&detail),
                ..Event::default()
            };
            audit::record(&transaction, Action::DocumentWithdrawn, event, now).await?;
            if status::set_verified(&transaction, id, false).await? {
                audit::record(&transaction, Action::ClientUnverified, event, now).await?;
            }
        }
        transaction.commit().await
    }

    async fn store_fetched(
        &self,
        url: &DocumentUrl,
        fetched: Fetched,
        requester: Requester<'_>,
        occasion: Occasion,
    ) -> Result<Client, DocumentError> {
        let document = ClientDocument::parse(&fetched.body, url, &self.rules)?;
        let logo = match &document.logo {
            Some(uri) => self.fetcher.logo(uri, LOGO_MAX).await.ok(),
            None => None,
        };
        let now = self.clock.now();
        let stored = StoredDocument {
            client_id: url.client_id(),
            body: String::from_utf8_lossy(&fetched.body).replace('\0', ""),
            fetched_at: now,
            fresh_until: now + fetched.max_age.clamp(KEPT_MIN, KEPT_MAX),
            logo: logo.map(|logo| Logo { media_type: logo.media_type, bytes: logo.body }),
            origin: Origin::Fetched,
        };
        self.store(document.metadata, stored, requester, occasion).await
    }

    /// Adds the client, or changes it to what its document says.
    pub(super) async fn store(
        &self,
        metadata: ClientMetadata,
        document: StoredDocument,
        Requester { user_id, address }: Requester<'_>,
        occasion: Occasion,
    ) -> Result<Client, DocumentError> {
        let (id, now) = (document.client_id.clone(), document.fetched_at);
        let transaction = self.db.begin().await?;
        stored::lock(&transaction, &id).await?;
        // Who authorizes an app only brings its document; who presses a button did something.
        let actor_id = (occasion != Occasion::Authorization).then_some(user_id);
        let event = Event { actor_id, address, client_id: Some(&id), ..Event::default() };
        match clients::lock(&transaction, &id).await? {
            Some(client) => {
                let times = stored::timestamps(&transaction, &id).await?;
                let pinned = times.is_some_and(|times| times.standing() == Standing::Pinned);
                if pinned && occasion != Occasion::Entry {
                    // Pinned while it was fetched.
                    transaction.rollback().await?;
                    return Ok(client);
                }
                change(&transaction, &client, metadata, event, now).await?;
            }
            None if occasion == Occasion::Refresh => return transaction.refuse(DocumentError::Gone).await,
            None => {
                let client = NewClient {
                    id: id.clone(),
                    source: ClientSource::MetadataDocument,
                    name: metadata.name,
                    description: String::new(),
                    website: metadata.website,
                    redirect_uris: metadata.redirect_uris,
                    auth_method: metadata.auth_method,
                    keys: metadata.keys,
                    grant_types: metadata.grant_types,
                    default_scope: metadata.scope,
                    verified: false,
                    owner_id: None,
                    address: address.to_owned(),
                };
                clients::add_again(&transaction, client, now).await?;
                audit::record(&transaction, Action::ClientRegistered, event, now).await?;
            }
        }
        stored::put(&transaction, document).await?;
        status::set_stale(&transaction, &id, None).await?;
        match occasion {
            Occasion::Authorization => {}
            Occasion::Refresh => audit::record(&transaction, Action::DocumentRefreshed, event, now).await?,
            Occasion::Entry => audit::record(&transaction, Action::DocumentEntered, event, now).await?,
        }
        let client = clients::lookup(&transaction, &id).await?;
        transaction.commit().await?;
        client.ok_or_else(|| Error::Corrupt { column: "clients.id", value: id.into() }.into())
    }
}

/// Changes a client to what its document says now. Nobody here vouches for that.
async fn change(
    db: &impl sea_orm::ConnectionTrait,
    client: &Client,
    to: ClientMetadata,
    event: Event<'_>,
    now: Millis,
) -> Result<(), Error> {
    let keys = client.keys != to.keys || client.auth_method != to.auth_method;
    let capabilities = Capabilities {
        auth_method: to.auth_method,
        keys: to.keys,
        grant_types: to.grant_types,
        default_scope: to.scope,
    };
    update::set_capabilities(db, &client.id, capabilities).await?;
    let to = Description {
        name: to.name,
        redirect_uris: to.redirect_uris,
        description: client.description.clone(),
        website: to.website,
    };
    update::change(db, client, Change { to, keys, vouched: false }, event, now).await
}
