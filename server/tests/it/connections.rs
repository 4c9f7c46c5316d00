//! Slow and idle connections: nobody keeps others out by holding many open.

use std::{
    io::Write,
    net::{SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use http::StatusCode;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tempfile::tempdir;

use crate::process::Server;

/// More connections than the server has descriptors.
const SLOW: usize = 1_100;
/// The usual limit of descriptors.
const DESCRIPTORS: u64 = 1_024;
/// How soon an honest request is answered, whatever others do.
const SOON: Duration = Duration::from_secs(1);

/// Lets this process hold the connections.
fn raise_own_limit() {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.unwrap_or(8_192).min(8_192);
    if limit.current.is_some_and(|current| current < wanted) {
        setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: limit.maximum }).unwrap();
    }
}

/// Opens a connection and sends a part of a request's head.
fn slow(address: SocketAddr) -> Option<TcpStream> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(10)).ok()?;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: gatepass\r\n").ok()?;
    Some(stream)
}

/// How long honest requests took, the slowest last.
fn honest(server: &Server, times: usize) -> Vec<Duration> {
    let one = |_| {
        let began = Instant::now();
        assert_eq!(server.get("/readyz", &[]).status, StatusCode::OK);
        began.elapsed()
    };
    let mut took: Vec<_> = (0..times).map(one).collect();
    took.sort_unstable();
    took
}

#[test]
fn an_honest_request_is_answered_while_one_address_holds_more_connections_than_there_are_descriptors() {
    raise_own_limit();
    let folder = tempdir().unwrap();
    let server = Server::start_with_descriptors(
        DESCRIPTORS,
        &["--demo", "--data-dir", folder.path().to_str().unwrap()],
    );
    let mut held: Vec<_> = (0..SLOW).map_while(|_| slow(server.address)).collect();
    assert_eq!(held.len(), SLOW, "connections are taken, whatever becomes of them");
    // Each goes on as soon as all others did; the one that was given up comes back.
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    let address = server.address;
    let flood = std::thread::spawn(move || {
        while !told.load(Ordering::SeqCst) {
            for stream in &mut held {
                if stream.write_all(b"x-more: 1\r\n").is_err()
                    && let Some(again) = slow(address)
                {
                    *stream = again;
                }
            }
        }
    });
    let took = honest(&server, 20);
    stop.store(true, Ordering::SeqCst);
    flood.join().unwrap();
    // Whoever shares two cores with other tests is late now and then.
    assert!(took[took.len() / 2] < SOON, "{took:?}");
    // From another address there is room that the first one cannot have.
    assert!(!server.log().contains("could not be accepted"), "{}", server.log());
}
