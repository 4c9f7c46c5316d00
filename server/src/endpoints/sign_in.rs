//! Signing in and out.

use std::sync::Arc;

use app::context::SignInFailure;
use axum::{
    Extension,
    body::Bytes,
    extract::State,
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tokio::sync::Semaphore;
use types::{
    failure::Failure,
    paths::{self, local_path},
};

use crate::web::{
    cookies::{self, CookieName},
    known_browsers::{KNOWN_FOR, KnownBrowsers},
    pages::Pages,
    plain_page,
};
use domain::{
    Domain,
    accounts::sessions,
    actor::Visit,
    clock::MINUTE,
    config::Config,
    crypto::secret::HashedSecret,
    error::Error,
    flows::sign_in::{Attempt, Refusal, SignedIn},
    oauth::params::Params,
};

/// One message for a wrong address and a wrong password, so that nobody learns which accounts exist.
const WRONG_PAIR: &str = "E-mail or password is wrong.";
/// Said when more people sign in than the server can check at once.
const BUSY: &str = "Too many people are signing in right now. Try again in a few seconds.";
/// Seconds after which to come back then: by then all that wait now are done.
const BUSY_RETRY: u16 = 5;
/// Lets one at a time see the page that says to come back later: they take no time from those whose password is checked.
static TURNED_AWAY: Semaphore = Semaphore::const_new(1);

/// `POST /sign-in`: a new session, and back to where the person was going.
pub async fn sign_in(
    State(domain): State<Arc<Domain>>,
    State(known_browsers): State<KnownBrowsers>,
    State(pages): State<Pages>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = Params::parse(&body);
    let email = form.first("email").unwrap_or_default().trim().to_owned();
    let password = form.first("password").unwrap_or_default();
    let next = local_path(form.first("next").unwrap_or("/"));
    let config = &domain.config;
    let retry = async |status: StatusCode, error: String| {
        let failure = SignInFailure { email: email.clone(), error };
        pages.render(&visit, status, &paths::sign_in_then(next), failure).await
    };
    let later = async |status: StatusCode, error: String, retry_after: HeaderValue| {
        let _turn = TURNED_AWAY.acquire().await;
        let mut response = retry(status, error).await;
        response.headers_mut().insert(header::RETRY_AFTER, retry_after);
        response
    };
    let marks = known_browsers.read(&headers, config);
    let knows = |user_id: &str| known_browsers.knows(&marks, user_id);
    let attempt = Attempt { email: &email, password, knows: &knows, stranger: marks.is_empty() };
    // On the heap while it lasts: those who are turned away, of whom there may be many, keep nothing of it.
    match Box::pin(attempt.sign_in(&domain, &visit)).await {
        Ok(Some(signed_in)) => {
            let cookies = session_cookies(config, &known_browsers, &headers, &signed_in);
            let cookies = cookies.map(|cookie| (header::SET_COOKIE, cookie));
            (AppendHeaders(cookies), Redirect::to(next)).into_response()
        }
        Ok(None) => retry(StatusCode::UNPROCESSABLE_ENTITY, WRONG_PAIR.to_owned()).await,
        Err(Refusal::TooMany(too_many)) => {
            let minutes = (too_many.wait + MINUTE - 1) / MINUTE;
            let error = format!("Too many attempts. Try again in {minutes} min.");
            later(StatusCode::TOO_MANY_REQUESTS, error, too_many.retry_after()).await
        }
        Err(Refusal::Busy) => {
            later(StatusCode::SERVICE_UNAVAILABLE, BUSY.to_owned(), BUSY_RETRY.into()).await
        }
        Err(Refusal::Internal(error)) => {
            report(&error);
            retry(StatusCode::INTERNAL_SERVER_ERROR, Failure::Unavailable.to_string()).await
        }
    }
}

/// The cookies of a browser in which somebody just signed in.
pub fn session_cookies(
    config: &Config,
    known_browsers: &KnownBrowsers,
    headers: &HeaderMap,
    SignedIn { user_id, session }: &SignedIn,
) -> [HeaderValue; 2] {
    let lifetime = config.options.lifetimes.session_lifetime;
    let marks = known_browsers.value_with(&known_browsers.read(headers, config), user_id);
    [
        cookies::set(config, CookieName::Session, session.expose(), lifetime),
        cookies::set(config, CookieName::KnownAccounts, &marks, KNOWN_FOR),
    ]
}

/// `POST /sign-out`: ends the session. What a browser asked for in between stays, so that another account can answer.
pub async fn sign_out(
    State(domain): State<Arc<Domain>>,
    State(pages): State<Pages>,
    Extension(visit): Extension<Visit>,
    body: Bytes,
) -> Response {
    if let Some(session) = &visit.session
        && let Err(error) = sessions::remove(domain.db.write(), &HashedSecret::stored(session.clone())).await
    {
        report(&error);
        return plain_page::answer(&pages, paths::SIGN_OUT, &Failure::Unavailable);
    }
    let form = Params::parse(&body);
    let target = match form.first("next").map(local_path) {
        Some(next) => paths::sign_in_then(next),
        None => paths::SIGN_IN.to_owned(),
    };
    ([(header::SET_COOKIE, cookies::remove(&domain.config, CookieName::Session))], Redirect::to(&target))
        .into_response()
}

fn report(error: &Error) {
    tracing::error!(%error, "signing in or out failed inside");
}
