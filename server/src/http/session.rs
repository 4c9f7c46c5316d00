//! Who is signed in.

use app::ports::Visit;
use axum::{
    extract::{FromRequestParts, Request, State},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use http::{StatusCode, request::Parts};

use super::{
    address::Address,
    cookies::{self, CookieName},
};
use crate::{crypto::secret::HashedSecret, error::Error, state::AppState, storage::sessions};
use app::types::{paths, person::Viewer};

/// Finds out who makes a page request and leaves it in the request's extensions as a [`Visit`].
pub async fn layer(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match visit(&state, &parts).await {
        Ok(visit) => {
            parts.extensions.insert(visit);
            next.run(Request::from_parts(parts, body)).await
        }
        Err(error) => {
            tracing::error!(%error, "the session could not be looked up");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn visit(state: &AppState, parts: &Parts) -> Result<Visit, Error> {
    let session =
        cookies::read(&parts.headers, &state.config, CookieName::Session).map(|id| HashedSecret::of(&id));
    let viewer = match &session {
        Some(id) => sessions::lookup(state.db.read(), id, state.clock.now()).await?,
        None => None,
    };
    Ok(Visit {
        session: session.filter(|_| viewer.is_some()).map(HashedSecret::into_string),
        viewer,
        browser: cookies::read(&parts.headers, &state.config, CookieName::Browser),
        address: Address::of(parts).0,
    })
}

/// Sends whoever is not signed in to the sign-in page, and back afterwards.
pub async fn require_sign_in(request: Request, next: Next) -> Response {
    let signed_in = request.extensions().get::<Visit>().is_some_and(|visit| visit.viewer.is_some());
    // Server functions refuse by themselves, in a form that the page understands.
    let open =
        request.uri().path() == paths::SIGN_IN || request.uri().path().starts_with(paths::SERVER_FUNCTIONS);
    if signed_in || open {
        return next.run(request).await;
    }
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    Redirect::to(&paths::sign_in_then(target)).into_response()
}

/// The signed-in person, for handlers outside the pages.
pub struct Signed {
    /// Who it is.
    pub viewer: Viewer,
    /// Names the session.
    pub session: String,
}

/// Nobody is signed in.
pub struct SignedOut;

impl IntoResponse for SignedOut {
    fn into_response(self) -> Response {
        Redirect::to(paths::SIGN_IN).into_response()
    }
}

impl<S: Sync> FromRequestParts<S> for Signed {
    type Rejection = SignedOut;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, SignedOut> {
        let visit = parts.extensions.get::<Visit>().ok_or(SignedOut)?;
        let (viewer, session) = visit.viewer.clone().zip(visit.session.clone()).ok_or(SignedOut)?;
        Ok(Self { viewer, session })
    }
}
