//! The checks of an authorization request (OAuth 2.1 §4.1.1), in the order in which they are made.
//!
//! They are functions of the client and the plain parameters: it does not matter if a browser brought them. Until client
//! and redirect URI are known to belong together, an error is told to the person and nobody else (§4.1.2.1); after that
//! it goes back to the client.

use types::{
    client::GrantType,
    scope::{ResourceSet, ScopeSet},
};

use super::{
    client::Client,
    error_code::ErrorCode,
    params::{Params, Repeated},
    pkce::{Challenge, ChallengeError},
    redirect_uri,
    resource::{self, UnknownResource},
    scope::{self, NothingGrantable},
};

/// Longest client ID that is looked for, in bytes: longer than any that this server gives out or takes.
const CLIENT_ID_MAX: usize = 2_048;

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

/// The reason why nothing can be sent back to a client, as a sentence for the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswerable {
    /// `client_id` is missing.
    #[error("The app did not say who it is: its request has no client ID.")]
    NoClientId,
    /// `client_id` stands twice.
    #[error("The app gave its client ID more than once.")]
    RepeatedClientId,
    /// Nobody registered it.
    #[error("No app is registered here under the client ID of this request.")]
    UnknownClient,
    /// Its owner or an administrator switched it off.
    #[error("This app is disabled.")]
    DisabledClient,
    /// `redirect_uri` stands twice.
    #[error("The app gave its redirect URI more than once.")]
    RepeatedRedirectUri,
    /// `redirect_uri` is none that it registered.
    #[error("The app asked to send you to an address that it did not register.")]
    UnknownRedirectUri,
    /// `redirect_uri` is missing, and the client did not register exactly one.
    #[error("The app did not say where to send you back to.")]
    NoRedirectUri,
}

/// The reason why a request is refused, to be sent back to the client; what it displays is the description.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// A parameter stands twice.
    #[error("{0}")]
    Repeated(#[from] Repeated),
    /// A request object (OpenID Connect Core §6).
    #[error("request objects are not supported")]
    RequestObject,
    /// A request that was pushed (RFC 9126), or lies elsewhere.
    #[error("pushed requests are not supported")]
    RequestUri,
    /// `response_type` is missing.
    #[error("response_type is required")]
    NoResponseType,
    /// `response_type` is not `code`.
    #[error("response_type must be code")]
    ResponseType,
    /// The client registered without this grant type.
    #[error("this client may not ask for codes")]
    GrantType,
    /// The PKCE challenge is missing or not one.
    #[error("{0}")]
    Challenge(#[from] ChallengeError),
    /// `resource` is none of this server's.
    #[error("{0}")]
    Resource(#[from] UnknownResource),
    /// No scope is left.
    #[error("{0}")]
    Scope(#[from] NothingGrantable),
}

impl RequestError {
    /// The code on the wire.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Repeated(_) | Self::NoResponseType | Self::Challenge(_) => ErrorCode::InvalidRequest,
            Self::RequestObject => ErrorCode::RequestNotSupported,
            Self::RequestUri => ErrorCode::RequestUriNotSupported,
            Self::ResponseType => ErrorCode::UnsupportedResponseType,
            Self::GrantType => ErrorCode::UnauthorizedClient,
            Self::Resource(_) => ErrorCode::InvalidTarget,
            Self::Scope(_) => ErrorCode::InvalidScope,
        }
    }
}

/// A request that passed the checks.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The text that comes back unchanged.
    pub state: Option<String>,
    /// Permissions, expanded.
    pub scopes: ScopeSet,
    /// The resources that they are for.
    pub resources: ResourceSet,
    /// The challenge that the code has to be redeemed with.
    pub challenge: Challenge,
}

/// The client ID of a request.
///
/// # Errors
/// [`Unanswerable`] when there is not one.
pub fn client_id(params: &Params) -> Result<&str, Unanswerable> {
    let id = params.one("client_id").map_err(|_| Unanswerable::RepeatedClientId)?;
    let id = id.ok_or(Unanswerable::NoClientId)?;
    if id.len() > CLIENT_ID_MAX { Err(Unanswerable::UnknownClient) } else { Ok(id) }
}

/// The client, if it may be used.
///
/// # Errors
/// [`Unanswerable`] when it is not there, or switched off.
pub fn usable(client: Option<Client>) -> Result<Client, Unanswerable> {
    let client = client.ok_or(Unanswerable::UnknownClient)?;
    if client.is_active() { Ok(client) } else { Err(Unanswerable::DisabledClient) }
}

/// The registered URI that the answer goes to, as the request spells it.
///
/// # Errors
/// [`Unanswerable`] when there is none.
pub fn registered_redirect_uri(client: &Client, params: &Params) -> Result<String, Unanswerable> {
    let asked = params.one("redirect_uri").map_err(|_| Unanswerable::RepeatedRedirectUri)?;
    match (asked, client.redirect_uris.as_slice()) {
        (Some(asked), registered) if registered.iter().any(|uri| redirect_uri::matches(uri, asked)) => {
            Ok(asked.to_owned())
        }
        (Some(_), _) => Err(Unanswerable::UnknownRedirectUri),
        (None, [only]) => Ok(only.clone()),
        (None, _) => Err(Unanswerable::NoRedirectUri),
    }
}

