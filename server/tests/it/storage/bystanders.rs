//! Deeds against one client, grant, token or session are done to that one: nothing of anybody else changes.

use domain::{
    accounts::tables::session,
    authorization_requests::tables::authorization_request,
    clients::tables::{client, client_entry, client_secret},
    clock::SECOND,
    grants::tables::{code, grant, refresh_token},
};
use http::StatusCode;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};
use types::client::ClientType;

use crate::support::{
    ADMIN, Browser, CALLBACK, ClientApp, MEMBER, OWNER, TestApp, Tokens, VIEWER, authorize_url, form,
};

/// A client with one of everything that a client can have.
struct Whole {
    client: ClientApp,
    tokens: Tokens,
    /// Not exchanged yet.
    code: String,
    /// Not answered yet.
    form: (String, String),
}

impl Whole {
    async fn new(app: &TestApp, owner: &mut Browser<'_>, member: &mut Browser<'_>, name: &str) -> Self {
        let client = owner.register(name, ClientType::Confidential).await;
        let product = app.product_id("acme", "support").await;
        let let_in = json!({ "client_id": client.id, "product_id": product, "scopes": "api:read" });
        owner.ask::<()>("authorize_service_access", let_in).await;
        let tokens = app.tokens(MEMBER, &client, "api:read mcp:read").await;
        let code = app.code(MEMBER, &client, "api:read").await;
        let form = member.open_consent(&authorize_url(&client, &[("scope", "api:read")])).await;
        Self { client, tokens, code, form }
    }

    /// Everything that is stored of it.
    async fn stored(&self, app: &TestApp) -> String {
        let (read, id) = (app.db().read(), self.client.id.as_str());
        let row = client::Entity::find_by_id(id.parse::<types::id::ClientId>().unwrap())
            .one(read)
            .await
            .unwrap()
            .unwrap();
        let entry = client_entry::Entity::find_by_id(&row.entry_id).one(read).await.unwrap();
        let secrets = client_secret::Entity::find().filter(client_secret::Column::ClientId.eq(id));
        let grants = grant::Entity::find().filter(grant::Column::ClientId.eq(id));
        let codes = code::Entity::find().filter(code::Column::ClientId.eq(id));
        let tokens = refresh_token::Entity::find().filter(refresh_token::Column::ClientId.eq(id));
        let requests = authorization_request::Entity::find();
        let requests = requests.filter(authorization_request::Column::ClientId.eq(id));
        format!(
            "{row:?} {entry:?} {:?} {:?} {:?} {:?} {:?}",
            secrets.order_by_asc(client_secret::Column::Id).all(read).await.unwrap(),
            grants.order_by_asc(grant::Column::Id).all(read).await.unwrap(),
            codes.order_by_asc(code::Column::Hash).all(read).await.unwrap(),
            tokens.order_by_asc(refresh_token::Column::Hash).all(read).await.unwrap(),
            requests.order_by_asc(authorization_request::Column::HandleHash).all(read).await.unwrap(),
        )
    }

