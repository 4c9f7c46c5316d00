//! Form bodies of the protocol endpoints, with errors as OAuth wants them.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
};

use super::{media_type, oauth_error::OAuthError};
use domain::oauth::{error_code::ErrorCode, params::Params};

/// The parameters of an `application/x-www-form-urlencoded` body.
pub struct OAuthForm(pub Params);

impl<S: Send + Sync> FromRequest<S> for OAuthForm {
    type Rejection = OAuthError;

    async fn from_request(request: Request, state: &S) -> Result<Self, OAuthError> {
        if !media_type::is(request.headers(), "application/x-www-form-urlencoded") {
            let description = "the body must be application/x-www-form-urlencoded";
            return Err(OAuthError::new(ErrorCode::InvalidRequest, description));
        }
        let body = Bytes::from_request(request, state).await.map_err(|_| {
            OAuthError::new(ErrorCode::InvalidRequest, "the body is too large or did not arrive whole")
        })?;
        Ok(Self(Params::parse(&body)))
    }
}
