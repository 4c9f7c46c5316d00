//! A person's answer to an authorization request.

use sea_orm::ConnectionTrait;
use types::{
    client::{ClientSource, ClientStatus},
    grant::Subject,
    id::ProductId,
    person::Viewer,
    scope::{Scope, ScopeSet},
};

use super::csrf_token;
use crate::{
    Domain,
    actor::Visit,
    audit::{self, Action, Event},
    authorization_requests::{self, AuthorizationRequest, StoredRequest},
    client_metadata::stored,
    clients,
    clock::{HOUR, Millis},
    crypto::secret::{HashedSecret, PlainSecret, SecretKind, constant_time_eq},
    db::Transaction,
    error::Error,
    grants::{
        self, NewGrant, Origin,
        codes::{self, NewCode},
    },
    oauth::{client::Client, error_code::ErrorCode, params::Params, redirect_uri},
    rate_limit::TooMany,
    workspaces::products::{self, ProductMembership},
};

/// The reason why an answer grants nothing.
#[derive(Debug)]
pub enum Refusal {
    /// Another site, another session or a forged form: 403.
    Forged,
    /// The request is unknown, used up, expired, or of another browser: back to its page, which says so.
    Gone,
    /// The person has to choose differently: back to the page, which says what is wrong.
    Choose {
        /// The chosen product.
        product: ProductId,
        /// The code of what is wrong: `role` or `none`.
        problem: &'static str,
    },
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

/// The person who answers, and where.
struct Answering<'a> {
    domain: &'a Domain,
    visit: &'a Visit,
    viewer: &'a Viewer,
    /// Browser and system, for people.
    device: &'a str,
    now: Millis,
}

/// Checks the answer of `viewer`, in order, and makes the grant and its code, or notes the refusal. `form` has `handle`,
/// `csrf`, `decision`, `product` and `scope`, repeated; `device` names browser and system for people. Returns the URI
/// that the browser goes to next: the client's, with `code` or `error`, `state` and `iss`.
///
/// # Errors
/// [`Refusal`]: nothing was granted.
pub async fn answer(
    domain: &Domain,
    visit: &Visit,
    viewer: &Viewer,
    form: &Params,
    device: &str,
) -> Result<String, Refusal> {
    domain.limits.consent.take(&viewer.user_id).map_err(Refusal::TooMany)?;
    let answering = Answering { domain, visit, viewer, device, now: domain.clock.now() };
    decide(&answering, form).await
}

