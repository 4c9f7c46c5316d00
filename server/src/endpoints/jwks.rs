//! The public keys that verify access tokens (RFC 7517 §5).

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::header;
use serde_json::json;

use crate::crypto::jwt::KeyRing;

/// `GET /oauth/jwks.json`.
pub async fn get(State(keys): State<Arc<KeyRing>>) -> Response {
    let keys: Vec<_> = keys.public().collect();
    ([(header::CACHE_CONTROL, "public, max-age=300")], Json(json!({ "keys": keys }))).into_response()
}
