//! The person's answer to an authorization request.

use std::sync::Arc;

use axum::{
    Extension,
    body::Bytes,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use domain::actor::Visit;
use http::{HeaderMap, StatusCode, header};
use types::{
    client::{ClientSource, ClientStatus},
    failure::Failure,
    paths,
    person::Viewer,
    problem::Problem,
    scope::{Scope, ScopeSet},
};

use crate::web::{pages::Pages, plain_page, user_agent};
use domain::{
    audit::{self, Action, Event},
    authorization_requests::{self, AuthorizationRequest, StoredRequest},
    client_metadata::stored,
    clients,
    clock::{Clock, HOUR, Millis},
    config::Config,
    crypto::secret::{HashedSecret, PlainSecret, SecretKind, same},
    db::Database,
    error::Error,
    flows::consent::csrf_token,
    grants::{
        self, NewGrant, Origin,
        codes::{self, NewCode},
    },
    oauth::{client::Client, error_code::ErrorCode, grant::Subject, params::Params, redirect_uri},
    rate_limit::{RateLimits, TooMany},
    workspaces::products::{self, ProductMembership},
};

/// The reason why an answer grants nothing.
enum Refusal {
    /// Another site, another session or a forged form: 403.
    Forged,
    /// The request is unknown, used up, expired, or of another browser: back to its page, which says so.
    Gone,
    /// The person has to choose differently: back to the page, which says what is wrong.
    Choose { product: String, problem: &'static str },
    /// A product that the person may not open: 403.
    NotTheirs,
    /// The client is not what it was when it asked, as this sentence says.
    Client(&'static str),
    /// The person answers too many requests: 429.
    TooMany(TooMany),
    /// Something failed inside.
    Internal(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Internal(error)
    }
}

/// `POST /oauth/consent`: `handle`, `csrf`, `decision`, `product`, `scope` repeated.
#[expect(clippy::too_many_arguments, reason = "each argument is a part of the state that the handler needs")]
pub async fn post(
    State(config): State<Arc<Config>>,
    State(db): State<Database>,
    State(clock): State<Arc<dyn Clock>>,
    State(limits): State<Arc<RateLimits>>,
    State(pages): State<Pages>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = Params::parse(&body);
    let request_page = paths::consent(&url_safe(form.first("handle").unwrap_or_default()));
    let Some(viewer) = &visit.viewer else {
        return Redirect::to(&paths::sign_in_then(&request_page)).into_response();
    };
    let paced = limits.consent.take(&viewer.user_id).map_err(Refusal::TooMany);
    let answered = match paced {
        Ok(()) => {
            let device = user_agent::device(&headers);
            let desk = ConsentContext {
                config: &config,
                db: &db,
                limits: &limits,
                visit: &visit,
                viewer,
                device: &device,
            };
            answer(&desk, &form, clock.now()).await
        }
        Err(refusal) => Err(refusal),
    };
    match answered {
        Ok(target) => Redirect::to(&target).into_response(),
        Err(Refusal::Gone) => Redirect::to(&request_page).into_response(),
        Err(Refusal::Choose { product, problem }) => {
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("product", &product)
                .append_pair("problem", problem)
                .finish();
            Redirect::to(&format!("{request_page}?{query}")).into_response()
        }
        Err(Refusal::Forged) => {
            let detail = "It was made for another person or changed on its way. Nothing was granted.";
            let action = Some(("Open the request again".to_owned(), request_page));
            refused(&pages, &visit, "This form is not valid here", detail, action).await
        }
        Err(Refusal::NotTheirs) => {
            let detail = "You are not a member of it. Nothing was granted.";
            let action = Some(("Open the request again".to_owned(), request_page));
            refused(&pages, &visit, "You cannot give access to this product", detail, action).await
        }
        Err(Refusal::Client(change)) => {
            let detail = format!("{change} Nothing was granted.");
            refused(&pages, &visit, "This app can no longer be authorized", &detail, None).await
        }
        Err(Refusal::TooMany(too_many)) => {
            let detail = "You answered many requests just now. Nothing was granted. Wait a few minutes, go back and answer again.";
            let mut response = refused(&pages, &visit, "Too many answers", detail, None).await;
            *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
            response.headers_mut().insert(header::RETRY_AFTER, too_many.retry_after());
            response
        }
        Err(Refusal::Internal(error)) => {
            tracing::error!(%error, "consent failed inside");
            plain_page::answer(&pages, paths::CONSENT_POST, &Failure::Unavailable)
        }
    }
}

async fn refused(
    pages: &Pages,
    visit: &Visit,
    title: &str,
    detail: &str,
    action: Option<(String, String)>,
) -> Response {
    let problem = Problem { title: title.to_owned(), detail: detail.to_owned(), action, question: None };
    pages.render(visit, StatusCode::FORBIDDEN, paths::CONSENT_POST, problem).await
}

/// A handle as it may stand in a path: what is no handle of ours becomes one that does not exist.
fn url_safe(handle: &str) -> String {
    let known = handle.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if known && !handle.is_empty() && handle.len() <= 64 { handle.to_owned() } else { "unknown".to_owned() }
}

/// The person who answers, and the means to note it.
struct ConsentContext<'a> {
    config: &'a Config,
    db: &'a Database,
    limits: &'a RateLimits,
    visit: &'a Visit,
    viewer: &'a Viewer,
    /// Browser and system, for people.
    device: &'a str,
}

/// The checks in their order; where the browser goes next when all of them pass.
async fn answer(desk: &ConsentContext<'_>, form: &Params, now: Millis) -> Result<String, Refusal> {
    let ConsentContext { config, db, visit, viewer, .. } = desk;
    let text = form.first("handle").ok_or(Refusal::Forged)?;
    let handle = HashedSecret::of(text);
    let cookie = visit.browser.as_deref().ok_or(Refusal::Forged)?;
    if !same(form.first("csrf").unwrap_or_default(), &csrf_token(cookie, &viewer.user_id, text)) {
        return Err(Refusal::Forged);
    }
    let browser = HashedSecret::of(cookie);
    let stored = authorization_requests::lookup(db.read(), &handle, &browser).await?.ok_or(Refusal::Gone)?;
    if !stored.is_open(now) {
        return Err(Refusal::Gone);
    }
    let client = clients::lookup(db.read(), &stored.request.client_id).await?;
    let client = check_client(client.as_ref(), &stored)?;
    if stored::is_withdrawn(db.read(), client).await? {
        return Err(Refusal::Client("Its document does not stand at its address any more."));
    }
    let request = &stored.request;
    match form.first("decision") {
        Some("approve") => approve(desk, form, (&handle, &stored), now).await,
        Some("deny") => {
            if !authorization_requests::consume(db.write(), &handle, now).await? {
                return Err(Refusal::Gone);
            }
            let denied =
                [("error", ErrorCode::AccessDenied.as_str()), ("error_description", "The person said no")];
            Ok(redirect_uri::with_answer(
                &request.redirect_uri,
                &denied,
                request.state.as_deref(),
                &config.issuer,
            ))
        }
        _ => Err(Refusal::Forged),
    }
}

/// The client, if it is still the app that asked, and the answer may still go where it was asked to go.
fn check_client<'a>(client: Option<&'a Client>, stored: &StoredRequest) -> Result<&'a Client, Refusal> {
    let client = client.ok_or(Refusal::Client("It was deleted."))?;
    match client.status {
        ClientStatus::Blocked => return Err(Refusal::Client("An administrator blocked it.")),
        ClientStatus::Disabled => return Err(Refusal::Client("It was switched off.")),
        ClientStatus::Active => {}
    }
    let registered =
        client.redirect_uris.iter().any(|uri| redirect_uri::matches(uri, &stored.request.redirect_uri));
    if stored.is_outdated(client) || !registered {
        return Err(Refusal::Client("It changed after it asked."));
    }
    Ok(client)
}

