//! The part of checking an authorization request that asks others: how often its sender may ask, and who its client is.
//! The checks themselves are in [`authorization`].

use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use domain::actor::Visit;

use crate::state::AppState;
use domain::{
    authorization_requests::AuthorizationRequest,
    client_metadata::documents::{Cached, DocumentError, MetadataDocuments, Requester},
    clients,
    config::Config,
    crypto::secret::HashedSecret,
    db::Database,
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
pub(super) enum Refusal {
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
pub(super) struct ReturnedError {
    pub(super) error: RequestError,
    pub(super) redirect_uri: String,
    pub(super) state: Option<String>,
    /// The client's name, for the person.
    pub(super) app: String,
    /// Says if the browser may be sent there without asking the person.
    pub(super) trusted: bool,
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

/// The means that the checks need.
#[derive(FromRequestParts)]
#[from_request(state(AppState))]
pub struct AuthorizeContext {
    #[from_request(via(State))]
    pub(super) config: Arc<Config>,
    #[from_request(via(State))]
    pub(super) db: Database,
    #[from_request(via(State))]
    documents: MetadataDocuments,
    #[from_request(via(State))]
    pub(super) limits: Arc<RateLimits>,
}

/// The parameters as a request of this browser.
pub(super) async fn check(
    AuthorizeContext { config, db, documents, limits }: &AuthorizeContext,
    params: &Params,
    visit: &Visit,
    browser: HashedSecret,
) -> Result<AuthorizationRequest, Refusal> {
    pace(limits, visit).map_err(Refusal::TooMany)?;
    let client = known_client(config, db, documents, visit, params).await;
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

/// Counts a request, whatever client it names: of a person, or of an address where nobody is signed in.
fn pace(limits: &RateLimits, visit: &Visit) -> Result<(), TooMany> {
    match &visit.viewer {
        Some(viewer) => limits.authorize_person.take(&viewer.user_id),
        None => limits.authorize_address.take_known(limits.network(&visit.address).as_deref()),
    }
}

async fn known_client(
    config: &Config,
    db: &Database,
    documents: &MetadataDocuments,
    visit: &Visit,
    params: &Params,
) -> Result<Client, Refusal> {
    let id = authorization::client_id(params)?;
    let client = if !DocumentUrl::is_meant_by(id) {
        clients::lookup(db.read(), id).await?
    } else if config.client_documents.is_some() {
        Some(described_client(documents, visit, id).await?)
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
