//! The authorization endpoint (OAuth 2.1 §4.1.1): leads on to sign-in or consent, back to the client, or to a page that
//! says what is wrong.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use types::{failure::Failure, paths, problem::Problem};

use crate::{
    log::brief,
    web::{
        cookies::{self, CookieName},
        oauth_error::wire_description,
        pages::Pages,
        plain_page,
    },
};
use domain::{
    Domain,
    actor::Visit,
    clock::DAY,
    config::Config,
    flows::authorize::{self, Refusal, ReturnedError, Waiting},
    oauth::{params::Params, redirect_uri},
};

/// The lifetime of the cookie that binds requests to a browser.
const BROWSER_COOKIE_LIFETIME: i64 = 365 * DAY;
/// Seconds after which to come back where there was no room.
const FULL_FOR: HeaderValue = HeaderValue::from_static("60");
/// Longest query that is looked at, in bytes.
const QUERY_MAX: usize = 8 * 1024;

/// `GET /oauth/authorize`.
pub async fn get(
    State(domain): State<Arc<Domain>>,
    State(pages): State<Pages>,
    Extension(visit): Extension<Visit>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = plain(&query.unwrap_or_default());
    let outcome = if query.len() > QUERY_MAX {
        Err(Refusal::Page("The request of the app is too long.".to_owned()))
    } else {
        authorize::request(&domain, &visit, &Params::parse(query.as_bytes())).await
    };
    if let Err(Refusal::Return(returned)) = &outcome {
        let (error, reason) = (returned.error.code().as_str(), returned.error.to_string());
        tracing::info!(error, reason = brief(&reason), "authorization request refused");
    }
    match outcome {
        Ok(Waiting { handle, new_browser }) => {
            let consent = paths::consent(handle.expose());
            let target = if visit.viewer.is_some() { consent } else { paths::sign_in_then(&consent) };
            let mut response = Redirect::to(&target).into_response();
            if let Some(browser) = new_browser {
                let cookie = cookies::set(
                    &domain.config,
                    CookieName::Browser,
                    browser.expose(),
                    BROWSER_COOKIE_LIFETIME,
                );
                response.headers_mut().insert(header::SET_COOKIE, cookie);
            }
            response
        }
        Err(Refusal::Page(detail)) => {
            tracing::info!(reason = brief(&detail), "authorization request refused");
            page(&pages, &visit, StatusCode::BAD_REQUEST, detail, None).await
        }
        Err(Refusal::TooMany(too_many)) => {
            let detail = "It asked too often from where you are. Wait a minute, then start again in the app.";
            let mut response =
                page(&pages, &visit, StatusCode::TOO_MANY_REQUESTS, detail.to_owned(), None).await;
            response.headers_mut().insert(header::RETRY_AFTER, too_many.retry_after());
            response
        }
        Err(Refusal::Full) => {
            let detail = "Too many requests wait for an answer here. Sign in, or start again in the app in a few minutes.";
            let action = ("Sign in".to_owned(), sign_in_then_this(&query));
            let status = StatusCode::SERVICE_UNAVAILABLE;
            let mut response = page(&pages, &visit, status, detail.to_owned(), Some(action)).await;
            response.headers_mut().insert(header::RETRY_AFTER, FULL_FOR);
            response
        }
        Err(Refusal::Return(error)) if error.trusted && !is_from_own_form(&headers) => {
            Redirect::to(&return_uri(&domain.config, &error)).into_response()
        }
        // Anybody can register a client, so an error must not become a way to send people anywhere unasked: the
        // person signs in, and follows the link if they want to (OAuth 2.1 §7.12.2).
        Err(Refusal::Return(_)) if visit.viewer.is_none() => sign_in_first(&query),
        Err(Refusal::Return(error)) => {
            let detail = format!("{} sent a request that cannot be answered: {}.", error.app, error.error);
            let action = (format!("Return to {}", error.app), return_uri(&domain.config, &error));
            page(&pages, &visit, StatusCode::BAD_REQUEST, detail, Some(action)).await
        }
        Err(Refusal::SignIn) => sign_in_first(&query),
        Err(Refusal::Internal(error)) => {
            tracing::error!(%error, "an authorization request failed inside");
            plain_page::answer(&pages, paths::AUTHORIZE, &Failure::Unavailable)
        }
    }
}

/// Says if the person just signed in here: only that form leads to this endpoint from this server. Its policy
/// (`form-action`) ends every chain of redirects that would leave the server, so the person gets a link instead.
fn is_from_own_form(headers: &HeaderMap) -> bool {
    headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin")
}

/// The same query in ASCII without backslashes: sign-in leads back to no other, and `Location` holds no other.
fn plain(query: &str) -> String {
    let fits = |character: char| character.is_ascii_graphic() && character != '\\';
    let characters = query.chars().map(|character| {
        let text = character.to_string();
        if fits(character) { text } else { paths::query_value(&text) }
    });
    characters.collect()
}

/// The way back to this request leads through sign-in.
fn sign_in_first(query: &str) -> Response {
    Redirect::to(&sign_in_then_this(query)).into_response()
}

fn sign_in_then_this(query: &str) -> String {
    paths::sign_in_then(&format!("{}?{query}", paths::AUTHORIZE))
}

/// The error as the client gets it: `error`, `error_description`, `state`, `iss`.
fn return_uri(config: &Config, error: &ReturnedError) -> String {
    let description = wire_description(&error.error.to_string());
    let answer = [("error", error.error.code().as_str()), ("error_description", description.as_str())];
    redirect_uri::with_answer(&error.redirect_uri, &answer, error.state.as_deref(), &config.issuer)
}

async fn page(
    pages: &Pages,
    visit: &Visit,
    status: StatusCode,
    detail: String,
    action: Option<(String, String)>,
) -> Response {
    let problem =
        Problem { title: "This app cannot be authorized".to_owned(), detail, action, ..Problem::default() };
    pages.render(visit, status, paths::AUTHORIZE, problem).await
}
