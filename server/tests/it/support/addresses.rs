//! Requests that come from an address, and being told to come back later.

use std::net::SocketAddr;

use axum::{body::Body, extract::ConnectInfo};
use http::{Request, StatusCode, header};

use super::{Answer, TestApp};

pub const HERE: &str = "198.51.100.1";
pub const THERE: &str = "198.51.100.2";

impl TestApp {
    /// Sends a form, or nothing at all, from an address.
    pub async fn send_from(
        &self,
        address: &str,
        request: http::request::Builder,
        pairs: &[(&str, &str)],
    ) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send_body_from(address, request, body).await
    }

    /// Sends anything from an address.
    pub async fn send_body_from(
        &self,
        address: &str,
        request: http::request::Builder,
        body: String,
    ) -> Answer {
        let mut request = request.header(header::HOST, "127.0.0.1:4000").body(Body::from(body)).unwrap();
        let peer = SocketAddr::new(address.parse().unwrap(), 50_000);
        request.extensions_mut().insert(ConnectInfo(peer));
        self.send(request).await
    }

    /// Registers a client from an address.
    pub async fn register_from(&self, address: &str, body: &serde_json::Value) -> Answer {
        let request = Request::post("/oauth/register").header(header::CONTENT_TYPE, "application/json");
        self.send_body_from(address, request, body.to_string()).await
    }
}

/// Fails unless an answer says to come back later, in no more than so many seconds.
#[track_caller]
pub fn assert_later(answer: &Answer, status: StatusCode, seconds: u32) {
    assert_eq!(answer.status, status, "{}", answer.body);
    let wait: u32 = answer.header("retry-after").parse().unwrap();
    assert!(wait > 0 && wait <= seconds + 1, "{wait}");
}
