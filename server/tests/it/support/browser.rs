//! A person's browser: keeps cookies, follows nothing by itself.

use std::collections::BTreeMap;

use axum::body::Body;
use domain::demo;
use http::{Request, header};

use super::{Answer, ISSUER, TestApp};

/// The cookie of who is signed in.
pub const SESSION: &str = "gatepass_4000";
/// The cookie to which requests and forms are bound.
pub const BROWSER: &str = "gatepass-browser_4000";

pub struct Browser<'a> {
    pub app: &'a TestApp,
    pub cookies: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    pub fn new(app: &'a TestApp) -> Self {
        Self { app, cookies: BTreeMap::new() }
    }

    /// Opens a page or an endpoint of the server; full URLs of the issuer are taken too.
    pub async fn get(&mut self, url: &str) -> Answer {
        self.send(Request::get(path_of(url)).header(header::ACCEPT, "text/html"), Body::empty()).await
    }

    /// Asks for the headers of a page only.
    pub async fn head(&mut self, url: &str) -> Answer {
        self.send(Request::head(path_of(url)).header(header::ACCEPT, "text/html"), Body::empty()).await
    }

    /// Sends a form as a page of the server does.
    pub async fn post(&mut self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        self.post_from(path, pairs, &[("origin", ISSUER), ("sec-fetch-site", "same-origin")]).await
    }

    /// Sends a form with headers that say where it comes from.
    pub async fn post_from(
        &mut self,
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
        self.send(request, Body::from(body)).await
    }

    /// Calls a server function that takes JSON.
    pub async fn call(&mut self, function: &str, arguments: &serde_json::Value) -> Answer {
        let request = Request::post(format!("/_fn/{function}"))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .header("sec-fetch-site", "same-origin");
        self.send(request, Body::from(arguments.to_string())).await
    }

    /// Calls a procedure as the page of a product, such as `acme/support`, does.
    pub async fn call_procedure(
        &mut self,
        product: &str,
        name: &str,
        arguments: &serde_json::Value,
    ) -> Answer {
        let (organization, product) = product.split_once('/').unwrap();
        let arguments = serde_json::json!({
            "organization": organization, "product": product, "name": name, "arguments": arguments.to_string(),
        });
        self.call("call_procedure", &arguments).await
    }

    /// Signs in as a person of the demo workspace.
    pub async fn sign_in(&mut self, email: &str) {
        let answer =
            self.post("/sign-in", &[("email", email), ("password", demo::PASSWORD), ("next", "/")]).await;
        assert_eq!(answer.location(), "/", "{}", answer.body);
    }

    async fn send(&mut self, request: http::request::Builder, body: Body) -> Answer {
        let length = axum::body::HttpBody::size_hint(&body).exact().unwrap_or_default();
        let request = request.header(header::CONTENT_LENGTH, length).header(header::HOST, "127.0.0.1:4000");
        self.send_whole(request.body(body).unwrap()).await
    }

    /// Its cookies, as it sends them.
    pub fn cookie_header(&self) -> String {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        cookies.join("; ")
    }

    /// Sends a request with the cookies beside what it has.
    pub async fn send_whole(&mut self, mut request: Request<Body>) -> Answer {
        request.headers_mut().append(header::COOKIE, self.cookie_header().parse().unwrap());
        let answer = self.app.send(request).await;
        for header in answer.headers.get_all(header::SET_COOKIE) {
            let pair = header.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }
}

fn path_of(url: &str) -> &str {
    url.strip_prefix(ISSUER).unwrap_or(url)
}
