//! The person who is signed in.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use http::{Method, request::Parts};
use types::{
    failure::Failure,
    paths::{self, local_path},
};

use super::{
    address::Address,
    cookies::{self, CookieName},
    pages::Pages,
    plain_page, user_agent,
};
use domain::{
    Domain, accounts::sessions, actor::Visit, crypto::secret::HashedSecret, error::Error,
    oauth::params::Params,
};

/// Finds out who makes a page request and leaves it in the request's extensions as a [`Visit`].
pub async fn layer(
    State(domain): State<Arc<Domain>>,
    State(pages): State<Pages>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    match visit(&domain, &parts).await {
        Ok(visit) => {
            parts.extensions.insert(visit);
            next.run(Request::from_parts(parts, body)).await
        }
        Err(error) => {
            tracing::error!(%error, "the session could not be looked up");
            plain_page::answer(&pages, parts.uri.path(), &Failure::Unavailable)
        }
    }
}

async fn visit(domain: &Domain, parts: &Parts) -> Result<Visit, Error> {
    let session =
        cookies::read(&parts.headers, &domain.config, CookieName::Session).map(|id| HashedSecret::of(&id));
    let now = domain.clock.now();
    let live = match &session {
        Some(id) => sessions::lookup(domain.db.read(), id, now).await?,
        None => None,
    };
    if let (Some(id), Some(live)) = (&session, &live)
        && live.is_stale(now)
        && let Err(error) = sessions::touch(domain.db.write(), id, now).await
    {
        // The page is none the worse for it.
        tracing::warn!(%error, "it could not be written down that a session was seen");
    }
    let viewer = live.map(|live| live.viewer);
    Ok(Visit {
        session: session.filter(|_| viewer.is_some()).map(HashedSecret::into_string),
        viewer,
        browser: cookies::read(&parts.headers, &domain.config, CookieName::Browser),
        address: Address::of(parts).0,
        device: user_agent::device(&parts.headers),
    })
}

/// Says if a page is for people who have no account yet, or cannot sign in.
fn is_for_strangers(path: &str) -> bool {
    const PAGES: [&str; 5] =
        [paths::SET_UP, paths::SIGN_UP, paths::FORGOT, paths::RESET, paths::CONFIRM_EMAIL];
    PAGES.contains(&path) || path.starts_with(&paths::invite(""))
}

/// Sends whoever is not signed in to the sign-in page, and back afterwards. Whoever is goes on from there at once.
pub async fn require_sign_in(request: Request, next: Next) -> Response {
    let signed_in = request.extensions().get::<Visit>().is_some_and(|visit| visit.viewer.is_some());
    let uri = request.uri();
    let is_sign_in = uri.path() == paths::SIGN_IN;
    if signed_in && is_sign_in && request.method() == Method::GET {
        let query = Params::parse(uri.query().unwrap_or_default().as_bytes());
        return Redirect::to(local_path(query.first("next").unwrap_or("/"))).into_response();
    }
    // Server functions refuse by themselves, in a form that the page understands.
    if signed_in
        || is_sign_in
        || is_for_strangers(uri.path())
        || uri.path().starts_with(paths::SERVER_FUNCTIONS)
    {
        return next.run(request).await;
    }
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    Redirect::to(&paths::sign_in_then(target)).into_response()
}
