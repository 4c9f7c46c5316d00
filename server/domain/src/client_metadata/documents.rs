//! Client ID metadata documents: fetched, checked, kept for as long as they say, and asked for again after that.
//!
//! A document that cannot be fetched any more, for a reason that may pass, serves as it was fetched last, for a while and
//! never as that of a verified app. One that stands at its address no longer is withdrawn. An administrator may pin a
//! document, or write it: then nothing is fetched.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::Value;
use types::{client::ClientSource, id::UserId, redirect_uri::RedirectRules};

use super::{Fetcher, Unavailable, host_of, way_out::WayOut};
use crate::{
    audit::{self, Action, Event},
    client_metadata::stored::{self, Logo, Origin, Standing, StoredDocument, Timestamps},
    clients::{
        self, NewClient, status,
        update::{self, Capabilities, Change, Description},
    },
    clock::{Clock, DAY, MINUTE, Millis},
    db::Database,
    error::Error,
    fetch::{FetchError, Fetched},
    oauth::{
        client::Client,
        client_document::{ClientDocument, DocumentPolicy, DocumentUrl, DocumentUrlError},
        client_metadata::{ClientMetadata, MetadataError},
    },
    rate_limit::{RateLimits, TooMany},
};

/// Largest logo, in bytes.
const LOGO_MAX: usize = 64 * 1024;
/// A document is kept for at least so long …
const KEPT_MIN: Millis = 5 * MINUTE;
/// … and at most so long, whatever it says.
const KEPT_MAX: Millis = DAY;
/// The time after which it is tried again to fetch a document that could not be fetched.
const AGAIN: Millis = MINUTE;
/// Number of documents, of those fetched before, that are tried again where others fail …
const WITNESSES: usize = 3;
/// … out of so many.
const WITNESSES_AMONG: u64 = 50;

/// The person who makes the server fetch a document.
#[derive(Clone, Copy, Debug)]
pub struct Requester<'a> {
    /// The person.
    pub user_id: &'a UserId,
    /// The network address that they come from.
    pub address: &'a str,
}

