//! Bodies of calls, and errors as JSON.

use axum::{
    Json,
    body::{Body, Bytes},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::json;

use super::BODY_MAX;

/// An error for programs and their developers, in the same form as those of the protocol endpoints.
pub(super) fn error(status: StatusCode, code: &str, description: &str) -> Response {
    (status, Json(json!({ "error": code, "error_description": description }))).into_response()
}

/// The whole body of a call.
///
/// # Errors
/// The answer to a body that is too large or does not arrive whole.
pub(super) async fn read(body: Body) -> Result<Bytes, Response> {
    match Limited::new(body, BODY_MAX).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(cause) if cause.is::<LengthLimitError>() => {
            let description = format!("the body may have {BODY_MAX} bytes");
            Err(error(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", &description))
        }
        Err(_) => Err(error(StatusCode::BAD_REQUEST, "invalid_request", "the body did not arrive whole")),
    }
}
