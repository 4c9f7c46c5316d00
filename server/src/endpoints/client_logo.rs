//! Logos of clients, from this server: a browser that opens a consent page asks nobody else.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};

use domain::{Domain, client_metadata::stored};

/// `GET /client-logos/{entry}`. Whoever has the name may have the picture, which is public anyway.
pub async fn get(State(domain): State<Arc<Domain>>, Path(entry): Path<String>) -> Response {
    match stored::logo(domain.db.read(), &entry).await {
        Ok(Some(logo)) => {
            let headers = [
                (header::CONTENT_TYPE, logo.media_type.as_str()),
                (header::CACHE_CONTROL, "private, max-age=300"),
            ];
            (headers, logo.bytes).into_response()
        }
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(error) => {
            tracing::error!(%error, "a logo could not be read");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
