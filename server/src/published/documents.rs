//! Client ID metadata documents: fetched, checked, kept for as long as they say, and asked for again after that.

use std::sync::Arc;

use app::types::{client::ClientSource, redirect_uri::RedirectRules};

use super::{Fetcher, Unavailable};
use crate::{
    clock::{Clock, DAY, MINUTE, Millis},
    error::Error,
    oauth::{
        client::Client,
        client_document::{ClientDocument, DocumentPolicy, DocumentUrl},
        client_metadata::{ClientMetadata, MetadataError},
    },
    outbound::{FetchError, Fetched},
    rate_limit::{RateLimits, TooMany},
    storage::{
        Database,
        audit::{self, Action, Event},
        client_changes::{self, Capabilities, Change, Description},
        client_documents::{self, Logo, StoredDocument},
        clients::{self, NewClient},
    },
};

/// Largest logo, in bytes.
const LOGO_MAX: usize = 64 * 1024;
/// A document is kept for at least so long …
const KEPT_MIN: Millis = 5 * MINUTE;
/// … and at most so long, whatever it says.
const KEPT_MAX: Millis = DAY;

/// Who makes the server fetch a document.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// The person.
    pub user_id: &'a str,
    /// The network address that they come from.
    pub address: &'a str,
}

/// Why a client ID that is an address leads to no client. The words complete «Its client ID …».
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The operator does not take documents from this host.
    #[error("is at a host that this server takes no apps from")]
    Host,
    /// The document cannot be had.
    #[error("names a document that {0}")]
    Fetch(#[from] FetchError),
    /// The document is none.
    #[error("names a document that cannot be used: {0}")]
    Invalid(#[from] MetadataError),
    /// Somebody deleted the client meanwhile.
    #[error("is that of a client that was deleted meanwhile")]
    Gone,
    /// Too many were asked for.
    #[error("names a document that was asked for too often; try again later")]
    TooMany(#[from] TooMany),
    /// Something failed inside.
    #[error(transparent)]
    Inside(#[from] Error),
}

impl From<Unavailable> for DocumentError {
    fn from(unavailable: Unavailable) -> Self {
        match unavailable {
            Unavailable::TooMany(too_many) => Self::TooMany(too_many),
            Unavailable::Fetch(error) => Self::Fetch(error),
        }
    }
}

/// Whether a document may bring a client that is not here.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Arrival {
    /// It may.
    Anybody,
    /// It may only change one that is.
    Known,
}

/// Clients whose ID is the address of a document.
#[derive(Clone)]
pub struct Documents {
    /// Fetches them.
    pub fetcher: Arc<Fetcher>,
    /// From which hosts; `None` for no documents at all.
    pub policy: Option<DocumentPolicy>,
    /// Largest document, in bytes.
    pub max_bytes: usize,
    /// What their redirect URIs may be.
    pub rules: RedirectRules,
    /// How often.
    pub limits: Arc<RateLimits>,
    /// Where they are kept.
    pub db: Database,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// What is known of a client before its document is fetched.
pub enum Known {
    /// Its document need not be fetched.
    Fresh(Client),
    /// It has to be fetched; the client as it was, if its document was fetched within a day.
    Stale(Option<Client>),
}

impl Documents {
    /// What is known without asking anybody.
    ///
    /// # Errors
    /// [`DocumentError::Host`] when documents of the host are not taken, or the database refuses.
    pub async fn known(&self, url: &DocumentUrl) -> Result<Known, DocumentError> {
        self.admit(url)?;
        let read = self.db.read();
        let Some(client) = clients::lookup(read, url.as_str()).await? else {
            return Ok(Known::Stale(None));
        };
        let (times, now) = (client_documents::times(read, url.as_str()).await?, self.clock.now());
        let fresh = times.as_ref().is_some_and(|times| times.fresh_until > now);
        // One that was switched off stays so, whatever its document says.
        if fresh || !client.is_active() {
            return Ok(Known::Fresh(client));
        }
        let recent = times.is_some_and(|times| times.fetched_at + KEPT_MAX > now);
        Ok(Known::Stale(Some(client).filter(|_| recent)))
    }

    /// Fetches the document again, and gives the client as it describes itself now. Who asked too often gets the client
    /// as it was: nobody can keep others from it by asking.
    ///
    /// # Errors
    /// [`DocumentError`] when there is no such document, or not now. Nothing of that is remembered.
    pub async fn fetch(
        &self,
        url: &DocumentUrl,
        before: Option<Client>,
        asker: Asker<'_>,
    ) -> Result<Client, DocumentError> {
        match (self.get(url, asker).await, before) {
            (Err(DocumentError::TooMany(_)), Some(before)) => Ok(before),
            (fetched, _) => self.store_fetched(url, fetched?, asker, Arrival::Anybody).await,
        }
    }

    /// Fetches the document of a client that is here already, whether or not it is fresh.
    ///
    /// # Errors
    /// [`DocumentError`] when there is no such document, or not now. The client stays as it was.
    pub async fn fetch_now(&self, client_id: &str, asker: Asker<'_>) -> Result<(), DocumentError> {
        let url = DocumentUrl::parse(client_id)
            .map_err(|_| Error::Corrupt { column: "clients.id", value: client_id.to_owned() })?;
        self.admit(&url)?;
        let fetched = self.get(&url, asker).await?;
        self.store_fetched(&url, fetched, asker, Arrival::Known).await?;
        Ok(())
    }

    fn admit(&self, url: &DocumentUrl) -> Result<(), DocumentError> {
        match &self.policy {
            Some(policy) if policy.admits(url.host()) => Ok(()),
            _ => Err(DocumentError::Host),
        }
    }

    async fn get(&self, url: &DocumentUrl, asker: Asker<'_>) -> Result<Fetched, DocumentError> {
        self.limits.documents_of_user.take(asker.user_id)?;
        let network = self.limits.network(asker.address);
        self.limits.documents_of_address.take_known(network.as_deref())?;
        Ok(self.fetcher.document(url.as_str(), self.max_bytes).await?)
    }

    async fn store_fetched(
        &self,
        url: &DocumentUrl,
        fetched: Fetched,
        asker: Asker<'_>,
        arrival: Arrival,
    ) -> Result<Client, DocumentError> {
        let document = ClientDocument::parse(&fetched.body, url, &self.rules)?;
        let logo = match &document.logo {
            Some(uri) => self.fetcher.logo(uri, LOGO_MAX).await.ok(),
            None => None,
        };
        let now = self.clock.now();
        let stored = StoredDocument {
            client_id: url.as_str().to_owned(),
            body: String::from_utf8_lossy(&fetched.body).replace('\0', ""),
            fetched_at: now,
            fresh_until: now + fetched.max_age.clamp(KEPT_MIN, KEPT_MAX),
            logo: logo.map(|logo| Logo { media_type: logo.media_type, bytes: logo.body }),
        };
        self.store(document.metadata, stored, asker, arrival).await
    }

    /// Adds the client, or changes it to what its document says.
    async fn store(
        &self,
        metadata: ClientMetadata,
        document: StoredDocument,
        Asker { user_id, address }: Asker<'_>,
        arrival: Arrival,
    ) -> Result<Client, DocumentError> {
        let (id, now) = (document.client_id.clone(), document.fetched_at);
        let transaction = self.db.begin().await?;
        client_documents::lock(&transaction, &id).await?;
        // Who authorizes an app only brings its document; who presses a button did something.
        let actor_id = (arrival == Arrival::Known).then_some(user_id);
        let event = Event { actor_id, address, client_id: Some(&id), ..Event::default() };
        match clients::lock(&transaction, &id).await? {
            Some(client) => change(&transaction, &client, metadata, event, now).await?,
            None if arrival == Arrival::Known => return Err(DocumentError::Gone),
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
        client_documents::put(&transaction, document).await?;
        let client = clients::lookup(&transaction, &id).await?;
        transaction.commit().await?;
        client.ok_or_else(|| Error::Corrupt { column: "clients.id", value: id }.into())
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
    client_changes::set_capabilities(db, &client.id, capabilities).await?;
    let to = Description {
        name: to.name,
        redirect_uris: to.redirect_uris,
        description: client.description.clone(),
        website: to.website,
    };
    client_changes::change(db, client, Change { to, keys, vouched: false }, event, now).await
}
