//! The names that requests have in the log and in their answers.

use axum::extract::Request;
use domain::crypto::random;
use http::{HeaderName, HeaderValue};
use tower_http::request_id::{MakeRequestId, RequestId};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest ID that a proxy may give a request.
const LENGTH_MAX: usize = 64;

/// Takes away what is no request ID, so that the request gets one of ours: every line of the log about it repeats it.
pub fn checked(mut request: Request) -> Request {
    let mut given = request.headers().get_all(REQUEST_ID).iter();
    let fits = given.next().is_none_or(is_id) && given.next().is_none();
    if !fits {
        request.headers_mut().remove(REQUEST_ID);
    }
    request
}

/// Names requests `req-…`. The rest is random: a number would tell everybody how much is asked here.
#[derive(Clone, Copy)]
pub struct Ours;

impl MakeRequestId for Ours {
    fn make_request_id<B>(&mut self, _: &http::Request<B>) -> Option<RequestId> {
        let id = format!("req-{:032x}", u128::from_le_bytes(random::bytes()));
        HeaderValue::try_from(id).ok().map(RequestId::new)
    }
}

fn is_id(value: &HeaderValue) -> bool {
    let letters = value.as_bytes().iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    letters && !value.is_empty() && value.len() <= LENGTH_MAX
}
