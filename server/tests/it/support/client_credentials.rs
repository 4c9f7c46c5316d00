//! Clients that act by themselves.

use http::StatusCode;
use serde_json::json;
use types::client::ClientType;

use super::{Answer, Browser, ClientApp, OWNER, TestApp};

/// Asks for a token.
pub async fn ask(app: &TestApp, client: &ClientApp, more: &[(&str, &str)]) -> Answer {
    client.post(app, "/oauth/token", &[&[("grant_type", "client_credentials")], more].concat()).await
}

/// Lets a client act by itself in a product of Acme.
pub async fn allow(
    app: &TestApp,
    person: &mut Browser<'_>,
    client: &ClientApp,
    product: &str,
    scopes: &str,
) -> Answer {
    let product = app.product_id("acme", product).await;
    let arguments = json!({ "client_id": client.id, "product_id": product, "scopes": scopes });
    person.call("authorize_service_access", &arguments).await
}

/// An app of the owner's that may read and write in Acme / Support by itself.
pub async fn allowed(app: &TestApp) -> ClientApp {
    let mut owner = app.signed_in(OWNER).await;
    let client = owner.register("Nightly report", ClientType::Confidential).await;
    let answer = allow(app, &mut owner, &client, "support", "api:write mcp:read").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    client
}
