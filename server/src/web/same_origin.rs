//! State-changing requests of pages come from our own pages only.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Method, StatusCode, header};

use domain::config::Config;

/// Refuses cross-site requests that could change something. Browsers say where a request comes from in
/// `Sec-Fetch-Site`, older ones in `Origin`; what says neither is no browser and brings no cookie of a person.
pub async fn layer(State(config): State<Arc<Config>>, request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || is_same_origin(request.headers(), &config) {
        next.run(request).await
    } else {
        // The span names the route. The path itself may be a secret: a consent page's is.
        tracing::warn!("cross-site request refused");
        (StatusCode::FORBIDDEN, "This request came from another site and was refused.").into_response()
    }
}

fn is_same_origin(headers: &HeaderMap, config: &Config) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    match headers.get(header::ORIGIN) {
        Some(origin) => origin.to_str().is_ok_and(|origin| origin == config.issuer),
        None => true,
    }
}
