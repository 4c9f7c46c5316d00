//! Signing in and out.

use std::sync::Arc;

use app::context::SignInFailure;
use axum::{
    Extension,
    body::Bytes,
    extract::State,
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use domain::actor::Visit;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use tokio::sync::Semaphore;
use types::{
    failure::Failure,
    paths::{self, local_path},
};

use crate::{
    state::AppState,
    web::{
        cookies::{self, CookieName},
        known_browsers::{KNOWN_FOR, Marks},
        pages::Pages,
        plain_page,
    },
};
use domain::{
    accounts::{sessions, users},
    clock::{MINUTE, Millis},
    config::Config,
    crypto::{
        CryptoError,
        password::Lane,
        secret::{HashedSecret, PlainSecret, SecretKind},
    },
    db::Database,
    error::{Error, Result},
    oauth::params::Params,
    rate_limit::TooMany,
};

/// One message for a wrong address and a wrong password, so that nobody learns which accounts exist.
const WRONG_PAIR: &str = "E-mail or password is wrong.";
/// Said when more people sign in than the server can check at once.
const BUSY: &str = "Too many people are signing in right now. Try again in a few seconds.";
/// Seconds after which to come back then: by then all that wait now are done.
const BUSY_RETRY: u16 = 5;
/// Lets one at a time see the page that says to come back later: they take no time from those whose password is checked.
static TURNED_AWAY: Semaphore = Semaphore::const_new(1);
/// Longest password that is looked at, in bytes.
const PASSWORD_MAX: usize = 1_024;

/// `POST /sign-in`: a new session, and back to where the person was going.
pub async fn sign_in(
    State(state): State<AppState>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = Params::parse(&body);
    let email = form.first("email").unwrap_or_default().trim().to_owned();
    let password = form.first("password").unwrap_or_default();
    let next = local_path(form.first("next").unwrap_or("/"));
    let (config, lifetime) = (&state.config, state.config.options.lifetimes.session_lifetime);
    let retry = async |status: StatusCode, error: String| {
        let failure = SignInFailure { email: email.clone(), error };
        state.pages.render(&visit, status, &paths::sign_in_then(next), failure).await
    };
    let later = async |status: StatusCode, error: String, retry_after: HeaderValue| {
        let _turn = TURNED_AWAY.acquire().await;
        let mut response = retry(status, error).await;
        response.headers_mut().insert(header::RETRY_AFTER, retry_after);
        response
    };
    let marks = state.known_browsers.read(&headers, config);
    // On the heap while it lasts: those who are turned away, of whom there may be many, keep nothing of it.
    match Box::pin(check(&state, &visit, &marks, &email, password)).await {
        Ok(Some(user_id)) => match begin(&state.db, &visit, &user_id, lifetime, state.clock.now()).await {
            Ok(id) => {
                let session = cookies::set(config, CookieName::Session, id.expose(), lifetime);
                let marks = state.known_browsers.value_with(&marks, &user_id);
                let known = cookies::set(config, CookieName::KnownAccounts, &marks, KNOWN_FOR);
                let cookies = [session, known].map(|cookie| (header::SET_COOKIE, cookie));
                (AppendHeaders(cookies), Redirect::to(next)).into_response()
            }
            Err(error) => {
                report(&error);
                retry(StatusCode::INTERNAL_SERVER_ERROR, Failure::Unavailable.to_string()).await
            }
        },
        Ok(None) => retry(StatusCode::UNPROCESSABLE_ENTITY, WRONG_PAIR.to_owned()).await,
        Err(SignInError::TooMany(too_many)) => {
            let minutes = (too_many.wait + MINUTE - 1) / MINUTE;
            let error = format!("Too many attempts. Try again in {minutes} min.");
            later(StatusCode::TOO_MANY_REQUESTS, error, too_many.retry_after()).await
        }
        Err(SignInError::Busy) => {
            later(StatusCode::SERVICE_UNAVAILABLE, BUSY.to_owned(), BUSY_RETRY.into()).await
        }
        Err(SignInError::Internal(error)) => {
            report(&error);
            retry(StatusCode::INTERNAL_SERVER_ERROR, Failure::Unavailable.to_string()).await
        }
    }
}

/// `POST /sign-out`: ends the session. What a browser asked for in between stays, so that another account can answer.
pub async fn sign_out(
    State(config): State<Arc<Config>>,
    State(db): State<Database>,
    State(pages): State<Pages>,
    Extension(visit): Extension<Visit>,
    body: Bytes,
) -> Response {
    if let Some(session) = &visit.session
        && let Err(error) = sessions::remove(db.write(), &HashedSecret::stored(session.clone())).await
    {
        report(&error);
        return plain_page::answer(&pages, paths::SIGN_OUT, &Failure::Unavailable);
    }
    let form = Params::parse(&body);
    let target = match form.first("next").map(local_path) {
        Some(next) => paths::sign_in_then(next),
        None => paths::SIGN_IN.to_owned(),
    };
    ([(header::SET_COOKIE, cookies::remove(&config, CookieName::Session))], Redirect::to(&target))
        .into_response()
}

enum SignInError {
    TooMany(TooMany),
    Busy,
    Internal(Error),
}

impl From<TooMany> for SignInError {
    fn from(too_many: TooMany) -> Self {
        Self::TooMany(too_many)
    }
}

impl From<CryptoError> for SignInError {
    fn from(error: CryptoError) -> Self {
        match error {
            CryptoError::Busy => Self::Busy,
            error => Self::Internal(error.into()),
        }
    }
}

impl From<Error> for SignInError {
    fn from(error: Error) -> Self {
        Self::Internal(error)
    }
}

/// The user that the pair belongs to. Wrong pairs count against the address, and against it and the account: who knows
/// an e-mail address cannot keep its owner out. Right ones count for the person alone, those that were not checked for
/// nobody.
async fn check(
    state: &AppState,
    visit: &Visit,
    marks: &Marks,
    email: &str,
    password: &str,
) -> Result<Option<String>, SignInError> {
    let limits = &state.limits;
    let network = limits.network(&visit.address);
    let network = network.as_deref();
    let account = format!("{} {}", network.unwrap_or_default(), email.to_lowercase());
    // Whoever tries one account too often does not use up the tries of everybody at the address.
    limits.sign_in_address.check_known(network)?;
    // A flood of strangers does not even get as far as the database.
    let _let_in = marks.is_empty().then(|| state.passwords.let_in()).transpose()?;
    limits.sign_in_account.take(&account)?;
    limits.sign_in_address.take_known(network)?;
    let user = users::find_by_email(state.db.read(), email).await?.filter(|user| user.disabled_at.is_none());
    let stored = user.as_ref().map(|user| user.password_hash.clone());
    let user_id = user.as_ref().map_or("", |user| &user.id);
    let lane = match state.known_browsers.knows(marks, user_id) {
        true => Lane::Known { user_id },
        false => Lane::Anybody { network: network.unwrap_or_default() },
    };
    let password = if password.len() <= PASSWORD_MAX { password.to_owned() } else { String::new() };
    let verified = state.passwords.verify(password, stored, lane).await;
    if !matches!(verified, Ok(false)) {
        if let Some(network) = network {
            limits.sign_in_address.give_back(network);
        }
        limits.sign_in_account.give_back(&account);
    }
    let right = verified?;
    let user = user.filter(|_| right).map(|user| user.id);
    // Each leaves a session behind.
    limits.sign_in_person.take_known(user.as_deref())?;
    Ok(user)
}

/// A new session in place of the one that the browser had, if any.
async fn begin(
    db: &Database,
    visit: &Visit,
    user_id: &str,
    lifetime: Millis,
    now: Millis,
) -> Result<PlainSecret> {
    let id = PlainSecret::generate(SecretKind::Session);
    let transaction = db.begin().await?;
    if let Some(old) = &visit.session {
        sessions::remove(&transaction, &HashedSecret::stored(old.clone())).await?;
    }
    sessions::make_room(&transaction, user_id).await?;
    sessions::add(&transaction, &id.hashed(), user_id, &visit.address, lifetime, now).await?;
    transaction.commit().await?;
    Ok(id)
}

fn report(error: &Error) {
    tracing::error!(%error, "signing in or out failed inside");
}
