//! The authorization flow from request to tokens.

use domain::crypto::jwt::AccessClaims;
use http::StatusCode;

use super::{Answer, Browser, ClientApp, ISSUER, MEMBER, TestApp, pkce};

/// The tokens that the token endpoint answered.
#[derive(Clone, Debug)]
pub struct Tokens {
    pub access: String,
    pub refresh: String,
    pub scope: String,
}

impl Tokens {
    pub fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        let json = answer.json();
        let text = |name: &str| json[name].as_str().unwrap_or_default().to_owned();
        Self { access: text("access_token"), refresh: text("refresh_token"), scope: text("scope") }
    }

    /// The value of `Authorization`.
    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.access)
    }
}

/// The URL of a good authorization request, with more parameters, or others in place of them.
pub fn authorize_url(client: &ClientApp, more: &[(&str, &str)]) -> String {
    let (_, challenge) = pkce();
    let base = [
        ("response_type", "code"),
        ("client_id", client.id.as_str()),
        ("redirect_uri", client.redirect_uri.as_str()),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
        ("state", "xyz"),
    ];
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(base.iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name)));
    query.extend_pairs(more);
    format!("/oauth/authorize?{}", query.finish())
}

/// The value of a hidden field of the consent form.
pub fn hidden(page: &str, name: &str) -> String {
    let tag = page
        .split("<input")
        .find(|tag| tag.split('>').next().unwrap().contains(&format!("name=\"{name}\"")))
        .unwrap_or_else(|| panic!("no field {name} in {page}"));
    tag.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

/// The fields of a consent page that is answered.
pub fn answered<'a>(
    (handle, csrf): &'a (String, String),
    decision: &'a str,
    product: &'a str,
    scopes: &'a str,
) -> Vec<(&'a str, &'a str)> {
    let mut pairs =
        vec![("handle", handle.as_str()), ("csrf", csrf), ("decision", decision), ("product", product)];
    pairs.extend(scopes.split(' ').filter(|scope| !scope.is_empty()).map(|scope| ("scope", scope)));
    pairs
}

impl Browser<'_> {
    /// Makes an authorization request and opens its consent page. Gives the handle and the CSRF token.
    pub async fn open_consent(&mut self, url: &str) -> (String, String) {
        let answer = self.get(url).await;
        let handle =
            answer.location().strip_prefix("/consent/").expect("a signed-in person gets the page").to_owned();
        let page = self.get(&format!("/consent/{handle}")).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        (hidden(&page.body, "handle"), hidden(&page.body, "csrf"))
    }

    /// Answers a consent page with yes, for Acme / Support.
    pub async fn approve(&mut self, form: &(String, String), scopes: &str) -> Answer {
        let product = self.app.product_id("acme", "support").await;
        self.decide(form, "approve", &product, scopes).await
    }

    /// Answers a consent page.
    pub async fn decide(
        &mut self,
        form: &(String, String),
        decision: &str,
        product: &str,
        scopes: &str,
    ) -> Answer {
        self.post("/oauth/consent", &answered(form, decision, product, scopes)).await
    }
}

impl TestApp {
    /// A code for Acme / Support, approved by this person with these scopes.
    pub async fn code(&self, email: &str, client: &ClientApp, scopes: &str) -> String {
        self.code_for(email, client, ("acme", "support"), &[("scope", scopes)], scopes).await
    }

    /// A code for a product, with more parameters in the request.
    pub async fn code_for(
        &self,
        email: &str,
        client: &ClientApp,
        (organization, product): (&str, &str),
        more: &[(&str, &str)],
        scopes: &str,
    ) -> String {
        let mut browser = self.signed_in(email).await;
        let form = browser.open_consent(&authorize_url(client, more)).await;
        let product = self.product_id(organization, product).await;
        let answer = browser.decide(&form, "approve", &product, scopes).await;
        answer.location_param("code").unwrap_or_else(|| panic!("no code in {}", answer.location()))
    }

    /// Tokens for Acme / Support, approved by this person with these scopes.
    pub async fn tokens(&self, email: &str, client: &ClientApp, scopes: &str) -> Tokens {
        let code = self.code(email, client, scopes).await;
        Tokens::of(&client.exchange(self, &code).await)
    }

    /// Tokens for any product.
    pub async fn tokens_for(
        &self,
        email: &str,
        client: &ClientApp,
        product: (&str, &str),
        scopes: &str,
    ) -> Tokens {
        let code = self.code_for(email, client, product, &[("scope", scopes)], scopes).await;
        Tokens::of(&client.exchange(self, &code).await)
    }

    /// Tokens of a new public client for Acme / Support, approved by the member with these scopes.
    pub async fn member(&self, scopes: &str) -> Tokens {
        self.tokens(MEMBER, &self.public_client().await, scopes).await
    }

    /// Calls the REST API; 200 when the token opens it.
    pub async fn call_api(&self, tokens: &Tokens) -> Answer {
        let request = http::Request::get("/api/v1/work-items")
            .header("host", "127.0.0.1:4000")
            .header("authorization", tokens.bearer())
            .body(axum::body::Body::empty())
            .unwrap();
        self.send(request).await
    }

    /// Calls a tool over MCP.
    pub async fn call_tool(&self, tokens: &Tokens, name: &str, arguments: serde_json::Value) -> Answer {
        let body = serde_json::json!({
            "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": name, "arguments": arguments },
        });
        let headers = [("authorization", tokens.bearer()), ("mcp-protocol-version", "2025-06-18".to_owned())];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        self.post_json("/mcp", &body, &headers).await
    }

    /// The token with other claims, signed by the server itself.
    pub fn resigned(&self, tokens: &Tokens, change: impl FnOnce(&mut AccessClaims)) -> Tokens {
        let mut claims = self.state.keys.verify(&tokens.access, ISSUER).unwrap();
        change(&mut claims);
        Tokens { access: self.state.keys.sign(&claims).unwrap(), ..tokens.clone() }
    }
}