/// Checks what the client asks for; its client ID and redirect URI are known to be good.
///
/// # Errors
/// [`RequestError`] of the first check that fails.
pub fn check(client: &Client, params: &Params, issuer: &str) -> Result<Asked, RequestError> {
    nothing_stands_twice(params)?;
    request_is_in_the_query(params)?;
    response_is_a_code(params)?;
    client_may_ask_for_codes(client)?;
    let challenge = challenge(params)?;
    let named = resource::parse_all(issuer, params.all("resource"))?;
    let (scopes, resources) =
        scope::requested(params.first("scope"), client.default_scope.as_deref(), named)?;
    Ok(Asked { state: params.first("state").map(str::to_owned), scopes, resources, challenge })
}

fn nothing_stands_twice(params: &Params) -> Result<(), RequestError> {
    params.repeated(&SINGLE).map_or(Ok(()), |repeated| Err(repeated.into()))
}

fn request_is_in_the_query(params: &Params) -> Result<(), RequestError> {
    if params.first("request").is_some() {
        return Err(RequestError::RequestObject);
    }
    if params.first("request_uri").is_some() { Err(RequestError::RequestUri) } else { Ok(()) }
}

fn response_is_a_code(params: &Params) -> Result<(), RequestError> {
    match params.first("response_type") {
        Some("code") => Ok(()),
        Some(_) => Err(RequestError::ResponseType),
        None => Err(RequestError::NoResponseType),
    }
}

fn client_may_ask_for_codes(client: &Client) -> Result<(), RequestError> {
    if client.may(GrantType::AuthorizationCode) { Ok(()) } else { Err(RequestError::GrantType) }
}

/// PKCE with S256, always (`protocol.md` A3).
fn challenge(params: &Params) -> Result<Challenge, RequestError> {
    Ok(Challenge::parse(params.first("code_challenge"), params.first("code_challenge_method"))?)
}

#[cfg(test)]
mod tests {
    use types::client::{ClientSource, ClientStatus};

    use super::*;
    use types::client::AuthMethod;

    const ISSUER: &str = "https://gate.example";
    const GOOD: &str = "response_type=code&client_id=app_a&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&state=x\
        &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256&scope=mcp%3Awrite";

    fn client() -> Client {
        Client {
            id: "app_a".parse().unwrap(),
            source: ClientSource::User,
            name: "App".to_owned(),
            description: String::new(),
            website: None,
            redirect_uris: vec!["https://app.example/cb".to_owned()],
            auth_method: AuthMethod::None,
            keys: None,
            grant_types: vec![GrantType::AuthorizationCode],
            default_scope: None,
            verified: false,
            resource_server: false,
            stale_since: None,
            owner_id: None,
            entry_id: "app_a".to_owned(),
            status: ClientStatus::Active,
            created_at: 0,
            created_address: String::new(),
            changed_at: None,
        }
    }

    /// The first error of a request, told or returned.
    fn outcome(client: &Client, query: &str) -> Result<Asked, String> {
        let params = Params::parse(query.as_bytes());
        client_id(&params).map_err(|error| error.to_string())?;
        usable(Some(client.clone())).map_err(|error| error.to_string())?;
        registered_redirect_uri(client, &params).map_err(|error| error.to_string())?;
        check(client, &params, ISSUER).map_err(|error| format!("{}: {error}", error.code().as_str()))
    }

    #[test]
    fn a_good_request_needs_no_browser() {
        let asked = outcome(&client(), GOOD).unwrap();
        assert_eq!(asked.scopes.to_string(), "mcp:read mcp:write");
        assert_eq!((asked.resources.to_string().as_str(), asked.state.as_deref()), ("mcp", Some("x")));
        assert_eq!(usable(None).unwrap_err(), Unanswerable::UnknownClient);
    }

    #[test]
    fn each_check_has_its_reason_and_comes_in_its_turn() {
        let without =
            |name: &str| GOOD.split('&').filter(|pair| !pair.starts_with(name)).collect::<Vec<_>>().join("&");
        let cases = [
            (without("client_id"), "no client ID"),
            (format!("{GOOD}&client_id=app_a"), "client ID more than once"),
            (format!("{}&client_id={}", without("client_id"), "x".repeat(2_049)), "No app is registered"),
            (format!("{GOOD}&redirect_uri=x"), "redirect URI more than once"),
            (
                format!("{}&redirect_uri=https%3A%2F%2Fevil.example", without("redirect_uri")),
                "did not register",
            ),
            (format!("{GOOD}&state=y&request=x"), "invalid_request: "),
            (format!("{GOOD}&request=x&request_uri=y"), "request_not_supported: "),
            (format!("{GOOD}&request_uri=y"), "request_uri_not_supported: "),
            (without("response_type"), "invalid_request: response_type is required"),
            (format!("{}&response_type=token", without("response_type")), "unsupported_response_type: "),
            (without("code_challenge="), "invalid_request: "),
            (format!("{GOOD}&resource=https%3A%2F%2Fevil.example"), "invalid_target: "),
            (format!("{}&scope=openid", without("scope")), "invalid_scope: "),
        ];
        for (query, reason) in cases {
            let refused = outcome(&client(), &query).unwrap_err();
            assert!(refused.contains(reason), "{query}: {refused}");
        }
        let blocked = Client { status: ClientStatus::Blocked, ..client() };
        assert!(outcome(&blocked, GOOD).unwrap_err().contains("disabled"));
        let machine = Client { grant_types: Vec::new(), ..client() };
        assert!(outcome(&machine, GOOD).unwrap_err().starts_with("unauthorized_client: "));
        let two = Client {
            redirect_uris: vec!["https://a.example".to_owned(), "https://b.example".to_owned()],
            ..client()
        };
        assert!(outcome(&two, &without("redirect_uri")).unwrap_err().contains("where to send you"));
    }
}
