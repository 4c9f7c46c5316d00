//! N11: the first client of the README connects where the server reaches nobody.
//!
//! A client that behaves as Claude Code does: where documents are advertised it names its own and has no other plan, else
//! it registers itself. It meets the router with a resolver that does not answer, and the real binary behind a proxy that
//! is not there. With `GATEPASS_TEST_NO_WAY_OUT` the binary gets no such setting: the test is in a network of its own
//! without a way out, which `make prove` makes.

use axum::body::Body;
use domain::demo;
use http::{Request, StatusCode, header};
use serde_json::{Value, json};
use tempfile::tempdir;

use crate::support::{
    Answer, ClientApp, ISSUER, MEMBER, TestApp, Web, authorize_url, hidden, pkce,
    server::{Server, cookie},
};

const DOCUMENT: &str = "https://claude.ai/oauth/claude-code-client-metadata";
const CALLBACK: &str = "http://localhost:58135/callback";

/// The server that the client talks to.
enum Place<'a> {
    Router(&'a TestApp),
    Process(&'a Server),
}

impl Place<'_> {
    fn origin(&self) -> String {
        match self {
            Self::Router(_) => ISSUER.to_owned(),
            Self::Process(server) => format!("http://{}", server.address),
        }
    }

    async fn send(&self, method: &str, url: &str, headers: &[(&str, &str)], body: String) -> Answer {
        let origin = self.origin();
        let path = url.strip_prefix(&origin).unwrap_or(url);
        match self {
            Self::Router(app) => {
                let mut request = Request::builder().method(method).uri(path);
                let host = origin.strip_prefix("http://").unwrap();
                request = request.header(header::HOST, host).header(header::CONTENT_LENGTH, body.len());
                for (name, value) in headers {
                    request = request.header(*name, *value);
                }
                app.send(request.body(Body::from(body)).unwrap()).await
            }
            Self::Process(server) => server.send(method, path, headers, &body),
        }
    }

    async fn get(&self, url: &str, headers: &[(&str, &str)]) -> Answer {
        self.send("GET", url, headers, String::new()).await
    }

    async fn post_json(&self, url: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let kind = [("content-type", "application/json"), ("accept", "application/json, text/event-stream")];
        self.send("POST", url, &[&kind, headers].concat(), body.to_string()).await
    }

    async fn post_form(&self, url: &str, headers: &[(&str, &str)], pairs: &[(&str, &str)]) -> Answer {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let kind = [("content-type", "application/x-www-form-urlencoded")];
        self.send("POST", url, &[&kind, headers].concat(), form).await
    }
}

/// A person with a browser.
struct Person {
    cookies: String,
}

impl Person {
    async fn sign_in(place: &Place<'_>) -> Self {
        let pairs = [("email", MEMBER), ("password", demo::PASSWORD), ("next", "/")];
        let answer = place.post_form("/sign-in", &[("origin", &place.origin())], &pairs).await;
        Self { cookies: cookie(&answer) }
    }

    /// Opens an address that an app gave; approves what it asks for. The code, or the page that says why there is none.
    async fn open(&self, place: &Place<'_>, url: &str) -> Result<String, String> {
        let origin = place.origin();
        let page = [("accept", "text/html"), ("origin", origin.as_str()), ("cookie", self.cookies.as_str())];
        let asked = place.get(url, &page).await;
        if !asked.status.is_redirection() {
            assert_eq!(asked.status, StatusCode::BAD_REQUEST, "{}", asked.body);
            return Err(asked.body);
        }
        let cookies = format!("{}; {}", self.cookies, cookie(&asked));
        let page = [("accept", "text/html"), ("origin", origin.as_str()), ("cookie", cookies.as_str())];
        let form = place.get(asked.location(), &page).await.body;
        let (handle, csrf) = (hidden(&form, "handle"), hidden(&form, "csrf"));
        let pairs = [
            ("handle", handle.as_str()),
            ("csrf", csrf.as_str()),
            ("decision", "approve"),
            ("product", &hidden(&form, "product")),
            ("scope", "mcp:read"),
        ];
        let answer = place.post_form("/oauth/consent", &page, &pairs).await;
        Ok(answer.location_param("code").unwrap_or_else(|| panic!("no code in {}", answer.location())))
    }
}

