//! The checks of an authorization request, in the order in which they are made.
//!
//! Until client and redirect URI are known to belong together, an error is told to the person and nobody else
//! (OAuth 2.1 §4.1.2.1). After that it goes back to the client.

use std::sync::Arc;

use app::ports::Visit;
use axum::extract::{FromRequestParts, State};

use crate::{
    config::Config,
    crypto::secret::HashedSecret,
    error::Error,
    oauth::{
        client::{Client, GrantType},
        client_document::DocumentUrl,
        error_code::ErrorCode,
        params::Params,
        pkce::Challenge,
        redirect_uri, resource, scope,
    },
    published::documents::{Asker, DocumentError, Documents, Known},
    rate_limit::{RateLimits, TooMany},
    state::AppState,
    storage::{Database, authorization_requests::AuthorizationRequest, clients},
};

/// Why a request does not become one that waits for an answer.
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
    Inside(Error),
}

/// An error that goes back to the client.
pub(super) struct ReturnedError {
    pub(super) code: ErrorCode,
    pub(super) description: String,
    pub(super) redirect_uri: String,
    pub(super) state: Option<String>,
    /// The client's name, for the person.
    pub(super) app: String,
    /// Whether the browser may be sent there without asking the person.
    pub(super) trusted: bool,
}

impl From<DocumentError> for Refusal {
    fn from(error: DocumentError) -> Self {
        match error {
            DocumentError::Inside(error) => Self::Inside(error),
            DocumentError::TooMany(too_many) => Self::TooMany(too_many),
            error => Self::Page(format!("The app's client ID {error}.")),
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Inside(error)
    }
}

/// Parameters that may stand only once.
const SINGLE: [&str; 9] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "request",
    "request_uri",
];

/// What the checks need.
#[derive(FromRequestParts)]
#[from_request(state(AppState))]
pub struct Desk {
    #[from_request(via(State))]
    pub(super) config: Arc<Config>,
    #[from_request(via(State))]
    pub(super) db: Database,
    #[from_request(via(State))]
    documents: Documents,
    #[from_request(via(State))]
    pub(super) limits: Arc<RateLimits>,
}

/// The parameters as a request of this browser.
pub(super) async fn check(
    Desk { config, db, documents, limits }: &Desk,
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
    let redirect_uri = registered_redirect_uri(&client, params)?;
    // From here on the client may be told.
    let refuse = |code, description: String| {
        Refusal::Return(Box::new(ReturnedError {
            code,
            description,
            redirect_uri: redirect_uri.clone(),
            state: params.first("state").map(str::to_owned),
            app: client.name.clone(),
            trusted: client.is_trusted(),
        }))
    };
    let invalid = |description: &dyn ToString| refuse(ErrorCode::InvalidRequest, description.to_string());

    if let Some(repeated) = params.repeated(&SINGLE) {
        return Err(invalid(&repeated));
    }
    if params.first("request").is_some() {
        return Err(refuse(ErrorCode::RequestNotSupported, "request objects are not supported".to_owned()));
    }
    if params.first("request_uri").is_some() {
        return Err(refuse(
            ErrorCode::RequestUriNotSupported,
            "pushed requests are not supported".to_owned(),
        ));
    }
    match params.first("response_type") {
        Some("code") => {}
        Some(_) => {
            return Err(refuse(ErrorCode::UnsupportedResponseType, "response_type must be code".to_owned()));
        }
        None => return Err(invalid(&"response_type is required")),
    }
    if !client.may(GrantType::AuthorizationCode) {
        return Err(refuse(ErrorCode::UnauthorizedClient, "this client may not ask for codes".to_owned()));
    }
    let challenge = Challenge::parse(params.first("code_challenge"), params.first("code_challenge_method"))
        .map_err(|error| invalid(&error))?;
    let resources = resource::parse_all(&config.issuer, params.all("resource"))
        .map_err(|error| refuse(ErrorCode::InvalidTarget, error.to_string()))?;
    let (scopes, resources) =
        scope::requested(params.first("scope"), client.default_scope.as_deref(), resources)
            .map_err(|error| refuse(ErrorCode::InvalidScope, error.to_string()))?;

    Ok(AuthorizationRequest {
        browser,
        client_id: client.id.clone(),
        redirect_uri: redirect_uri.clone(),
        state: params.first("state").map(str::to_owned),
        scopes,
        resources,
        challenge,
    })
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
    documents: &Documents,
    visit: &Visit,
    params: &Params,
) -> Result<Client, Refusal> {
    let told = |sentence: &str| Refusal::Page(sentence.to_owned());
    let id = params.one("client_id").map_err(|_| told("The app gave its client ID more than once."))?;
    let id = id.ok_or_else(|| told("The app did not say who it is: its request has no client ID."))?;
    let unknown = || told("No app is registered here under the client ID of this request.");
    // Longer than any ID that this server gives out.
    if id.len() > 2_048 {
        return Err(unknown());
    }
    let client = if DocumentUrl::is_meant_by(id) {
        if config.client_documents.is_none() {
            return Err(unknown());
        }
        described_client(documents, visit, id).await?
    } else {
        clients::lookup(db.read(), id).await?.ok_or_else(unknown)?
    };
    if client.is_active() { Ok(client) } else { Err(told("This app is disabled.")) }
}

/// The client that a document at its client ID describes. Strangers make this server ask nobody: who asks for a document
/// that is not at hand signs in first (`protocol.md` C9).
async fn described_client(documents: &Documents, visit: &Visit, id: &str) -> Result<Client, Refusal> {
    let url =
        DocumentUrl::parse(id).map_err(|error| Refusal::Page(format!("The app's client ID {error}.")))?;
    match documents.known(&url).await? {
        Known::Fresh(client) => Ok(client),
        Known::Stale(before) => {
            let viewer = visit.viewer.as_ref().ok_or(Refusal::SignIn)?;
            let asker = Asker { user_id: &viewer.user_id, address: &visit.address };
            documents.fetch(&url, before, asker).await.map_err(|error| match documents.advice(&error) {
                "" => error.into(),
                advice => Refusal::Page(format!("The app's client ID {error}.{advice}")),
            })
        }
    }
}

fn registered_redirect_uri(client: &Client, params: &Params) -> Result<String, Refusal> {
    let told = |sentence: &str| Refusal::Page(sentence.to_owned());
    let asked =
        params.one("redirect_uri").map_err(|_| told("The app gave its redirect URI more than once."))?;
    match (asked, client.redirect_uris.as_slice()) {
        (Some(asked), registered) if registered.iter().any(|uri| redirect_uri::matches(uri, asked)) => {
            Ok(asked.to_owned())
        }
        (Some(_), _) => Err(told("The app asked to send you to an address that it did not register.")),
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(told("The app did not say where to send you back to.")),
    }
}