async fn approve(
    desk: &ConsentContext<'_>,
    form: &Params,
    (handle, stored): (&HashedSecret, &StoredRequest),
    now: Millis,
) -> Result<String, Refusal> {
    let ConsentContext { config, db, limits, visit, viewer, device } = desk;
    let request = &stored.request;
    let product = form.first("product").ok_or(Refusal::NotTheirs)?;
    let seat =
        products::find_membership(db.read(), &viewer.user_id, product).await?.ok_or(Refusal::NotTheirs)?;
    let scopes = chosen_scopes(form, request, &seat)?;

    let code = PlainSecret::generate(SecretKind::Code);
    let transaction = db.begin().await?;
    // Held until the end: whoever deletes or changes the client now does so after this.
    let locked = clients::lock(&transaction, &request.client_id).await?;
    let client = check_client(locked.as_ref(), stored)?;
    if !authorization_requests::consume(&transaction, handle, now).await? {
        return Err(Refusal::Gone);
    }
    let detail = scopes.to_string();
    let grant = NewGrant {
        user_id: viewer.user_id.clone(),
        client_id: client.id.clone(),
        product: Some(seat.product_ref()),
        resources: scopes.resources().collect(),
        scopes,
        address: visit.address.clone(),
        subject: Subject::Person,
        origin: Some(Origin {
            redirect_uri: request.redirect_uri.clone(),
            browser: request.browser.clone(),
            requested_at: stored.created_at,
            device: (*device).to_owned(),
            replaces: form.first("replace").is_some(),
        }),
    };
    let grant_id = grants::add(&transaction, grant, now).await?;
    let new_code = NewCode {
        hash: &code.hashed(),
        grant_id: &grant_id,
        client_id: &client.id,
        redirect_uri: &request.redirect_uri,
        challenge: &request.challenge,
        lifetime: config.options.lifetimes.code_lifetime,
    };
    codes::add(&transaction, new_code, now).await?;
    let event = Event {
        actor_id: Some(&viewer.user_id),
        address: &visit.address,
        client_id: Some(&client.id),
        grant_id: Some(&grant_id),
        organization_id: Some(&seat.organization_id),
        detail: Some(&detail),
    };
    audit::record(&transaction, Action::GrantAuthorized, event, now).await?;
    let is_new = client.source == ClientSource::Dynamic && now - client.created_at < HOUR;
    let is_first = is_new && grants::is_first(&transaction, &client.id).await?;
    transaction.commit().await?;
    if is_first && let Some(network) = limits.network(&client.created_address) {
        // It was no stranger's: an office behind one address connects as many programs as it has people.
        limits.register.give_back(&network);
    }
    Ok(redirect_uri::with_answer(
        &request.redirect_uri,
        &[("code", code.expose())],
        request.state.as_deref(),
        &config.issuer,
    ))
}

/// The scopes of the form, expanded: requested ones only, all within the person's role, at least one.
fn chosen_scopes(
    form: &Params,
    request: &AuthorizationRequest,
    seat: &ProductMembership,
) -> Result<ScopeSet, Refusal> {
    let chosen = form
        .all("scope")
        .map(str::parse::<Scope>)
        .collect::<Result<ScopeSet, _>>()
        .map_err(|_| Refusal::Forged)?
        .expanded();
    let choose = |problem| Refusal::Choose { product: seat.product_id.clone(), problem };
    if !request.scopes.contains_all(&chosen) {
        return Err(Refusal::Forged);
    }
    if !seat.role.scopes().contains_all(&chosen) {
        return Err(choose("role"));
    }
    if chosen.is_empty() { Err(choose("none")) } else { Ok(chosen) }
}
