//! Form bodies of the protocol endpoints, with errors as OAuth wants them.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};
use http::header;

use super::oauth_error::OAuthError;
use crate::oauth::{error_code::ErrorCode, params::Params};

/// The parameters of an `application/x-www-form-urlencoded` body.
pub struct OAuthForm(pub Params);

impl<S: Send + Sync> FromRequest<S> for OAuthForm {
    type Rejection = OAuthError;

    async fn from_request(request: Request, state: &S) -> Result<Self, OAuthError> {
        let content_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = content_type.and_then(|text| text.split(';').next()).map(str::trim).unwrap_or_default();
        if !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            let description = "the body must be application/x-www-form-urlencoded";
            return Err(OAuthError::new(ErrorCode::InvalidRequest, description));
        }
        let body = Bytes::from_request(request, state).await.map_err(|_| {
            OAuthError::new(ErrorCode::InvalidRequest, "the body is too large or did not arrive whole")
        })?;
        Ok(Self(Params::parse(&body)))
    }
}
