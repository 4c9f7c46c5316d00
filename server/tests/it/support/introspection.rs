//! Those who ask what a token is good for.

use domain::clients::status;
use http::StatusCode;
use serde_json::{Value, json};
use types::client::{AuthMethod, ClientSource};

use super::{ClientApp, TestApp};

/// Asks about a token. A client that may not know is told exactly one thing.
pub async fn ask(app: &TestApp, client: &ClientApp, token: &str) -> Value {
    let answer = client.post(app, "/oauth/introspect", &[("token", token)]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let said = answer.json();
    assert!(said["active"] == true || said == json!({ "active": false }), "{said}");
    said
}

/// The scopes of an active token; `None` when it is not active.
pub async fn scopes(app: &TestApp, client: &ClientApp, token: &str) -> Option<String> {
    ask(app, client, token).await["scope"].as_str().map(str::to_owned)
}

/// A client that an administrator marked as a resource server.
pub async fn resource_server(app: &TestApp) -> ClientApp {
    let uris = ["https://resources.example/cb"];
    let client = app.client("Resources", ClientSource::User, AuthMethod::SecretBasic, &uris).await;
    status::set_resource_server(app.db().write(), &client.id, true).await.unwrap();
    client
}
