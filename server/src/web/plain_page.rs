//! The page for what failed inside, or was too much: a document without a script, for which neither the database nor the
//! application is asked.

use axum::{
    Json,
    response::{Html, IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use types::{failure::Failure, paths};

use super::pages::Pages;

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

const WENT_WRONG: &str = "Something went wrong";
/// The address of the page itself.
const TRY_AGAIN: (&str, &str) = ("Try again", "");

/// A failure that has nothing of a stranger in its words, with its status: to server functions in the form that they
/// understand, else as a page.
pub fn answer(pages: &Pages, path: &str, failure: &Failure) -> Response {
    let status = StatusCode::from_u16(failure.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if path.starts_with(paths::SERVER_FUNCTIONS) {
        return (status, Json(failure)).into_response();
    }
    let title = if *failure == Failure::TooMany { "Too many requests" } else { WENT_WRONG };
    // A form that was sent cannot be asked for again.
    let sent = path == paths::SIGN_OUT || path == paths::CONSENT_POST;
    let way_on = if sent { ("Go to the start page", "/") } else { TRY_AGAIN };
    page(pages, status, (title, &failure.to_string()), way_on)
}

/// The page of a server that cannot answer anybody now.
pub fn unavailable(pages: &Pages, sentence: &str) -> Response {
    page(pages, StatusCode::SERVICE_UNAVAILABLE, (WENT_WRONG, sentence), TRY_AGAIN)
}

/// The page, with words of ours.
fn page(
    pages: &Pages,
    status: StatusCode,
    (title, sentence): (&str, &str),
    (label, href): (&str, &str),
) -> Response {
    let document = format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title} · Gatepass</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><link rel=\"stylesheet\" href=\"{css}\">\
         <link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\"></head><body><main id=\"main\"><div class=\"notice\">\
         <h1>{title}</h1><p role=\"alert\">{sentence}</p><div class=\"empty-action\">\
         <a class=\"button\" href=\"{href}\">{label}</a></div></div></main></body></html>",
        css = pages.assets.css,
    );
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, Html(document)).into_response()
}
