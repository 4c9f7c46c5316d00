//! Requests that are slow, too long or still running when the server stops.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::Duration,
};

use axum::{
    Router,
    routing::{get, post},
};
use http::StatusCode;
use server::web::{connections::ConnectionBounds, serve::serve_until};
use tempfile::tempdir;
use tokio::{net::TcpListener, sync::Notify};

use crate::support::{
    OWNER, TestApp,
    rest::ITEMS,
    server::{PATIENCE, Server, data, exchange},
};

fn bounds() -> ConnectionBounds {
    ConnectionBounds::within(1_024, Vec::new())
}

/// Reads until the server closes the connection.
async fn rest(mut stream: TcpStream) -> String {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut text = String::new();
    let read = tokio::task::spawn_blocking(move || stream.read_to_string(&mut text).map(|_| text));
    read.await.unwrap().unwrap()
}

/// A server's address and parts; its one answer says when it is asked for, and waits for `end`.
async fn slow(asked: &Arc<Notify>, end: &Arc<Notify>) -> (SocketAddr, TcpListener, Router) {
    let (asked, end) = (Arc::clone(asked), Arc::clone(end));
    let answer = async move || {
        asked.notify_one();
        end.notified().await;
        "done"
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    (listener.local_addr().unwrap(), listener, Router::new().route("/", get(answer)))
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_answered_with_408() {
    let app = TestApp::start().await;
    let tokens = app.tokens(OWNER, &app.public_client().await, "api:read api:write").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = server::router::with_timeout(app.state.clone(), Duration::from_millis(100));
    let serving =
        tokio::spawn(serve_until(listener, router, bounds(), std::future::pending(), Duration::ZERO));
    let (form, json) = ("application/x-www-form-urlencoded", "application/json");
    for (path, kind) in [("/sign-in", form), ("/oauth/token", form), ("/oauth/register", json), (ITEMS, json)]
    {
        // The body never comes.
        let request = format!(
            "POST {path} HTTP/1.0\r\nhost: 127.0.0.1:4000\r\nauthorization: {}\r\ncontent-type: {kind}\r\n\
             content-length: 10\r\n\r\n",
            tokens.bearer()
        );
        let answer = tokio::task::spawn_blocking(move || exchange(address, &request)).await.unwrap();
        assert_eq!(answer.status, StatusCode::REQUEST_TIMEOUT, "{path}");
        assert_ne!(answer.header("x-request-id"), "", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    }
    serving.abort();
}

#[tokio::test]
async fn a_connection_outlives_a_request_that_was_refused_before_its_body_came() {
    let app = TestApp::start().await;
    let refused = Arc::new(Notify::new());
    let refuse = {
        let refused = Arc::clone(&refused);
        async move || {
            refused.notify_one();
            StatusCode::UNAUTHORIZED
        }
    };
    let routes = Router::new().route("/", post(refuse));
    let router = server::router::common_layers(routes, Arc::clone(&app.state.config), PATIENCE);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let serving =
        tokio::spawn(serve_until(listener, router, bounds(), std::future::pending(), Duration::ZERO));

    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"POST / HTTP/1.1\r\nhost: gatepass\r\ncontent-length: 4\r\n\r\n").unwrap();
    refused.notified().await;
    stream.write_all(b"bodyGET / HTTP/1.0\r\n\r\n").unwrap();
    let answers = rest(stream).await;
    assert!(answers.starts_with("HTTP/1.1 401"), "{answers}");
    assert!(answers.contains("HTTP/1.0 405"), "{answers}");

    // Nobody waits for a large one: the answer says that the connection ends.
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"POST / HTTP/1.1\r\nhost: gatepass\r\ncontent-length: 2000000\r\n\r\n").unwrap();
    let answer = rest(stream).await;
    assert!(answer.starts_with("HTTP/1.1 401") && answer.contains("connection: close"), "{answer}");
    serving.abort();
}

#[test]
fn a_head_of_a_request_that_is_far_too_long_is_not_read() {
    let folder = tempdir().unwrap();
    let server = Server::start(&["--demo", "--data-dir", data(&folder)], None);
    for (length, good) in [(60_000, true), (150_000, false), (1_000_000, false)] {
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let head = format!("GET /healthz HTTP/1.0\r\nx-long: {}\r\n\r\n", "x".repeat(length));
        // The server may answer and close before it has read all of it.
        let _ = stream.write_all(head.as_bytes());
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8(answer).unwrap();
        assert_eq!(answer.starts_with("HTTP/1.0 200"), good, "{length}: {answer}");
    }
}

#[tokio::test]
async fn a_server_that_stops_lets_running_requests_end() {
    let (asked, end) = (Arc::default(), Arc::default());
    let (address, listener, router) = slow(&asked, &end).await;
    let client = tokio::task::spawn_blocking(move || exchange(address, "GET / HTTP/1.0\r\n\r\n"));
    let told = Arc::new(Notify::new());
    let tell = Arc::clone(&told);
    let stop = async move {
        asked.notified().await;
        tell.notify_one();
    };
    let serving = tokio::spawn(serve_until(listener, router, bounds(), stop, 2 * PATIENCE));
    told.notified().await;
    assert!(!serving.is_finished());
    end.notify_one();
    let served = tokio::time::timeout(PATIENCE, serving).await.expect("nothing runs any more");
    served.unwrap();
    let answer = client.await.unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "done"));
}

#[tokio::test]
async fn a_server_that_stops_does_not_wait_for_ever() {
    let (asked, end) = (Arc::default(), Arc::default());
    let (address, listener, router) = slow(&asked, &end).await;
    let mut client = TcpStream::connect(address).unwrap();
    client.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    let served = serve_until(listener, router, bounds(), asked.notified(), Duration::from_millis(100));
    tokio::time::timeout(PATIENCE, served).await.expect("its patience ends");
}
