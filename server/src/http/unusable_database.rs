//! Nothing is served from a database whose file is gone, or another, or read-only.

use axum::{
    Json,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use serde_json::json;

use crate::{oauth::error_code::ErrorCode, state::AppState};

/// After how many seconds it is worth to ask again.
const RETRY_AFTER: &str = "10";

/// Answers 503 for as long as the database cannot be served from.
pub async fn layer(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if state.db.unusable().is_none() {
        return next.run(request).await;
    }
    let body = json!({
        "error": ErrorCode::TemporarilyUnavailable.as_str(),
        "error_description": "the server cannot reach its database; try again later",
    });
    let headers = [(header::RETRY_AFTER, RETRY_AFTER), (header::CACHE_CONTROL, "no-store")];
    (StatusCode::SERVICE_UNAVAILABLE, headers, Json(body)).into_response()
}
