//! Slow and idle connections: nobody keeps others out by holding many open.

use std::{
    io::Write,
    net::{SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use domain::clock::{Clock, Millis, SECOND, SystemClock};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tempfile::tempdir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
};

use crate::support::server::{PATIENCE, Server, data};

/// More connections than the server has descriptors.
const SLOW: usize = 1_100;
/// The usual limit of descriptors.
const DESCRIPTORS: u64 = 1_024;
/// Time within which an honest request is answered, whatever others do.
const SOON: Millis = SECOND;

/// Lets this process hold the connections.
fn raise_own_limit() {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.unwrap_or(8_192).min(8_192);
    if limit.current.is_some_and(|current| current < wanted) {
        setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: limit.maximum }).unwrap();
    }
}

/// Opens a connection and sends a part of a request: of its head, or of its body.
fn slow(address: SocketAddr, part: &str) -> Option<TcpStream> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    stream.write_all(part.as_bytes()).ok()?;
    Some(stream)
}

/// Asks from this address of the machine; how long the answer took.
async fn honest(server: SocketAddr, from: [u8; 4]) -> Millis {
    let began = SystemClock.monotonic();
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::from((from, 0))).unwrap();
    let mut stream = socket.connect(server).await.unwrap();
    stream.write_all(b"GET /readyz HTTP/1.0\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_string(&mut answer)).await;
    read.expect("there is an answer").unwrap();
    assert!(answer.starts_with("HTTP/1.0 200"), "{answer}");
    SystemClock.monotonic() - began
}

/// Holds connections open that each go on as soon as all others did, and come back when they were given up, while honest
/// requests come from an address.
async fn assert_honest_requests_are_answered(part: &'static str, more: &'static str, from: [u8; 4]) {
    raise_own_limit();
    let folder = tempdir().unwrap();
    let data = ["--demo", "--data-dir", data(&folder)];
    let server = Server::start_with_descriptors(DESCRIPTORS, &data);
    let address = server.address;
    let mut held: Vec<_> = (0..SLOW).filter_map(|_| slow(address, part)).collect();
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    let flood = std::thread::spawn(move || {
        while !told.load(Ordering::SeqCst) {
            for stream in &mut held {
                if stream.write_all(more.as_bytes()).is_err()
                    && let Some(again) = slow(address, part)
                {
                    *stream = again;
                }
            }
        }
    });
    let mut took = Vec::new();
    for _ in 0..20 {
        took.push(honest(address, from).await);
    }
    stop.store(true, Ordering::SeqCst);
    flood.join().unwrap();
    took.sort_unstable();
    // Whoever shares two cores with other tests is late now and then.
    assert!(took[took.len() / 2] < SOON, "{took:?} ms");
    assert!(!server.log().contains("could not be accepted"), "{}", server.log());
}

#[tokio::test]
async fn who_sends_heads_slowly_on_more_connections_than_there_are_descriptors_keeps_nobody_out() {
    let head = "GET /healthz HTTP/1.1\r\nhost: gatepass\r\n";
    assert_honest_requests_are_answered(head, "x-more: 1\r\n", [127, 0, 0, 1]).await;
}

/// Their requests run, so nobody at the same address gets in before the first of them is slow; everybody else does.
#[tokio::test]
async fn who_sends_bodies_slowly_keeps_nobody_at_another_address_out() {
    let head = "POST /oauth/token HTTP/1.1\r\nhost: gatepass\r\ncontent-length: 60000\r\n\r\n";
    assert_honest_requests_are_answered(head, "x", [127, 0, 0, 2]).await;
}

/// As soon as nothing else is free, for whatever reason, somebody who only waits makes room.
#[tokio::test]
async fn a_server_without_a_free_descriptor_gives_up_who_waits() {
    let folder = tempdir().unwrap();
    let data = ["--demo", "--data-dir", data(&folder)];
    let server = Server::start_with_descriptors(DESCRIPTORS, &data);
    let open = std::fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap().count();
    server.limit_descriptors(open + 8);
    let _held: Vec<_> = (0..20).filter_map(|_| slow(server.address, "")).collect();
    for _ in 0..5 {
        honest(server.address, [127, 0, 0, 1]).await;
    }
    assert!(server.log().contains("could not be accepted"), "{}", server.log());
}
