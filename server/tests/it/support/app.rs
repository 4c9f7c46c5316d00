//! A server with the demo workspace, and requests to it.

use std::sync::Arc;

use axum::{Router, body::Body};
use clap::Parser;
use domain::{
    clock::{Clock, ManualClock, Millis},
    config::{Config, ServeOptions},
    crypto::{password::PasswordHasher, sealed::SealingKey},
    db::Database,
    demo,
    fetch::{FetchClient, Resolver},
    keys::StoredKeys,
};
use http::{Method, Request, header};
use http_body_util::BodyExt;
use serde_json::Value;
use server::{start::assemble, state::AppState};
use tempfile::TempDir;
use tower::ServiceExt;

use super::{Answer, Browser, ROOMY, TestDatabase, Web};

/// The issuer of test servers.
pub const ISSUER: &str = "http://127.0.0.1:4000";
/// The time that a test waits for an answer before it fails instead of hanging.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);
/// When tests begin: 2026-01-01.
pub const BEGIN: Millis = 1_767_225_600_000;

/// A server with the demo workspace, on a database of its own, with a clock that stands still.
pub struct TestApp {
    pub state: AppState,
    pub clock: Arc<ManualClock>,
    /// Seals the keys in the database.
    pub master: SealingKey,
    router: Router,
    /// Removed when the test ends.
    pub database: TestDatabase,
    /// The data folder, which only mail is in.
    _data: TempDir,
}

/// Knows no name at all: a test without a web of its own reaches nobody.
struct NoResolver;

#[async_trait::async_trait]
impl Resolver for NoResolver {
    async fn addresses(&self, name: &str) -> std::io::Result<Vec<std::net::IpAddr>> {
        Err(std::io::Error::new(std::io::ErrorKind::NotFound, format!("no name in this test: {name}")))
    }
}

#[derive(Parser)]
#[command(args_override_self = true)]
struct Line {
    #[command(flatten)]
    serve: ServeOptions,
}

impl TestApp {
    /// A server with default settings.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// A server with these flags of `gatepass serve`.
    pub async fn start_with(flags: &[&str]) -> Self {
        Self::build(TestDatabase::create().await, flags).await
    }

    /// A server with these flags that can fetch from a web of the test's own, and from nowhere else.
    pub async fn start_in(web: &Web, flags: &[&str]) -> Self {
        let database = TestDatabase::create().await;
        Self::assemble(database, flags, |config| web.outbound_of(config)).await
    }

    /// A server with default settings on a database that may have a past.
    pub async fn on(database: TestDatabase) -> Self {
        Self::build(database, &[]).await
    }

    /// A server with these flags, and all other limits as they are outside tests.
    pub async fn start_strict(flags: &[&str]) -> Self {
        let database = TestDatabase::create().await;
        Self::assemble_strict(database, flags, |config| {
            FetchClient::new(config.address_policy, Arc::new(NoResolver), Vec::new())
        })
        .await
    }

    /// A server without the demo workspace, on which nobody has an account.
    pub async fn start_empty() -> Self {
        let outbound =
            |config: &Config| FetchClient::new(config.address_policy, Arc::new(NoResolver), Vec::new());
        Self::assemble_on(TestDatabase::create().await, false, ROOMY, outbound).await
    }

    async fn build(database: TestDatabase, flags: &[&str]) -> Self {
        Self::assemble(database, flags, |config| {
            FetchClient::new(config.address_policy, Arc::new(NoResolver), Vec::new())
        })
        .await
    }

    async fn assemble(
        database: TestDatabase,
        flags: &[&str],
        outbound: impl FnOnce(&Config) -> FetchClient,
    ) -> Self {
        Self::assemble_strict(database, &[ROOMY, flags].concat(), outbound).await
    }

    async fn assemble_strict(
        database: TestDatabase,
        flags: &[&str],
        outbound: impl FnOnce(&Config) -> FetchClient,
    ) -> Self {
        Self::assemble_on(database, true, flags, outbound).await
    }

    async fn assemble_on(
        database: TestDatabase,
        demo: bool,
        flags: &[&str],
        outbound: impl FnOnce(&Config) -> FetchClient,
    ) -> Self {
        let own: &[&str] = if demo { &["gatepass", "--demo"] } else { &["gatepass"] };
        let data = tempfile::tempdir().unwrap();
        let folder = ["--bind", "127.0.0.1:4000", "--data-dir", data.path().to_str().unwrap()];
        let line = [own, &folder, flags].concat();
        let config = Arc::new(Config::check(Line::try_parse_from(line).unwrap().serve).unwrap());
        let clock = Arc::new(ManualClock::new(BEGIN));
        let db = database.connect().await;
        let master = SealingKey::generate();
        let keys = StoredKeys::open(&db, master.clone(), BEGIN).await.unwrap();
        let passwords = PasswordHasher::with_cost(8, 1).unwrap();
        if demo {
            demo::seed(&db, &passwords, BEGIN).await.unwrap();
        }
        let outbound = outbound(&config);
        let state = assemble(config, db, clock.clone(), keys, passwords, outbound);
        Self { router: server::router(state.clone()), state, clock, master, database, _data: data }
    }

    /// The same server after its state was changed.
    pub fn restarted(mut self) -> Self {
        self.router = server::router(self.state.clone());
        self
    }

    /// The database.
    pub fn db(&self) -> &Database {
        &self.state.db
    }

    /// The time.
    pub fn now(&self) -> Millis {
        self.clock.now()
    }

    /// Sends a request and reads the whole answer.
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let what = format!("{} {}", request.method(), request.uri());
        let answered = tokio::time::timeout(PATIENCE, self.router.clone().oneshot(request)).await;
        let response = answered.unwrap_or_else(|_| panic!("no answer to {what}")).unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// A request with these headers, to the host of this server unless they say another.
    pub async fn request(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !headers.iter().any(|(name, _)| *name == "host") {
            request = request.header(header::HOST, "127.0.0.1:4000");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    /// `GET` without cookies or token.
    pub async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path, &[], "").await
    }

    /// `POST` of a form without cookies or token.
    pub async fn post_form(&self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        self.post_form_with(path, pairs, &[]).await
    }

    /// `POST` of a form with headers.
    pub async fn post_form_with(
        &self,
        path: &str,
        pairs: &[(&str, &str)],
        headers: &[(&str, &str)],
    ) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let kind = ("content-type", "application/x-www-form-urlencoded");
        self.request(Method::POST, path, &[&[kind], headers].concat(), &body).await
    }

    /// `POST` of JSON with headers.
    pub async fn post_json(&self, path: &str, body: &Value, headers: &[(&str, &str)]) -> Answer {
        let kind = [("content-type", "application/json"), ("accept", "application/json, text/event-stream")];
        self.request(Method::POST, path, &[&kind, headers].concat(), &body.to_string()).await
    }

    /// A browser in which nobody is signed in.
    pub fn browser(&self) -> Browser<'_> {
        Browser::new(self)
    }
}
