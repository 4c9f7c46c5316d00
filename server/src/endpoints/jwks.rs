//! The public keys that verify access tokens (RFC 7517 §5).

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::header;

use domain::{
    Domain,
    clock::SECOND,
    keys::{JWK_SET_MAX_AGE, StoredKeys},
};

/// `GET /oauth/jwks.json`: the keys that the database has now.
pub async fn get(State(keys): State<Arc<StoredKeys>>, State(domain): State<Arc<Domain>>) -> Response {
    // Without the database, what was last known is still the best answer.
    if let Err(error) = keys.refresh(domain.clock.monotonic()).await {
        tracing::error!(%error, "the signing keys could not be loaded again");
    }
    let max_age = format!("public, max-age={}", JWK_SET_MAX_AGE / SECOND);
    ([(header::CACHE_CONTROL, max_age)], Json(keys.ring().public())).into_response()
}
