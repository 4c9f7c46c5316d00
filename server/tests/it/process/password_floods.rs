//! Passwords in a flood, at the running binary: who gets in, how soon, and what memory it takes.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use domain::{
    clock::{Clock, Millis, SECOND, SystemClock},
    demo,
};
use http::{StatusCode, header};
use tempfile::{TempDir, tempdir};
use tokio::{
    sync::Semaphore,
    task::JoinSet,
    time::{interval, timeout},
};

use crate::support::{
    MEMBER,
    server::{PATIENCE, Server, data},
};

/// Number of strangers that sign in.
const FLOOD: usize = 1_500;
/// So many of them at the same time, without optimisation and on a machine that has other work.
const AT_ONCE: usize = 250;
/// The longest that a person waits.
const SOON: Millis = 3 * SECOND;
/// Memory that a thread that hashes holds, in KiB.
const HASHING: usize = 19 * 1_024;

/// The most that a request takes while it waits for its answer, in KiB, without optimisation.
const CONNECTION: usize = 256;

fn start(folder: &TempDir) -> Server {
    let known = ["--sign-in-person-limit", "1000000"];
    let flags = ["--demo", "--data-dir", data(folder), "--trusted-proxies", "127.0.0.1"];
    Server::start(&[&flags[..], &known].concat(), Some("warn"))
}

/// A figure of the process in KiB: `VmRSS` is what it holds, `RssAnon` that without its program, `VmHWM` the most that it
/// held.
fn memory(server: &Server, figure: &str) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(figure)).unwrap();
    line.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap()
}

/// Waits until a figure of the process is less than this.
async fn shrunk(server: &Server, figure: &str, below: usize) {
    let mut ticks = interval(Duration::from_millis(100));
    let shrinks = async {
        while memory(server, figure) >= below {
            ticks.tick().await;
        }
    };
    let shrunk = timeout(PATIENCE, shrinks).await;
    assert!(shrunk.is_ok(), "still {} KiB, not {below}", memory(server, figure));
}

/// Outcome of a sign-in: the status, and the cookie of known browsers.
type Outcome = (StatusCode, Option<String>);

/// Speaks HTTP to a server, from any address.
#[derive(Clone)]
struct Line {
    http: reqwest::Client,
    url: String,
}

impl Line {
    fn to(server: &Server) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(0)
            .timeout(PATIENCE);
        Self { http: http.build().unwrap(), url: format!("http://{}/sign-in", server.address) }
    }

    async fn sign_in(&self, from: &str, cookie: &str, email: &str, password: &str) -> Outcome {
        let pairs = [("email", email), ("password", password)];
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let request = self
            .http
            .post(&self.url)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, cookie)
            .header("x-forwarded-for", from);
        let response = request.body(form).send().await.unwrap();
        let status = response.status();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            assert_eq!(response.headers()["retry-after"], "5");
        }
        let cookies = response.headers().get_all(header::SET_COOKIE).iter();
        let mut pairs = cookies.filter_map(|cookie| cookie.to_str().unwrap().split(';').next());
        let known = pairs.find(|pair| pair.starts_with("gatepass-known_")).map(str::to_owned);
        response.bytes().await.unwrap();
        (status, known)
    }
}

#[tokio::test]
async fn the_memory_of_hashing_goes_back_to_the_system() {
    let folder = tempdir().unwrap();
    let server = start(&folder);
    let (status, _) = Line::to(&server).sign_in("192.0.2.1", "", MEMBER, demo::PASSWORD).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    shrunk(&server, "RssAnon:", memory(&server, "RssAnon:") - HASHING / 10 * 8).await;
}

/// Strangers from many addresses who sign in to an account, or to none. Counts those who are refused.
fn flood(line: &Line, refused: &Arc<AtomicUsize>) -> JoinSet<()> {
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut flood = JoinSet::new();
    for number in 0..FLOOD {
        let (line, turns, refused) = (line.clone(), Arc::clone(&turns), Arc::clone(refused));
        flood.spawn(async move {
            let _turn = turns.acquire().await.unwrap();
            let from = format!("10.0.{}.{}", number / 250, number % 250);
            let nobody = format!("nobody{number}@example.com");
            let email = if number % 2 == 0 { MEMBER } else { &nobody };
            match line.sign_in(&from, "", email, "wrong").await.0 {
                StatusCode::SERVICE_UNAVAILABLE => _ = refused.fetch_add(1, Ordering::SeqCst),
                status => assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY),
            }
        });
    }
    flood
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_takes_little_memory_and_keeps_no_known_browser_out() {
    let folder = tempdir().unwrap();
    let server = start(&folder);
    let line = Line::to(&server);
    let (_, cookie) = line.sign_in("192.0.2.1", "", MEMBER, demo::PASSWORD).await;
    let cookie = cookie.unwrap();
    let before = memory(&server, "VmRSS:") - HASHING;

    let refused = Arc::default();
    let mut flood = flood(&line, &refused);
    let mut took = Vec::new();
    while !flood.is_empty() {
        if refused.load(Ordering::SeqCst) > 0 {
            let began = SystemClock.monotonic();
            let (status, _) = line.sign_in("192.0.2.1", &cookie, MEMBER, demo::PASSWORD).await;
            assert_eq!(status, StatusCode::SEE_OTHER);
            took.push(SystemClock.monotonic() - began);
        }
        tokio::task::yield_now().await;
        while let Some(stranger) = flood.try_join_next() {
            stranger.unwrap();
        }
    }
    took.sort_unstable();
    // Whoever shares two cores with other tests is late now and then.
    let median = took.get(took.len() / 2).expect("the flood is long enough to sign in beside it");
    assert!(*median < SOON, "{took:?} ms");
    assert!(refused.load(Ordering::SeqCst) > FLOOD / 2, "{refused:?}");

    let peak = memory(&server, "VmHWM:");
    let threads = (std::thread::available_parallelism().unwrap().get() / 2).clamp(1, 4);
    let bound = before + threads * (HASHING + 1_024) + AT_ONCE * CONNECTION;
    assert!(peak < bound, "{before} KiB before, {peak} KiB at most, more than {bound}");
    shrunk(&server, "VmRSS:", peak - HASHING / 10 * 8).await;
}