/// The reason why a client ID that is an address leads to no client. The words complete «Its client ID …».
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// It is no address of a document.
    #[error("{0}")]
    Url(#[from] DocumentUrlError),
    /// The operator does not take documents from this host.
    #[error("is at a host that this server takes no apps from")]
    Host,
    /// The document cannot be had.
    #[error("names a document that {0}")]
    Fetch(#[from] FetchError),
    /// The document is none.
    #[error("names a document that cannot be used: {0}")]
    Invalid(#[from] MetadataError),
    /// It was written for another client.
    #[error("is another than that of this document")]
    Another,
    /// An administrator wants it as it is.
    #[error("names a document that is pinned; unpin it to fetch it again")]
    Pinned,
    /// It was fetched again since an administrator looked at it.
    #[error(
        "names a document that was fetched again since this page was loaded; load the page again and look at it"
    )]
    Unseen,
    /// Somebody deleted the client meanwhile.
    #[error("is that of a client that was deleted meanwhile")]
    Gone,
    /// Too many were asked for.
    #[error("names a document that was asked for too often; try again later")]
    TooMany(#[from] TooMany),
    /// Something failed inside.
    #[error(transparent)]
    Internal(#[from] Error),
}

impl From<Unavailable> for DocumentError {
    fn from(unavailable: Unavailable) -> Self {
        match unavailable {
            Unavailable::TooMany(too_many) => Self::TooMany(too_many),
            Unavailable::Fetch(error) => Self::Fetch(error),
        }
    }
}

/// The occasion that brings a document.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Arrival {
    /// A person wants to authorize its app, which may be new here.
    Authorization,
    /// An administrator had it fetched; it may only change a client that is here.
    Refresh,
    /// An administrator wrote it.
    Entry,
}

/// Clients whose ID is the address of a document.
#[derive(Clone)]
pub struct MetadataDocuments {
    /// Fetches them.
    pub fetcher: Arc<Fetcher>,
    /// Says if they can be fetched.
    pub way_out: Arc<WayOut>,
    /// From which hosts; `None` for no documents at all.
    pub policy: Option<DocumentPolicy>,
    /// Says if programs may register themselves instead.
    pub registration: bool,
    /// The time for which the last good copy serves while a document cannot be fetched, from when it was fetched.
    pub stale_max: Millis,
    /// Largest document, in bytes.
    pub max_bytes: usize,
    /// The rules about their redirect URIs.
    pub rules: RedirectRules,
    /// The limits.
    pub limits: Arc<RateLimits>,
    /// The database that keeps them.
    pub db: Database,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// A client as it is known before its document is fetched.
pub enum Cached {
    /// Its document need not be fetched.
    Fresh(Client),
    /// It has to be fetched; the client as it was, for those who asked for documents too often.
    Stale(Option<Client>),
}

impl MetadataDocuments {
    /// Says if programs are told that their client ID may be the address of a document. Where no document can be fetched
    /// they are not, so that they register themselves; but where they cannot, documents are all that they have.
    pub fn are_advertised(&self) -> bool {
        self.policy.is_some() && (self.way_out.is_open() || !self.registration)
    }

    /// Advice to a person about an error, as sentences; nothing where the app is at fault.
    pub fn advice(&self, error: &DocumentError) -> &'static str {
        match error {
            DocumentError::Fetch(error) if error.may_pass() || *error == FetchError::UnknownName => {
                if !self.are_advertised() {
                    " Start again in the app: it can register itself instead, now that this server no longer offers to read \
                     documents. Whoever runs it can keep it so with the setting --client-documents false."
                } else if self.registration {
                    " Try again in a minute. If it stays so, tell whoever runs this server: an administrator can enter the \
                     document, and the setting --client-documents false makes apps register themselves instead."
                } else {
                    " Try again in a minute. If it stays so, tell whoever runs this server: an administrator can enter the \
                     document, and the settings --client-documents false and --dynamic-registration true make apps register \
                     themselves instead."
                }
            }
            _ => "",
        }
    }

    /// Finds what is known without asking anybody.
    ///
    /// # Errors
    /// [`DocumentError::Host`] when documents of the host are not taken, or the database refuses.
    pub async fn known(&self, url: &DocumentUrl) -> Result<Cached, DocumentError> {
        self.admit(url)?;
        let read = self.db.read();
        let Some(client) = clients::lookup(read, url.as_str()).await? else {
            return Ok(Cached::Stale(None));
        };
        // One that was switched off stays so, whatever its document says.
        if !client.is_active() {
            return Ok(Cached::Fresh(client));
        }
        let (times, now) = (stored::times(read, url.as_str()).await?, self.clock.now());
        let Some(times) = times else { return Ok(Cached::Stale(None)) };
        let (fresh, serves) = match times.standing {
            Standing::Pinned => (true, true),
            Standing::Current => (times.fresh_until > now, times.fetched_at + KEPT_MAX > now),
            Standing::Stale => (times.tried_at + AGAIN > now, self.still_serves(&times)),
            Standing::Withdrawn => (false, false),
        };
        Ok(if fresh && serves {
            Cached::Fresh(client)
        } else {
            Cached::Stale(Some(client).filter(|_| serves))
        })
    }

    /// Says if the last good copy of a document serves while the document cannot be fetched.
    fn still_serves(&self, times: &Timestamps) -> bool {
        times.standing == Standing::Stale && times.fetched_at + self.stale_max > self.clock.now()
    }

    /// Fetches the document again, and gives the client as it describes itself now; as it described itself last, where
    /// that cannot be had. Who asked too often gets the client as it was: nobody can keep others from it by asking.
    ///
    /// # Errors
    /// [`DocumentError`] when there is no such document, or not now.
    pub async fn fetch(
        &self,
        url: &DocumentUrl,
        before: Option<Client>,
        requester: Requester<'_>,
    ) -> Result<Client, DocumentError> {
        match self.bring(url, requester, Arrival::Authorization).await {
            Err(DocumentError::TooMany(too_many)) => before.ok_or(DocumentError::TooMany(too_many)),
            Err(DocumentError::Fetch(error)) if error.may_pass() => {
                let times = stored::times(self.db.read(), url.as_str()).await?;
                let serves = times.is_some_and(|times| self.still_serves(&times));
                let client = clients::lookup(self.db.read(), url.as_str()).await?;
                client.filter(|_| serves).ok_or(DocumentError::Fetch(error))
            }
            brought => brought,
        }
    }

    /// Fetches the document of a client that is here already, whether or not it is fresh.
    ///
    /// # Errors
    /// [`DocumentError`] when there is no such document, or not now.
    pub async fn refresh(&self, client_id: &str, requester: Requester<'_>) -> Result<(), DocumentError> {
        let url = DocumentUrl::parse(client_id)?;
        self.admit(&url)?;
        let times = stored::times(self.db.read(), client_id).await?;
        if times.is_some_and(|times| times.standing == Standing::Pinned) {
            return Err(DocumentError::Pinned);
        }
        self.bring(&url, requester, Arrival::Refresh).await?;
        Ok(())
    }

    /// Keeps the document of a client as it is, or lets it be fetched again. `seen` is the moment of the fetch of the
    /// document that is to be kept. Nobody vouches for one that was written here once it is fetched again.
    ///
    /// # Errors
    /// [`DocumentError::Gone`] when there is no document, [`DocumentError::Unseen`] when it is another than was seen.
    pub async fn set_pinned(
        &self,
        client_id: &str,
        pinned: bool,
        seen: Option<Millis>,
        Requester { user_id, address }: Requester<'_>,
    ) -> Result<(), DocumentError> {
        let now = self.clock.now();
        let transaction = self.db.begin().await?;
        clients::lock(&transaction, client_id).await?.ok_or(DocumentError::Gone)?;
        let stored = stored::lookup(&transaction, client_id).await?;
        let (document, upkeep) = stored.ok_or(DocumentError::Gone)?;
        if pinned && seen.is_some_and(|seen| seen != document.fetched_at) {
            return Err(DocumentError::Unseen);
        }
        if (upkeep.standing == Standing::Pinned) == pinned {
            return Ok(());
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
        client_id: Option<&str>,
        body: &str,
        requester: Requester<'_>,
    ) -> Result<Client, DocumentError> {
        let said: Option<Value> = serde_json::from_str(body).ok();
        let id = said.as_ref().and_then(|said| said["client_id"].as_str()).unwrap_or_default();
        // Without one the document is read as that of its client, which says what is wrong with it.
        let id = client_id.filter(|_| id.is_empty()).unwrap_or(id);
        let url = DocumentUrl::parse(id)?;
        if client_id.is_some_and(|client_id| client_id != id) {
            return Err(DocumentError::Another);
        }
        self.admit(&url)?;
        if body.len() > self.max_bytes {
            return Err(FetchError::TooLong(self.max_bytes).into());
        }
        let document = ClientDocument::parse(body.as_bytes(), &url, &self.rules)?;
        let now = self.clock.now();
        let stored = StoredDocument {
            client_id: id.to_owned(),
            body: body.replace('\0', ""),
            fetched_at: now,
            fresh_until: now,
            logo: None,
            origin: Origin::Entered,
        };
        let client = self.store(document.metadata, stored, requester, Arrival::Entry).await?;
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
        let mut urls = stored::most_used(self.db.read(), WITNESSES_AMONG).await?;
        urls.retain(|url| hosts.insert(host_of(url)));
        urls.truncate(WITNESSES);
        Ok(urls)
    }

    fn admit(&self, url: &DocumentUrl) -> Result<(), DocumentError> {
        match &self.policy {
            Some(policy) if policy.admits(url.host()) => Ok(()),
            _ => Err(DocumentError::Host),
        }
    }

    /// Fetches a document and stores it, or notes why it could not be had.
    async fn bring(
        &self,
        url: &DocumentUrl,
        requester: Requester<'_>,
        arrival: Arrival,
    ) -> Result<Client, DocumentError> {
        let brought = match self.get(url, requester).await {
            Ok(fetched) => self.store_fetched(url, fetched, requester, arrival).await,
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
                let proven = !stored::most_used(self.db.read(), 1).await?.is_empty();
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
        let (id, now) = (url.as_str(), self.clock.now());
        let transaction = self.db.begin().await?;
        let client = clients::lock(&transaction, id).await?;
        let times = stored::times(&transaction, id).await?;
        let (Some(client), Some(times)) = (client, times) else { return Ok(()) };
        if times.standing == Standing::Pinned {
            return Ok(());
        }
        stored::note_failure(&transaction, id, failure, withdrawn, now).await?;
        status::set_stale(&transaction, id, Some(times.fetched_at)).await?;
        if withdrawn && times.standing != Standing::Withdrawn {
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
            origin: Origin::Fetched,
        };
        self.store(document.metadata, stored, requester, arrival).await
    }

    /// Adds the client, or changes it to what its document says.
    async fn store(
        &self,
        metadata: ClientMetadata,
        document: StoredDocument,
        Requester { user_id, address }: Requester<'_>,
        arrival: Arrival,
    ) -> Result<Client, DocumentError> {
        let (id, now) = (document.client_id.clone(), document.fetched_at);
        let transaction = self.db.begin().await?;
        stored::lock(&transaction, &id).await?;
        // Who authorizes an app only brings its document; who presses a button did something.
        let actor_id = (arrival != Arrival::Authorization).then_some(user_id);
        let event = Event { actor_id, address, client_id: Some(&id), ..Event::default() };
        match clients::lock(&transaction, &id).await? {
            Some(client) => {
                let times = stored::times(&transaction, &id).await?;
                let pinned = times.is_some_and(|times| times.standing == Standing::Pinned);
                if pinned && arrival != Arrival::Entry {
                    // Pinned while it was fetched.
                    return Ok(client);
                }
                change(&transaction, &client, metadata, event, now).await?;
            }
            None if arrival == Arrival::Refresh => return Err(DocumentError::Gone),
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
        match arrival {
            Arrival::Authorization => {}
            Arrival::Refresh => audit::record(&transaction, Action::DocumentRefreshed, event, now).await?,
            Arrival::Entry => audit::record(&transaction, Action::DocumentEntered, event, now).await?,
        }
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
    update::set_capabilities(db, &client.id, capabilities).await?;
    let to = Description {
        name: to.name,
        redirect_uris: to.redirect_uris,
        description: client.description.clone(),
        website: to.website,
    };
    update::change(db, client, Change { to, keys, vouched: false }, event, now).await
}