    /// Fails unless everything of it works, and uses it up.
    async fn works(&self, app: &TestApp, member: &mut Browser<'_>) {
        assert_eq!(app.call_api(&self.tokens).await.status, StatusCode::OK);
        assert_eq!(self.client.refresh(app, &self.tokens.refresh).await.status, StatusCode::OK);
        assert_eq!(self.client.exchange(app, &self.code).await.status, StatusCode::OK);
        let product = app.product_id("acme", "support").await;
        let answer = member.decide(&self.form, "approve", &product, "api:read").await;
        assert!(answer.location_param("code").is_some());
        let own = [("grant_type", "client_credentials")];
        assert_eq!(self.client.post(app, "/oauth/token", &own).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn what_happens_to_one_client_happens_to_no_other() {
    let app = TestApp::start().await;
    let (mut owner, mut member, mut admin) =
        (app.signed_in(OWNER).await, app.signed_in(MEMBER).await, app.signed_in(ADMIN).await);
    let beside = Whole::new(&app, &mut owner, &mut member, "Beside").await;
    let one = Whole::new(&app, &mut owner, &mut member, "One").await;
    let (id, ids) = (one.client.id.clone(), json!([one.client.id]));
    app.flush().await;
    let before = beside.stored(&app).await;
    let product = app.product_id("acme", "support").await;

    // What the client and its people do.
    let stays = async |what: &str| {
        app.clock.advance(SECOND);
        app.flush().await;
        assert_eq!(beside.stored(&app).await, before, "after {what}");
    };
    assert_eq!(app.call_api(&one.tokens).await.status, StatusCode::OK);
    stays("a call").await;
    let next = Tokens::of(&one.client.refresh(&app, &one.tokens.refresh).await);
    stays("a refresh").await;
    assert_eq!(one.client.refresh(&app, &one.tokens.refresh).await.status, StatusCode::OK);
    stays("the same refresh again").await;
    Tokens::of(&one.client.exchange(&app, &one.code).await);
    stays("an exchange").await;
    let answer = member.decide(&one.form, "approve", &product, "api:read").await;
    assert!(answer.location_param("code").is_some());
    stays("an approval").await;
    let form = member.open_consent(&authorize_url(&one.client, &[])).await;
    member.decide(&form, "deny", &product, "").await;
    stays("a refusal").await;
    for token in [&next.access, &next.refresh] {
        one.client.post(&app, "/oauth/revoke", &[("token", token)]).await;
        stays("a revocation").await;
    }
    let tokens = app.tokens(MEMBER, &one.client, "api:read").await;
    member.ask::<Value>("revoke_grant", json!({ "grant_id": app.grant_of(&tokens) })).await;
    stays("the button of a person").await;
    let code = app.code(MEMBER, &one.client, "api:read").await;
    Tokens::of(&one.client.exchange(&app, &code).await);
    app.clock.advance(11 * SECOND);
    one.client.exchange(&app, &code).await;
    stays("a replayed code").await;

    // What its owner and administrators do.
    let secret = json!({ "client_id": id });
    for (function, arguments) in [
        ("add_client_secret", secret),
        ("set_client_keys", json!({ "client_id": id, "keys": "https://app.example/keys" })),
        ("authorize_service_access", json!({ "client_id": id, "product_id": product, "scopes": "mcp:read" })),
        ("update_client", json!({ "client_id": id, "form": form_named("Another") })),
        ("set_client_disabled", json!({ "client_id": id, "disabled": true })),
        ("set_client_disabled", json!({ "client_id": id, "disabled": false })),
    ] {
        owner.ask::<Value>(function, arguments).await;
        stays(function).await;
    }
    let old = owner.app_details(&one.client).await.secrets[0].id.clone();
    owner.ask::<()>("retire_client_secret", json!({ "client_id": id, "secret_id": old })).await;
    stays("the end of a secret").await;
    for (function, arguments) in [
        ("set_client_verified", json!({ "client_id": id, "verified": true })),
        ("set_client_resource_server", json!({ "client_id": id, "resource_server": true })),
        ("set_clients_blocked", json!({ "ids": ids, "blocked": true })),
        ("set_clients_blocked", json!({ "ids": ids, "blocked": false })),
        ("revoke_clients_access", json!({ "ids": ids })),
        ("delete_clients", json!({ "ids": ids })),
    ] {
        admin.ask::<Value>(function, arguments).await;
        stays(function).await;
    }
    app.assert_counts("all of that").await;
    beside.works(&app, &mut member).await;
}

fn form_named(name: &str) -> Value {
    json!(form(name, &[CALLBACK]))
}

#[tokio::test]
async fn who_signs_out_or_in_anew_ends_no_other_session() {
    let app = TestApp::start().await;
    let (mut here, mut there) = (app.signed_in(MEMBER).await, app.signed_in(MEMBER).await);
    let mut other = app.signed_in(VIEWER).await;
    let stored = async || {
        let rows = session::Entity::find().order_by_asc(session::Column::IdHash).all(app.db().read()).await;
        rows.unwrap().len()
    };
    assert_eq!(stored().await, 3);
    here.sign_in(OWNER).await;
    assert_eq!(stored().await, 3, "the session before it ended");
    here.post("/sign-out", &[]).await;
    assert_eq!(stored().await, 2);
    for browser in [&mut there, &mut other] {
        assert_eq!(browser.get("/o/acme/support").await.status, StatusCode::OK);
    }
    // Without a session there is nothing to end.
    app.browser().post("/sign-out", &[]).await;
    assert_eq!(stored().await, 2);
}

#[tokio::test]
async fn a_grant_that_ends_leaves_the_other_grants_of_the_same_person_and_client() {
    let (app, client) = TestApp::with_public_client().await;
    let (ended, stays) =
        (app.tokens(MEMBER, &client, "api:read").await, app.tokens(MEMBER, &client, "api:read").await);
    let elsewhere = app.tokens(VIEWER, &client, "api:read").await;
    let waiting = app.code(MEMBER, &client, "api:read").await;
    client.post(&app, "/oauth/revoke", &[("token", &ended.refresh)]).await;
    assert_eq!(app.call_api(&ended).await.status, StatusCode::UNAUTHORIZED);
    for tokens in [&stays, &elsewhere] {
        assert_eq!(app.tried(&client, tokens).await, (200, 200, String::new()));
    }
    Tokens::of(&client.exchange(&app, &waiting).await);
    // The remembered answer of a call is that of its own grant: no token opens another with the name of one that works.
    assert_eq!(app.call_api(&stays).await.status, StatusCode::OK);
    let borrowed = app.resigned(&stays, |claims| claims.grant = app.grant_of(&ended));
    assert_eq!(app.call_api(&borrowed).await.status, StatusCode::UNAUTHORIZED);
}
