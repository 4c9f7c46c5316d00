//! An authorization request becomes one that waits for a person's answer. What asks others is here: how often its sender
//! may ask, and who its client is. The checks of its parameters are in [`authorization`].

mod room;

use crate::{
    Domain,
    actor::Visit,
    authorization_requests::{self, AuthorizationRequest},
    client_metadata::documents::{Cached, DocumentError, MetadataDocuments, Requester},
    clients,
    crypto::secret::{HashedSecret, PlainSecret, SecretKind},
    error::Error,
    oauth::{
        authorization::{self, Asked, RequestError, Unanswerable},
        client::Client,
        client_document::DocumentUrl,
        params::Params,
    },
    rate_limit::{RateLimits, TooMany},
};

/// The reason why a request does not become one that waits for an answer.
pub enum Refusal {
    /// Told to the person, with this sentence; nothing goes to the client.
    Page(String),
    /// Told to the person: this client asks too often from here.
    TooMany(TooMany),
    /// Told to the person, who is not signed in: there is no room for another request of a stranger.
    Full,
    /// Nothing is said before the person has signed in: to answer, the server has to ask somebody else.
    SignIn,
    /// Sent back to the client.
    Return(Box<ReturnedError>),
    /// Something failed inside.
    Internal(Error),
}

/// An error that goes back to the client.
pub struct ReturnedError {
    /// The error.
    pub error: RequestError,
    /// Where it goes: a redirect URI that the client registered.
    pub redirect_uri: String,
    /// The client's `state`.
    pub state: Option<String>,
    /// The client's name, for the person.
    pub app: String,
    /// Says if the browser may be sent there without asking the person.
    pub trusted: bool,
}

impl From<DocumentError> for Refusal {
    fn from(error: DocumentError) -> Self {
        match error {
            DocumentError::Internal(error) => Self::Internal(error),
            DocumentError::TooMany(too_many) => Self::TooMany(too_many),
            error => Self::Page(format!("The app's client ID {error}.")),
        }
    }
}

impl From<Unanswerable> for Refusal {
    fn from(error: Unanswerable) -> Self {
        Self::Page(error.to_string())
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Internal(error)
    }
}

/// A request that waits.
pub struct Waiting {
    /// Names it, in the address of its consent page.
    pub handle: PlainSecret,
    /// The cookie that binds it to the browser, if that needs a new one.
    pub new_browser: Option<PlainSecret>,
}

/// Checks a request and stores it, bound to the browser that it came with.
///
/// # Errors
/// [`Refusal`], which says who is told.
pub async fn request(domain: &Domain, visit: &Visit, params: &Params) -> Result<Waiting, Refusal> {
    let (browser, new_browser) = match &visit.browser {
        Some(cookie) => (HashedSecret::of(cookie), None),
        None => {
            let new = PlainSecret::generate(SecretKind::Browser);
            (new.hashed(), Some(new))
        }
    };
    let request = check(domain, params, visit, browser).await?;
    let asked_by = room::make(domain, visit).await?;
    let handle = PlainSecret::generate(SecretKind::Handle);
    // Made now, not when it came: to check it, the server may have learned that the client changed.
    let now = domain.clock.now();
    let lifetime = domain.config.options.lifetimes.authorization_request_lifetime;
    authorization_requests::add(domain.db.write(), &handle.hashed(), request, asked_by, lifetime, now)
        .await?;
    Ok(Waiting { handle, new_browser })
}

/// The parameters as a request of this browser.
async fn check(
    domain: &Domain,
    params: &Params,
    visit: &Visit,
    browser: HashedSecret,
) -> Result<AuthorizationRequest, Refusal> {
    let Domain { config, limits, .. } = domain;
    limit(limits, visit).map_err(Refusal::TooMany)?;
    let client = known_client(domain, visit, params).await;
    let id = client.as_ref().ok().map(|client| client.id.as_str());
    let client_here = limits.client_at(id, &visit.address);
    limits.authorize.take_known(client_here.as_deref()).map_err(Refusal::TooMany)?;
    let client = client?;
    let redirect_uri = authorization::registered_redirect_uri(&client, params)?;
    // From here on the client may be told.
    match authorization::check(&client, params, &config.issuer) {
        Ok(Asked { state, scopes, resources, challenge }) => Ok(AuthorizationRequest {
            browser,
            client_id: client.id,
            redirect_uri,
            state,
            scopes,
            resources,
            challenge,
        }),
        Err(error) => Err(Refusal::Return(Box::new(ReturnedError {
            error,
            redirect_uri,
            state: params.first("state").map(str::to_owned),
            trusted: client.is_trusted(),
            app: client.name,
        }))),
    }
}

/// Limits how often is asked, whatever client is named: of a person, or of an address where nobody is signed in.
fn limit(limits: &RateLimits, visit: &Visit) -> Result<(), TooMany> {
    match &visit.viewer {
        Some(viewer) => limits.authorize_person.take(&viewer.user_id),
        None => limits.authorize_address.take_known(limits.network(&visit.address).as_deref()),
    }
}

async fn known_client(domain: &Domain, visit: &Visit, params: &Params) -> Result<Client, Refusal> {
    let id = authorization::client_id(params)?;
    let client = if !DocumentUrl::is_meant_by(id) {
        clients::lookup(domain.db.read(), id).await?
    } else if domain.config.client_documents.is_some() {
        Some(described_client(&domain.documents, visit, id).await?)
    } else {
        None
    };
    Ok(authorization::usable(client)?)
}

/// The client that a document at its client ID describes. Strangers make this server ask nobody: who asks for a document
/// that is not at hand signs in first (`protocol.md` C9).
async fn described_client(documents: &MetadataDocuments, visit: &Visit, id: &str) -> Result<Client, Refusal> {
    let url =
        DocumentUrl::parse(id).map_err(|error| Refusal::Page(format!("The app's client ID {error}.")))?;
    match documents.known(&url).await? {
        Cached::Fresh(client) => Ok(client),
        Cached::Stale(before) => {
            let viewer = visit.viewer.as_ref().ok_or(Refusal::SignIn)?;
            let requester = Requester { user_id: &viewer.user_id, address: &visit.address };
            documents.fetch(&url, before, requester).await.map_err(|error| match documents.advice(&error) {
                "" => error.into(),
                advice => Refusal::Page(format!("The app's client ID {error}.{advice}")),
            })
        }
    }
}
