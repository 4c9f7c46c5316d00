//! `/healthz`: the process lives. `/readyz`: it can serve.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;

use domain::{Domain, db::readiness::Readiness};

/// The process lives.
pub async fn live() -> &'static str {
    "ok"
}

/// The database answers, and kept what was last written.
pub async fn ready(
    State(domain): State<Arc<Domain>>,
    State(readiness): State<Arc<Readiness>>,
) -> (StatusCode, String) {
    let unready = |reason: String| (StatusCode::SERVICE_UNAVAILABLE, reason);
    if let Some(unusable) = domain.db.unusable() {
        return unready(unusable.to_string());
    }
    if let Err(error) = domain.db.ping().await {
        tracing::error!(%error, "not ready");
        return unready("the database does not answer".to_owned());
    }
    if let Err(error) = readiness.probe(&domain.db, domain.clock.as_ref()).await {
        tracing::error!(%error, "not ready: a write failed");
    }
    if domain.db.last_write_failed() {
        return unready("the last write into the database failed".to_owned());
    }
    (StatusCode::OK, "ok".to_owned())
}
