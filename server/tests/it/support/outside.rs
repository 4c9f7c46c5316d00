//! People and clients of a server that is a process of its own, and may die at any moment.

use std::path::Path;

use domain::{
    db::{Database, location::DatabaseLocation},
    demo, keys,
};
use http::header;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    Answer, ClientApp, ISSUER, MEMBER, ROOMY, authorize_url, empty_database, hidden, membership, pkce,
    server::{PATIENCE, Server, cookie},
};

/// The folder and database of a server that comes and goes.
pub struct Place {
    pub folder: TempDir,
    pub url: String,
}

impl Place {
    pub async fn new() -> Self {
        Self::new_in(&std::env::temp_dir()).await
    }

    /// The same in this folder.
    pub async fn new_in(folder: &Path) -> Self {
        let folder = tempfile::tempdir_in(folder).unwrap();
        let url = empty_database(&folder).await;
        keys::master_key(&folder.path().join("the.key"), true).unwrap();
        Self { folder, url }
    }

    /// Starts the server, under one name whatever its port.
    pub fn start(&self, refresh_replay: &str) -> Server {
        let key = self.folder.path().join("the.key");
        let flags = ["--demo", "--public-url", ISSUER, "--database-url", &self.url];
        let files =
            ["--data-dir", self.folder.path().to_str().unwrap(), "--master-key-file", key.to_str().unwrap()];
        let limits =
            ["--token-limit", "1000000", "--code-lifetime", "10m", "--refresh-replay", refresh_replay];
        Server::start(&[&flags[..], &files, &limits, ROOMY].concat(), None)
    }

    /// Looks into the database. Leaves no connection: the server alone has to find its files as it left them.
    pub async fn look<T>(&self, at: impl AsyncFnOnce(&Database) -> T) -> T {
        let db = Database::connect(&DatabaseLocation::parse(&self.url).unwrap()).await.unwrap();
        let seen = at(&db).await;
        db.close().await.unwrap();
        seen
    }
}

/// Speaks HTTP to a server that may die at any moment.
#[derive(Clone)]
pub struct Line {
    http: reqwest::Client,
    server: String,
    /// Set when it takes failures of the server.
    forgiving: bool,
}

impl Line {
    pub fn to(server: &Server) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .unwrap();
        Self { http, server: format!("http://{}", server.address), forgiving: false }
    }

    /// The same for a server that may fail inside.
    pub fn forgiving(self) -> Self {
        Self { forgiving: true, ..self }
    }

    /// The answer, if it came whole.
    async fn send(&self, request: reqwest::RequestBuilder) -> Option<Answer> {
        let response = request.header(header::HOST, "127.0.0.1:4000").send().await.ok()?;
        let (status, headers) = (response.status(), response.headers().clone());
        let answer = Answer { status, headers, body: response.text().await.ok()? };
        assert!(self.forgiving || !status.is_server_error(), "{status} {}", answer.body);
        Some(answer)
    }

    /// `POST` of JSON.
    pub async fn post_json(&self, path: &str, bearer: &str, body: &Value) -> Option<Answer> {
        let request = self.http.post(format!("{}{path}", self.server));
        let request = request.header(header::CONTENT_TYPE, "application/json");
        self.send(request.header(header::AUTHORIZATION, bearer).body(body.to_string())).await
    }

    pub async fn get(&self, path: &str, name: &str, value: &str) -> Option<Answer> {
        self.send(self.http.get(format!("{}{path}", self.server)).header(name, value)).await
    }

    async fn post(&self, path: &str, cookies: &str, pairs: &[(&str, &str)]) -> Option<Answer> {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let request = self
            .http
            .post(format!("{}{path}", self.server))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::COOKIE, cookies)
            .header(header::ORIGIN, ISSUER);
        self.send(request.body(form)).await
    }

    pub async fn register(&self) -> ClientApp {
        let uri = "http://127.0.0.1/callback";
        let wish = json!({
            "client_name": "Storm",
            "redirect_uris": [uri],
            "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"],
        });
        let request = self.http.post(format!("{}/oauth/register", self.server));
        let request = request.header(header::CONTENT_TYPE, "application/json").body(wish.to_string());
        ClientApp::registered(&self.send(request).await.unwrap(), uri)
    }

    pub async fn exchange(&self, client: &ClientApp, code: &str) -> Option<Answer> {
        let (verifier, _) = pkce();
        let pairs = [
            ("grant_type", "authorization_code"),
            ("client_id", &client.id),
            ("code", code),
            ("code_verifier", &verifier),
        ];
        self.post("/oauth/token", "", &pairs).await
    }

    pub async fn refresh(&self, client: &ClientApp, token: &str) -> Option<Answer> {
        let pairs = [("grant_type", "refresh_token"), ("client_id", &client.id), ("refresh_token", token)];
        self.post("/oauth/token", "", &pairs).await
    }

    pub async fn revoke(&self, client: &ClientApp, token: &str) -> Option<Answer> {
        self.post("/oauth/revoke", "", &[("client_id", &client.id), ("token", token)]).await
    }

    /// The status with which the REST API answers an access token.
    pub async fn call(&self, access: &str) -> u16 {
        let bearer = format!("Bearer {access}");
        self.get("/api/v1/work-items", "authorization", &bearer).await.unwrap().status.as_u16()
    }
}

/// A person's browser, with the cookies of the server and of the request.
pub struct Person {
    session: String,
    product: types::id::ProductId,
}

impl Person {
    pub async fn sign_in(line: &Line, place: &Place) -> Self {
        let pairs = [("email", MEMBER), ("password", demo::PASSWORD), ("next", "/")];
        let session = cookie(&line.post("/sign-in", "", &pairs).await.unwrap());
        let seat = place.look(async |db: &Database| membership(db, MEMBER, "acme", "support").await).await;
        Self { session, product: seat.product_id }
    }

    /// Approves a client that wants to read; gives the code.
    pub async fn approve(&self, line: &Line, client: &ClientApp) -> String {
        self.approve_scope(line, client, "api:read").await
    }

    /// Approves a client that wants one scope; gives the code.
    pub async fn approve_scope(&self, line: &Line, client: &ClientApp, scope: &str) -> String {
        let url = authorize_url(client, &[("scope", scope)]);
        let asked = line.get(&url, "cookie", &self.session).await.unwrap();
        let cookies = format!("{}; {}", self.session, cookie(&asked));
        let page = line.get(asked.location(), "cookie", &cookies).await.unwrap().body;
        let (handle, csrf) = (hidden(&page, "handle"), hidden(&page, "csrf"));
        let decision = [
            ("handle", handle.as_str()),
            ("csrf", &csrf),
            ("decision", "approve"),
            ("product", &self.product),
            ("scope", scope),
        ];
        let answer = line.post("/oauth/consent", &cookies, &decision).await.unwrap();
        answer.location_param("code").unwrap()
    }
}

pub fn assert_refused(answer: &Answer) {
    assert_eq!(answer.refusal(), "400 invalid_grant", "{}", answer.body);
}
