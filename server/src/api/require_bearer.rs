//! The bearer token at a resource, before anything else looks at the request.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::header;
use types::scope::Resource;

use crate::web::bearer::{authenticate, refuse};
use domain::Domain;

/// A resource and what decides there.
#[derive(Clone)]
pub(super) struct RequireBearer {
    /// The means that every operation works with.
    pub(super) domain: Arc<Domain>,
    /// The resource.
    pub(super) resource: Resource,
}

/// Lets a request with a good token in, as the [`Caller`](domain::oauth::caller::Caller) in its extensions. The token
/// itself stays outside: nothing behind the resource can log it or pass it on (`protocol.md` M9).
pub(super) async fn require_bearer(
    State(guard): State<RequireBearer>,
    mut request: Request,
    next: Next,
) -> Response {
    match authenticate(&guard.domain, guard.resource, request.headers()).await {
        Ok(caller) => {
            request.headers_mut().remove(header::AUTHORIZATION);
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(error) => refuse(&guard.domain.config, guard.resource, error),
    }
}
