//! Client ID metadata documents: fetched, checked, kept for as long as they say, and asked for again after that.
//!
//! A document that cannot be fetched any more, for a reason that may pass, serves as it was fetched last, for a while and
//! never as that of a verified app. One that stands at its address no longer is withdrawn. An administrator may pin a
//! document, or write it: then nothing is fetched.

mod bring;
mod care;

use std::sync::Arc;

use types::{
    id::{ClientId, UserId},
    redirect_uri::RedirectRules,
};

use super::{Fetcher, Unavailable, way_out::WayOut};
use crate::{
    client_metadata::stored::{self, Standing, Timestamps},
    clients,
    clock::{Clock, DAY, MINUTE, Millis},
    db::Database,
    error::Error,
    fetch::FetchError,
    oauth::{
        client::Client,
        client_document::{DocumentPolicy, DocumentUrl, DocumentUrlError},
        client_metadata::MetadataError,
    },
    rate_limit::{RateLimits, TooMany},
};

/// A document is kept for at most so long, whatever it says.
const KEPT_MAX: Millis = DAY;
/// The time after which it is tried again to fetch a document that could not be fetched.
const AGAIN: Millis = MINUTE;

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
enum Occasion {
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
        let (times, now) = (stored::timestamps(read, &client.id).await?, self.clock.now());
        let Some(times) = times else { return Ok(Cached::Stale(None)) };
        let (fresh, serves) = match times.standing() {
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
        times.standing() == Standing::Stale && times.fetched_at + self.stale_max > self.clock.now()
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
        match self.bring(url, requester, Occasion::Authorization).await {
            Err(DocumentError::TooMany(too_many)) => before.ok_or(DocumentError::TooMany(too_many)),
            Err(DocumentError::Fetch(error)) if error.may_pass() => {
                let times = stored::timestamps(self.db.read(), &url.client_id()).await?;
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
    pub async fn refresh(&self, client_id: &ClientId, requester: Requester<'_>) -> Result<(), DocumentError> {
        let url = DocumentUrl::parse(client_id)?;
        self.admit(&url)?;
        let times = stored::timestamps(self.db.read(), client_id).await?;
        if times.is_some_and(|times| times.standing() == Standing::Pinned) {
            return Err(DocumentError::Pinned);
        }
        self.bring(&url, requester, Occasion::Refresh).await?;
        Ok(())
    }

    /// Refuses documents that the operator does not take.
    fn admit(&self, url: &DocumentUrl) -> Result<(), DocumentError> {
        match &self.policy {
            Some(policy) if policy.admits(url.host()) => Ok(()),
            _ => Err(DocumentError::Host),
        }
    }
}
