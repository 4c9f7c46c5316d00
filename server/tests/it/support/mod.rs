//! What tests share: a server on a database of its own, browsers, and clients.

mod apps;
mod browser;
mod chance;
mod client;
mod database;
#[path = "../../../examples/fill/filling.rs"]
mod filling;
mod flow;
mod log;
mod roomy;
mod storm;
mod web;

use std::sync::Arc;

use axum::{Router, body::Body};
use clap::Parser;
use domain::{
    accounts::users,
    clients::{self, secrets},
    clock::{Clock, ManualClock, Millis},
    config::{Config, ServeOptions},
    crypto::{
        password::PasswordHasher,
        sealed::SealingKey,
        secret::{PlainSecret, SecretKind},
    },
    db::Database,
    demo,
    fetch::{FetchClient, Resolver},
    keys::StoredKeys,
    workspaces::products,
};
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use serde_json::Value;
use server::{start::assemble, state::AppState};
use tower::ServiceExt;
use types::{
    client::{AuthMethod, ClientSource, GrantType},
    role::ProductRole,
};

pub use self::{
    apps::{CALLBACK, assert_counts, form, number},
    browser::Browser,
    chance::{Chance, Seed},
    client::{ClientApp, pkce},
    database::TestDatabase,
    flow::{Tokens, authorize_url, hidden},
    log::log_of,
    roomy::ROOMY,
    storm::{all, approved, at_once, codes, hung_up, won},
    web::{Reply, Web},
};
pub use filling::fill;

/// The issuer of test servers.
pub const ISSUER: &str = "http://127.0.0.1:4000";
/// How long a test waits for an answer before it fails instead of hanging.
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
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body)
            .unwrap_or_else(|_| panic!("not JSON ({}): {}", self.status, self.body))
    }

    /// A header as text; empty when it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// Where a redirect leads.
    pub fn location(&self) -> &str {
        assert!(self.status.is_redirection(), "no redirect: {} {}", self.status, self.body);
        self.header("location")
    }

    /// A parameter of the query of the redirect's target.
    pub fn location_param(&self, name: &str) -> Option<String> {
        let url = url::Url::parse(self.location()).unwrap();
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// A parameter of the query of the redirect's target on this server.
    pub fn next_param(&self, name: &str) -> Option<String> {
        let url = url::Url::parse(ISSUER).unwrap().join(self.location()).unwrap();
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    /// The `error` of an OAuth answer.
    pub fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }
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
        let line = [&["gatepass", "--demo", "--bind", "127.0.0.1:4000"], flags].concat();
        let config = Arc::new(Config::check(Line::try_parse_from(line).unwrap().serve).unwrap());
        let clock = Arc::new(ManualClock::new(BEGIN));
        let db = database.connect().await;
        let master = SealingKey::generate();
        let keys = StoredKeys::open(&db, master.clone(), BEGIN).await.unwrap();
        let passwords = PasswordHasher::with_cost(8, 1).unwrap();
        demo::seed(&db, &passwords, BEGIN).await.unwrap();
        let outbound = outbound(&config);
        let state = assemble(config, db, clock.clone(), keys, passwords, outbound);
        Self { router: server::router(state.clone()), state, clock, master, database }
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

    /// `GET` without cookies or token.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).header(header::HOST, "127.0.0.1:4000").body(Body::empty()).unwrap())
            .await
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
        let mut request =
            Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// `POST` of JSON with headers.
    pub async fn post_json(&self, path: &str, body: &Value, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::post(path)
            .header(header::HOST, "127.0.0.1:4000")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json, text/event-stream");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// A browser in which nobody is signed in.
    pub fn browser(&self) -> Browser<'_> {
        Browser::new(self)
    }

    /// A browser in which this person of the demo workspace is signed in.
    pub async fn signed_in(&self, email: &str) -> Browser<'_> {
        let mut browser = self.browser();
        browser.sign_in(email).await;
        browser
    }

    /// The id of a person of the demo workspace.
    pub async fn user_id(&self, email: &str) -> String {
        users::find_by_email(self.db().read(), email).await.unwrap().unwrap().id
    }

    /// The id of a product, as its organization's owner sees it.
    pub async fn product_id(&self, organization: &str, product: &str) -> String {
        let owner = self.user_id("owner@example.com").await;
        products::find_membership_by_slugs(self.db().read(), &owner, organization, product)
            .await
            .unwrap()
            .unwrap()
            .product_id
    }

    /// Gives a person another role in a product.
    pub async fn set_role(&self, email: &str, organization: &str, product: &str, role: ProductRole) {
        let (user, product) = (self.user_id(email).await, self.product_id(organization, product).await);
        products::set_product_role(self.db().write(), &product, &user, role).await.unwrap();
    }

    /// A public client that registered itself, as an MCP client does.
    pub async fn public_client(&self) -> ClientApp {
        self.client("Test client", ClientSource::Dynamic, AuthMethod::None, &["http://127.0.0.1/callback"])
            .await
    }

    /// A confidential client that an administrator registered.
    pub async fn confidential_client(&self) -> ClientApp {
        let uris = ["https://client.example/callback"];
        self.client("Trusted client", ClientSource::Admin, AuthMethod::SecretBasic, &uris).await
    }

    /// Any client.
    pub async fn client(
        &self,
        name: &str,
        source: ClientSource,
        auth: AuthMethod,
        uris: &[&str],
    ) -> ClientApp {
        let id = domain::crypto::id::new("app", self.now());
        let client = clients::NewClient {
            id: id.clone(),
            source,
            name: name.to_owned(),
            description: String::new(),
            website: None,
            redirect_uris: uris.iter().map(|&uri| uri.to_owned()).collect(),
            auth_method: auth,
            keys: None,
            grant_types: GrantType::FOR_PEOPLE.to_vec(),
            default_scope: None,
            verified: false,
            owner_id: None,
            address: "test".to_owned(),
        };
        clients::add(self.db().write(), client, self.now()).await.unwrap();
        let secret = auth.has_secret().then(|| PlainSecret::generate(SecretKind::Client));
        if let Some(secret) = &secret {
            secrets::add(self.db().write(), &id, secret, self.now()).await.unwrap();
        }
        ClientApp::new(id, secret.map(|secret| secret.expose().to_owned()), uris[0])
    }
}
