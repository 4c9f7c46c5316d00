//! The part of a request's body that nobody read is read before the answer, or the answer says that the connection ends.
//!
//! Many requests are refused by their headers alone. Where the body is not there yet, hyper then closes the connection,
//! and the answer does not tell (RFC 9112 §9.6): a client that sends headers and body apart, as the MCP SDK for Python
//! does, may lose the next request that it sends on the connection: the discovery after a 401.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use axum::{
    Error,
    body::{Body, Bytes, HttpBody},
    extract::Request,
    middleware::Next,
    response::Response,
};
use http::{HeaderValue, header};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;

/// Most that is read for nothing, in bytes: the largest body that any route takes.
const UNREAD_MAX: u64 = 1024 * 1024;

/// Ends the body of each request, or its connection.
pub async fn layer(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let kept = Arc::new(Mutex::new(body));
    let lent = Body::new(Lent(Arc::clone(&kept)));
    let mut response = next.run(Request::from_parts(parts, lent)).await;
    if !ends(kept).await {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Says if a body is at its end once what is left of it was read. One that is still lent is somebody else's to read.
async fn ends(kept: Arc<Mutex<Body>>) -> bool {
    let Some(left) = Arc::into_inner(kept) else { return true };
    let mut left = left.into_inner().unwrap_or_else(PoisonError::into_inner);
    if left.size_hint().lower() > UNREAD_MAX {
        return false;
    }
    let mut read = 0;
    while read <= UNREAD_MAX {
        match left.frame().await {
            None => return true,
            Some(Ok(frame)) => read += frame.data_ref().map_or(0, |data| data.len() as u64),
            Some(Err(_)) => return false,
        }
    }
    false
}

/// A body that can be had back from who reads it.
struct Lent(Arc<Mutex<Body>>);

impl Lent {
    fn body(&self) -> MutexGuard<'_, Body> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpBody for Lent {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        Pin::new(&mut *self.body()).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body().is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body().size_hint()
    }
}
