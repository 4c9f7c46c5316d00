//! A client application: its ID, its secret if it has one, and what it sends to the token endpoint.

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    clients::{self, secrets},
    crypto::{
        id,
        secret::{PlainSecret, SecretKind, sha256},
    },
};
use http::StatusCode;
use types::{
    client::{AuthMethod, ClientSource, GrantType},
    id::ClientId,
};

use super::{Answer, TestApp};

/// A `code_verifier` and its `code_challenge`.
pub fn pkce() -> (String, String) {
    let verifier = "test-verifier-".repeat(4);
    let challenge = sha256(verifier.as_bytes());
    (verifier, challenge)
}

#[derive(Clone, Debug)]
pub struct ClientApp {
    pub id: String,
    pub secret: Option<String>,
    pub redirect_uri: String,
}

impl ClientApp {
    pub fn new(id: impl Into<String>, secret: Option<String>, redirect_uri: &str) -> Self {
        Self { id: id.into(), secret, redirect_uri: redirect_uri.to_owned() }
    }

    /// The client ID as the server knows it.
    pub fn client_id(&self) -> ClientId {
        self.id.parse().unwrap()
    }

    /// A client without a secret, as the registration endpoint answers it.
    pub fn registered(answer: &Answer, redirect_uri: &str) -> Self {
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        Self::new(answer.json()["client_id"].as_str().unwrap(), None, redirect_uri)
    }

    /// The value of `Authorization` for HTTP Basic.
    pub fn basic(&self) -> String {
        let secret = self.secret.as_deref().unwrap_or_default();
        format!("Basic {}", STANDARD.encode(format!("{}:{secret}", self.id)))
    }

    /// Posts to an endpoint, authenticated as the client wants it: Basic with a secret, `client_id` without.
    pub async fn post(&self, app: &TestApp, path: &str, pairs: &[(&str, &str)]) -> Answer {
        if self.secret.is_some() {
            app.post_form_with(path, pairs, &[("authorization", &self.basic())]).await
        } else {
            let pairs = [&[("client_id", self.id.as_str())], pairs].concat();
            app.post_form(path, &pairs).await
        }
    }

    /// Exchanges a code.
    pub async fn exchange(&self, app: &TestApp, code: &str) -> Answer {
        let (verifier, _) = pkce();
        let pairs =
            [("grant_type", "authorization_code"), ("code", code), ("code_verifier", verifier.as_str())];
        self.post(app, "/oauth/token", &pairs).await
    }

    /// Refreshes.
    pub async fn refresh(&self, app: &TestApp, refresh_token: &str) -> Answer {
        self.refresh_with(app, refresh_token, &[]).await
    }

    /// Refreshes, with more parameters.
    pub async fn refresh_with(&self, app: &TestApp, refresh_token: &str, more: &[(&str, &str)]) -> Answer {
        let pairs = [&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)], more].concat();
        self.post(app, "/oauth/token", &pairs).await
    }
}

impl TestApp {
    /// A server with default settings, and a public client.
    pub async fn with_public_client() -> (Self, ClientApp) {
        let app = Self::start().await;
        let client = app.public_client().await;
        (app, client)
    }

    /// A server with default settings, and a confidential client.
    pub async fn with_confidential_client() -> (Self, ClientApp) {
        let app = Self::start().await;
        let client = app.confidential_client().await;
        (app, client)
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
        let id: ClientId = id::typed(self.now());
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
