//! `/healthz`: the process lives. `/readyz`: it can serve.

use axum::extract::State;
use http::StatusCode;

use crate::storage::Database;

/// The process lives.
pub async fn live() -> &'static str {
    "ok"
}

/// The database answers.
pub async fn ready(State(db): State<Database>) -> (StatusCode, &'static str) {
    match db.ping().await {
        Ok(()) => (StatusCode::OK, "ok"),
        Err(error) => {
            tracing::error!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer")
        }
    }
}