/// One attempt to connect, from the address of the MCP server to a call of a tool: how the client became known, or what
/// the person was told.
async fn connect(place: &Place<'_>, person: &Person) -> Result<&'static str, String> {
    let mcp = format!("{}/mcp", place.origin());
    let initialize = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {},
        "clientInfo": { "name": "claude-code", "version": "2.1.0" },
    } });
    let refused = place.post_json(&mcp, &[], &initialize).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    let challenge = refused.header("www-authenticate").to_owned();
    let said = |name: &str| challenge.split(&format!("{name}=\"")).nth(1).unwrap().split('"').next().unwrap();
    let resource = place.get(said("resource_metadata"), &[]).await.json();
    let issuer = resource["authorization_servers"][0].as_str().unwrap();
    let metadata = place.get(&format!("{issuer}/.well-known/oauth-authorization-server"), &[]).await.json();
    let public =
        metadata["token_endpoint_auth_methods_supported"].as_array().unwrap().contains(&json!("none"));
    let by_document = metadata["client_id_metadata_document_supported"] == true && public;
    let client_id = if by_document {
        DOCUMENT.to_owned()
    } else {
        let wish = json!({
            "client_name": "Claude Code (gatepass)", "redirect_uris": [CALLBACK],
            "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        });
        let registered =
            place.post_json(metadata["registration_endpoint"].as_str().unwrap(), &[], &wish).await;
        assert_eq!(registered.status, StatusCode::CREATED, "{}", registered.body);
        registered.json()["client_id"].as_str().unwrap().to_owned()
    };
    let client = ClientApp::new(client_id, None, CALLBACK);
    let resource = resource["resource"].as_str().unwrap();
    let url = authorize_url(&client, &[("scope", said("scope")), ("resource", resource)]);
    let code = person.open(place, &url).await?;
    let (verifier, _) = pkce();
    let exchange = [
        ("grant_type", "authorization_code"),
        ("client_id", client.id.as_str()),
        ("code", code.as_str()),
        ("code_verifier", verifier.as_str()),
        ("redirect_uri", CALLBACK),
        ("resource", resource),
    ];
    let tokens = place.post_form(metadata["token_endpoint"].as_str().unwrap(), &[], &exchange).await;
    assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
    let bearer = format!("Bearer {}", tokens.json()["access_token"].as_str().unwrap());
    let call = json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call",
        "params": { "name": "list_work_items", "arguments": {} } });
    let version = ("mcp-protocol-version", "2025-06-18");
    let called = place.post_json(&mcp, &[("authorization", bearer.as_str()), version], &call).await;
    assert_eq!(called.status, StatusCode::OK, "{}", called.body);
    Ok(if by_document { "its document" } else { "registration" })
}

/// The first attempt tells the person what to do, the second connects.
async fn the_second_attempt_connects(place: &Place<'_>) {
    let person = Person::sign_in(place).await;
    let page = connect(place, &person).await.expect_err("nobody is reached");
    for text in ["Start again in the app", "--client-documents false"] {
        assert!(page.contains(text), "no {text} in {page}");
    }
    assert_eq!(connect(place, &person).await, Ok("registration"));
    assert_eq!(connect(place, &person).await, Ok("registration"));
}

#[tokio::test]
async fn n11_the_first_client_connects_at_its_second_attempt_where_no_resolver_answers() {
    let web = Web::start().await;
    web.cut(true);
    let app = TestApp::start_in(&web, &[]).await;
    the_second_attempt_connects(&Place::Router(&app)).await;
}

#[tokio::test]
async fn n11_the_first_client_connects_at_its_second_attempt_where_there_is_no_way_out() {
    let data = tempdir().unwrap();
    let mut flags = vec!["--demo", "--data-dir", data.path().to_str().unwrap()];
    if std::env::var_os("GATEPASS_TEST_NO_WAY_OUT").is_none() {
        // Port 9 discards, and nobody listens there.
        flags.extend(["--outbound-proxy", "http://127.0.0.1:9"]);
    }
    let server = Server::start(&flags, None);
    the_second_attempt_connects(&Place::Process(&server)).await;
    let log = server.log();
    assert!(log.contains("WARN") && log.contains("are not advertised"), "{log}");
}

#[tokio::test]
async fn n11_without_documents_it_connects_at_once() {
    let data = tempdir().unwrap();
    let flags = ["--demo", "--data-dir", data.path().to_str().unwrap(), "--client-documents", "false"];
    let server = Server::start(&flags, None);
    let place = Place::Process(&server);
    let person = Person::sign_in(&place).await;
    assert_eq!(connect(&place, &person).await, Ok("registration"));
}
