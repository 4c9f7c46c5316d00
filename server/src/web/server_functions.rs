//! The gate of the server functions of pages: JSON, and nothing that another site's form could send.

use axum::{
    extract::Request,
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{Method, StatusCode, header};
use types::paths;

use super::media_type;

/// Refuses every other media type with 415. `Accept` and `Referer` end here: Leptos would answer a request that accepts
/// HTML with a redirect to where its `Referer` says.
pub async fn layer(mut request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with(paths::SERVER_FUNCTIONS) {
        return next.run(request).await;
    }
    // Any other method is refused by the route.
    if request.method() == Method::POST && !media_type::is(request.headers(), "application/json") {
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, "Send the arguments as application/json.")
            .into_response();
    }
    request.headers_mut().remove(header::ACCEPT);
    request.headers_mut().remove(header::REFERER);
    next.run(request).await
}
