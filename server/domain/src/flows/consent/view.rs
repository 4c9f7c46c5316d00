//! The consent page.

use types::{
    client::{ClientSource, ClientStatus, GrantType},
    consent::{ConsentApp, ConsentPage, ConsentView, ProductChoice, RedirectTarget, RequestEnd},
    failure::Failure,
    paths,
};

use super::csrf_token;
use crate::{
    Domain,
    accounts::users,
    actor::Actor,
    authorization_requests::{self, AuthorizationRequest},
    client_metadata::stored,
    clients,
    crypto::secret::HashedSecret,
    error::Error,
    grants,
    oauth::{client::Client, error_code::ErrorCode, redirect_uri, text::website},
    workspaces::products::{self, ProductMembership},
};

/// The request with this handle as the viewer should see it. `product` is the one to open the page with,
/// `problem` the code of what was wrong with the last answer.
pub async fn view(
    domain: &Domain,
    actor: &Actor,
    handle: &str,
    product: Option<&str>,
    problem: Option<&str>,
) -> Result<ConsentView, Failure> {
    let Some(cookie) = &actor.browser else {
        return Ok(gone());
    };
    let now = domain.clock.now();
    let (handle_hash, browser) = (HashedSecret::of(handle), HashedSecret::of(cookie));
    let stored = authorization_requests::lookup(domain.db.read(), &handle_hash, &browser).await?;
    let Some(stored) = stored else {
        return Ok(gone());
    };
    let client = clients::lookup(domain.db.read(), &stored.request.client_id).await?;
    let Some(client) = client else {
        return Ok(gone());
    };
    let withdrawn = match client.status {
        ClientStatus::Blocked => Some(RequestEnd::Blocked),
        ClientStatus::Disabled => Some(RequestEnd::Disabled),
        ClientStatus::Active => stored.is_outdated(&client).then_some(RequestEnd::Changed),
    };
    if let Some(end) = withdrawn {
        return Ok(ConsentView::Gone { app: Some(client.name), end, return_to: None });
    }
    if !stored.is_open(now) {
        // A person who gives up goes back to the app with this.
        let denied = [("error", ErrorCode::AccessDenied.as_str())];
        let AuthorizationRequest { redirect_uri, state, .. } = &stored.request;
        let issuer = &domain.config.issuer;
        let answer = || redirect_uri::with_answer(redirect_uri, &denied, state.as_deref(), issuer);
        let return_to = stored.whole.then(answer);
        return Ok(ConsentView::Gone { app: Some(client.name), end: stored.end(now), return_to });
    }
    let memberships = products::memberships_of(domain.db.read(), &actor.viewer.user_id).await?;
    let Some(first) = memberships.first() else {
        let (app, email, handle) = (client.name, actor.viewer.email.clone(), handle.to_owned());
        return Ok(ConsentView::NoProduct { app, email, handle });
    };
    let chosen = product
        .and_then(|id| memberships.iter().find(|membership| *membership.product_id == *id))
        .unwrap_or(first);
    Ok(ConsentView::Ask(Box::new(ConsentPage {
        handle: handle.to_owned(),
        csrf: csrf_token(cookie, &actor.viewer.user_id, handle),
        email: actor.viewer.email.clone(),
        product: chosen.product_id.clone(),
        problem: problem.and_then(|code| problem_sentence(code, chosen)),
        requested: stored.request.scopes,
        offline: client.may(GrantType::RefreshToken),
        redirect: redirect_target(&stored.request.redirect_uri),
        replaceable: !client.auth_method.is_confidential(),
        earlier: grants::earlier(domain.db.read(), &actor.viewer.user_id, &client.id).await?,
        app: app(domain, actor, client, now).await?,
        products: memberships.iter().map(choice).collect(),
    })))
}

/// The app that asks, as this person should see it.
async fn app(domain: &Domain, actor: &Actor, client: Client, now: i64) -> Result<ConsentApp, Error> {
    let owner = match &client.owner_id {
        Some(id) => users::lookup(domain.db.read(), id).await?.map(|owner| owner.name),
        None => None,
    };
    let registered_by = match client.source {
        ClientSource::Admin => "an administrator".to_owned(),
        ClientSource::User => owner.unwrap_or_else(|| "a former user".to_owned()),
        ClientSource::Dynamic => "the app itself".to_owned(),
        ClientSource::MetadataDocument => "its own document".to_owned(),
    };
    let described = client.source == ClientSource::MetadataDocument;
    let document_host = described.then(|| redirect_uri::describe(&client.id).0);
    let times = match described {
        true => stored::timestamps(domain.db.read(), &client.id).await?,
        false => None,
    };
    let before = grants::last_authorized(domain.db.read(), &actor.viewer.user_id, &client.id).await?;
    let verified = client.is_verified();
    Ok(ConsentApp {
        website: client.website.as_deref().and_then(website),
        document_host,
        logo: times.filter(|times| times.has_logo()).map(|_| paths::client_logo(&client.entry_id)),
        client_id: client.id,
        name: client.name,
        verified,
        checked_at: client.stale_since,
        registered_by,
        registered_at: client.created_at,
        changed_at: client.changed_at.filter(|&changed| before.is_some_and(|before| before < changed)),
        now,
    })
}

/// A request of which nothing is known that this person may know.
const fn gone() -> ConsentView {
    ConsentView::Gone { app: None, end: RequestEnd::Unknown, return_to: None }
}

fn problem_sentence(code: &str, membership: &ProductMembership) -> Option<String> {
    match code {
        "role" => Some(format!(
            "Nothing was granted: as {} of {} you cannot give all of the permissions you chose. Check them and try again.",
            membership.role, membership.product
        )),
        "none" => Some("Nothing was granted: choose at least one permission.".to_owned()),
        _ => None,
    }
}

fn redirect_target(uri: &str) -> RedirectTarget {
    let (host, local) = redirect_uri::describe(uri);
    RedirectTarget { host, uri: uri.to_owned(), local }
}

fn choice(membership: &ProductMembership) -> ProductChoice {
    ProductChoice {
        id: membership.product_id.clone(),
        name: membership.product.clone(),
        organization_id: membership.organization_id.clone(),
        organization: membership.organization.clone(),
        organization_slug: membership.organization_slug.clone(),
        role: membership.role,
    }
}
