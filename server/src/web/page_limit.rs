//! Limits on how often pages and their server functions are asked: a bound on what one person, or one address, makes
//! the server do.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use domain::{Domain, actor::Visit};
use http::header;
use types::failure::Failure;

use super::{pages::Pages, plain_page};

/// Counts a request of the person who is signed in, else of their address. What is too much is refused, to server
/// functions in a form that the page understands.
pub async fn layer(
    State(domain): State<Arc<Domain>>,
    State(pages): State<Pages>,
    request: Request,
    next: Next,
) -> Response {
    let limits = &domain.limits;
    let key = match request.extensions().get::<Visit>() {
        Some(Visit { viewer: Some(viewer), .. }) => Some(viewer.user_id.to_string()),
        Some(visit) => limits.network(&visit.address),
        None => None,
    };
    let Err(too_many) = limits.page.take_known(key.as_deref()) else {
        return next.run(request).await;
    };
    let mut response = plain_page::answer(&pages, request.uri().path(), &Failure::TooMany);
    response.headers_mut().insert(header::RETRY_AFTER, too_many.retry_after());
    response
}