/// The checks in their order; where the browser goes next when all of them pass.
async fn decide(answering: &Answering<'_>, form: &Params) -> Result<String, Refusal> {
    let &Answering { domain: Domain { config, db, .. }, visit, viewer, now, .. } = answering;
    let text = form.first("handle").ok_or(Refusal::Forged)?;
    let handle = HashedSecret::of(text);
    let cookie = visit.browser.as_deref().ok_or(Refusal::Forged)?;
    if !constant_time_eq(form.first("csrf").unwrap_or_default(), &csrf_token(cookie, &viewer.user_id, text)) {
        return Err(Refusal::Forged);
    }
    let browser = HashedSecret::of(cookie);
    let stored = authorization_requests::lookup(db.read(), &handle, &browser).await?.ok_or(Refusal::Gone)?;
    if !stored.is_open(now) {
        return Err(Refusal::Gone);
    }
    let request = &stored.request;
    match form.first("decision") {
        Some("approve") => approve(answering, form, (&handle, &stored)).await,
        Some("deny") => {
            let client = clients::lookup(db.read(), &request.client_id).await?;
            check_client(db.read(), client, &stored).await?;
            if !authorization_requests::consume(db.write(), &handle, now).await? {
                return Err(Refusal::Gone);
            }
            let denied = [
                ("error", ErrorCode::AccessDenied.as_str()),
                ("error_description", "The user denied the request"),
            ];
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
async fn check_client(
    db: &impl ConnectionTrait,
    client: Option<Client>,
    stored: &StoredRequest,
) -> Result<Client, Refusal> {
    let client = client.ok_or(Refusal::Client("It was deleted."))?;
    match client.status {
        ClientStatus::Blocked => return Err(Refusal::Client("An administrator blocked it.")),
        ClientStatus::Disabled => return Err(Refusal::Client("It was switched off.")),
        ClientStatus::Active => {}
    }
    let registered =
        client.redirect_uris.iter().any(|uri| redirect_uri::matches(uri, &stored.request.redirect_uri));
    if stored.is_outdated(&client) || !registered {
        return Err(Refusal::Client("It changed after it asked."));
    }
    if stored::is_withdrawn(db, &client).await? {
        return Err(Refusal::Client("Its document does not stand at its address any more."));
    }
    Ok(client)
}

async fn approve(
    answering: &Answering<'_>,
    form: &Params,
    (handle, stored): (&HashedSecret, &StoredRequest),
) -> Result<String, Refusal> {
    let Domain { config, db, limits, .. } = answering.domain;
    let request = &stored.request;
    let product = form.first("product").and_then(|id| id.parse().ok()).ok_or(Refusal::NotTheirs)?;
    let code = PlainSecret::generate(SecretKind::Code);
    let choice = Choice { product, form };

    let transaction = db.begin().await?;
    let done = authorize(answering, &transaction, (handle, stored), choice, &code.hashed()).await;
    let network = transaction.conclude(done).await?.and_then(|address| limits.network(&address));
    if let Some(network) = network {
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

/// The choice of a person who approves.
struct Choice<'a> {
    product: ProductId,
    /// With the scopes, and whether it takes the place of earlier access of the same app.
    form: &'a Params,
}

/// Makes the grant and its code. Gives the address that registered the client, if this was the first grant of a new one.
async fn authorize(
    answering: &Answering<'_>,
    transaction: &Transaction,
    (handle, stored): (&HashedSecret, &StoredRequest),
    Choice { product, form }: Choice<'_>,
    code: &HashedSecret,
) -> Result<Option<String>, Refusal> {
    let &Answering { domain, visit, viewer, device, now } = answering;
    let request = &stored.request;
    // Held until the end: whoever deletes or changes the client now does so after this.
    let locked = clients::lock(transaction, &request.client_id).await?;
    let client = check_client(transaction, locked, stored).await?;
    // The product too: it may be deleted meanwhile.
    if !products::hold(transaction, &product).await? {
        return Err(Refusal::NotTheirs);
    }
    let membership = products::find_membership(transaction, &viewer.user_id, &product).await?;
    let membership = membership.ok_or(Refusal::NotTheirs)?;
    let scopes = chosen_scopes(form, request, &membership)?;
    let replaces = form.first("replace").is_some();
    if !authorization_requests::consume(transaction, handle, now).await? {
        return Err(Refusal::Gone);
    }
    let detail = scopes.to_string();
    let grant = NewGrant {
        user_id: viewer.user_id.clone(),
        client_id: client.id.clone(),
        product: Some(membership.product_ref()),
        resources: scopes.resources().collect(),
        scopes,
        address: visit.address.clone(),
        subject: Subject::Person,
        origin: Some(Origin {
            redirect_uri: request.redirect_uri.clone(),
            browser: request.browser.clone(),
            requested_at: stored.created_at,
            device: device.to_owned(),
            replaces,
        }),
    };
    let grant_id = grants::add(transaction, grant, now).await?;
    let new_code = NewCode {
        hash: code,
        grant_id: &grant_id,
        client_id: &client.id,
        redirect_uri: &request.redirect_uri,
        challenge: &request.challenge,
        lifetime: domain.config.options.lifetimes.code_lifetime,
    };
    codes::add(transaction, new_code, now).await?;
    let event = Event {
        actor_id: Some(&viewer.user_id),
        address: &visit.address,
        client_id: Some(&client.id),
        grant_id: Some(&grant_id),
        organization_id: Some(&membership.organization_id),
        detail: Some(&detail),
    };
    audit::record(transaction, Action::GrantAuthorized, event, now).await?;
    let is_new = client.source == ClientSource::Dynamic && now - client.created_at < HOUR;
    let is_first = is_new && grants::is_first(transaction, &client.id).await?;
    Ok(is_first.then(|| client.created_address.clone()))
}

/// The scopes of the form, expanded: requested ones only, all within the person's role, at least one.
fn chosen_scopes(
    form: &Params,
    request: &AuthorizationRequest,
    membership: &ProductMembership,
) -> Result<ScopeSet, Refusal> {
    let chosen = form
        .all("scope")
        .map(str::parse::<Scope>)
        .collect::<Result<ScopeSet, _>>()
        .map_err(|_| Refusal::Forged)?
        .expanded();
    let choose = |problem| Refusal::Choose { product: membership.product_id.clone(), problem };
    if !request.scopes.contains_all(&chosen) {
        return Err(Refusal::Forged);
    }
    if !membership.role.scopes().contains_all(&chosen) {
        return Err(choose("role"));
    }
    if chosen.is_empty() { Err(choose("none")) } else { Ok(chosen) }
}
