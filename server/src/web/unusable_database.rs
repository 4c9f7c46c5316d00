//! Nothing is served from a database whose file is gone, or another, or read-only.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use super::{pages::Pages, plain_page};
use domain::{Domain, oauth::error_code::ErrorCode};

/// After how many seconds it is worth to ask again.
const RETRY_AFTER: &str = "10";

/// Answers 503 for as long as the database cannot be served from: to browsers with a page, to programs in JSON.
pub async fn layer(
    State(domain): State<Arc<Domain>>,
    State(pages): State<Pages>,
    request: Request,
    next: Next,
) -> Response {
    if domain.db.unusable().is_none() {
        return next.run(request).await;
    }
    if is_for_people(&request) {
        let sentence = "The server cannot reach its database. Try again in a moment.";
        let mut response = plain_page::unavailable(&pages, sentence);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
        return response;
    }
    let body = json!({
        "error": ErrorCode::TemporarilyUnavailable.as_str(),
        "error_description": "the server cannot reach its database; try again later",
    });
    let headers = [(header::RETRY_AFTER, RETRY_AFTER), (header::CACHE_CONTROL, "no-store")];
    (StatusCode::SERVICE_UNAVAILABLE, headers, Json(body)).into_response()
}

fn is_for_people(request: &Request) -> bool {
    let accepted = request.headers().get(header::ACCEPT).and_then(|accepted| accepted.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html"))
}
