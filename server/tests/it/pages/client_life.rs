//! G1: the secrets of a client, its switch, and its end.

use http::StatusCode;
use serde_json::{Value, json};
use types::{
    apps::GrantState,
    client::{ClientStatus, ClientType, Credentials, Impact},
    failure::Failure,
};

use crate::support::{ADMIN, Browser, ClientApp, MEMBER, OWNER, TestApp, VIEWER, authorize_url};

async fn add_secret(browser: &mut Browser<'_>, client: &ClientApp) -> ClientApp {
    let made: Credentials = browser.ask("add_client_secret", json!({ "client_id": client.id })).await;
    assert_eq!(*made.client_id, *client.id);
    ClientApp { secret: made.client_secret, ..client.clone() }
}

async fn retire(browser: &mut Browser<'_>, client: &ClientApp, secret_id: &str) {
    browser.ask("retire_client_secret", json!({ "client_id": client.id, "secret_id": secret_id })).await
}

/// True if the token endpoint takes the client's secret: with it, a bad grant type is what is wrong.
async fn authenticates(app: &TestApp, client: &ClientApp) -> bool {
    match client.post(app, "/oauth/token", &[("grant_type", "nonsense")]).await.error().as_str() {
        "unsupported_grant_type" => true,
        "invalid_client" => false,
        other => panic!("{other}"),
    }
}

async fn set_disabled(browser: &mut Browser<'_>, client: &ClientApp, disabled: bool) {
    browser.ask("set_client_disabled", json!({ "client_id": client.id, "disabled": disabled })).await
}

#[tokio::test]
async fn g1_two_secrets_work_at_once_and_retiring_stops_exactly_one() {
    let app = TestApp::start().await;
    let mut owner = app.signed_in(OWNER).await;
    let first = owner.register("Reports", ClientType::Confidential).await;
    let tokens = app.tokens(MEMBER, &first, "api:read").await;
    app.clock.advance(1_000);
    let second = add_secret(&mut owner, &first).await;
    let used_at = app.now();
    assert!(authenticates(&app, &first).await && authenticates(&app, &second).await);
    app.clock.advance(1_000);
    assert!(authenticates(&app, &second).await);
    app.flush().await;
    let refusal = owner.refusal("add_client_secret", json!({ "client_id": first.id })).await;
    assert!(matches!(&refusal, Failure::Forbidden(text) if text.contains('2')), "{refusal:?}");

    let details = owner.app_details(&first).await;
    assert_eq!((details.secrets.len(), details.live_secrets()), (2, 2));
    assert!(second.secret.as_deref().unwrap().ends_with(&details.secrets[0].last_four), "newest first");
    let used: Vec<_> = details.secrets.iter().map(|secret| secret.last_used_at).collect();
    assert_eq!(used, [Some(app.now()), Some(used_at)]);

    let old = details.secrets[1].id.clone();
    retire(&mut owner, &first, &old).await;
    let retired_at = app.now();
    assert!(!authenticates(&app, &first).await && authenticates(&app, &second).await);
    assert_eq!(app.tried(&second, &tokens).await, (200, 200, String::new()));
    app.clock.advance(1_000);
    retire(&mut owner, &first, &old).await;
    for nothing in ["", "sec_unknown", "\0", &"x".repeat(10_000)] {
        retire(&mut owner, &first, nothing).await;
    }
    let details = owner.app_details(&first).await;
    assert_eq!((details.live_secrets(), details.secrets[1].retired_at), (1, Some(retired_at)));
    let events = details.activity.events.iter().filter(|event| event.what == "Retired a client secret");
    assert_eq!(events.count(), 1);

    // A secret goes by the client that it belongs to.
    let other = owner.register("Other", ClientType::Confidential).await;
    let live = details.secrets[0].id.clone();
    retire(&mut owner, &other, &live).await;
    assert!(authenticates(&app, &second).await);
    // Without any, nothing works until there is a new one.
    retire(&mut owner, &first, &live).await;
    assert!(!authenticates(&app, &second).await);
    assert!(authenticates(&app, &add_secret(&mut owner, &first).await).await);
}

#[tokio::test]
async fn only_the_secrets_of_a_client_are_its_secrets() {
    let app = TestApp::start().await;
    let mut owner = app.signed_in(OWNER).await;
    let (one, two) = (
        owner.register("One", ClientType::Confidential).await,
        owner.register("Two", ClientType::Confidential).await,
    );
    let crossed = ClientApp { secret: two.secret, ..one.clone() };
    assert!(authenticates(&app, &one).await && !authenticates(&app, &crossed).await);
    for number in 0..12 {
        app.clock.advance(1_000);
        let newest = owner.app_details(&one).await.secrets[0].id.clone();
        add_secret(&mut owner, &one).await;
        retire(&mut owner, &one, &newest).await;
        let details = owner.app_details(&one).await;
        assert_eq!(details.live_secrets(), 1, "{number}");
        assert!(details.secrets.len() <= 10 && details.secrets[0].retired_at.is_none());
    }
}

#[tokio::test]
async fn a_disabled_client_stops_at_once_and_goes_on_with_the_same_tokens() {
    let app = TestApp::start().await;
    let mut owner = app.signed_in(OWNER).await;
    let client = owner.register("Reports", ClientType::Confidential).await;
    let tokens = app.tokens(MEMBER, &client, "api:read mcp:read").await;
    let mut member = app.signed_in(MEMBER).await;
    let open = member.open_consent(&authorize_url(&client, &[])).await;
    let code = app.code(MEMBER, &client, "api:read").await;

    set_disabled(&mut owner, &client, true).await;
    assert_eq!(owner.app_details(&client).await.status, ClientStatus::Disabled);
    assert_eq!(app.tried(&client, &tokens).await, (401, 400, "invalid_grant".to_owned()));
    assert_eq!(app.call_tool(&tokens, "list_work_items", json!({})).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(client.exchange(&app, &code).await.error(), "invalid_grant");
    let answer = member.get(&authorize_url(&client, &[])).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::BAD_REQUEST, ""));
    assert_eq!(member.approve(&open, "mcp:read").await.status, StatusCode::FORBIDDEN);
    let apps = member.connected_apps("acme", json!({})).await;
    assert_eq!(apps.rows[0].status, GrantState::Disabled);

    set_disabled(&mut owner, &client, true).await;
    set_disabled(&mut owner, &client, false).await;
    assert_eq!(client.exchange(&app, &code).await.status, StatusCode::OK, "nothing was used up");
    assert!(member.approve(&open, "mcp:read").await.location_param("code").is_some());
    assert_eq!(app.call_tool(&tokens, "list_work_items", json!({})).await.status, StatusCode::OK);
    assert_eq!(app.tried(&client, &tokens).await, (200, 200, String::new()));
}

#[tokio::test]
async fn an_owner_does_not_lift_an_administrators_block() {
    let app = TestApp::start().await;
    let (mut owner, mut admin) = (app.signed_in(OWNER).await, app.signed_in(ADMIN).await);
    let client = owner.register("Reports", ClientType::Confidential).await;
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    let block = |blocked: bool| json!({ "ids": [client.id], "blocked": blocked });
    admin.ask::<Impact>("set_clients_blocked", block(true)).await;
    for disabled in [false, true, false] {
        set_disabled(&mut owner, &client, disabled).await;
        assert_eq!(owner.app_details(&client).await.status, ClientStatus::Blocked);
        assert_eq!(app.tried(&client, &tokens).await, (401, 400, "invalid_grant".to_owned()));
    }
    // Nor does the administrator lift what the owner did.
    set_disabled(&mut owner, &client, true).await;
    admin.ask::<Impact>("set_clients_blocked", block(false)).await;
    assert_eq!(owner.app_details(&client).await.status, ClientStatus::Disabled);
    set_disabled(&mut owner, &client, false).await;
    assert_eq!(app.tried(&client, &tokens).await, (200, 200, String::new()));
}

#[tokio::test]
async fn g1_a_deleted_client_ends_with_everything_that_it_had() {
    let app = TestApp::start().await;
    let mut owner = app.signed_in(OWNER).await;
    let client = owner.register("Über Reports 日本", ClientType::Confidential).await;
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    app.tokens(VIEWER, &client, "api:read").await;
    let mut member = app.signed_in(MEMBER).await;
    let open = member.open_consent(&authorize_url(&client, &[])).await;
    let code = app.code(MEMBER, &client, "api:read").await;
    app.clock.advance(1_000);

    for name in [
        "",
        "Über Reports",
        "über reports 日本",
        "Über  Reports 日本",
        "Über Reports 日本\0",
        &"x".repeat(9_000),
    ] {
        let refusal = owner.refusal("delete_client", json!({ "client_id": client.id, "name": name })).await;
        assert!(matches!(refusal, Failure::Invalid { field, .. } if field == "confirm"), "{name}");
    }
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    let expected: Impact = owner.ask("client_impact", json!({ "client_id": client.id })).await;
    assert_eq!(expected, Impact { clients: 1, users: 2, grants: 2, tokens: 4 });
    let delete = json!({ "client_id": client.id, "name": " Über Reports 日本\n" });
    assert_eq!(owner.ask::<Impact>("delete_client", delete.clone()).await, expected);

    assert_eq!(app.tried(&client, &tokens).await, (401, 401, "invalid_client".to_owned()));
    assert_eq!(client.exchange(&app, &code).await.error(), "invalid_client");
    let answer = member.get(&authorize_url(&client, &[])).await;
    assert_eq!((answer.status, answer.header("location")), (StatusCode::BAD_REQUEST, ""));
    let answer = member.approve(&open, "mcp:read").await;
    assert_eq!(answer.location(), format!("/consent/{}", open.0), "the page that says that it is gone");
    let apps = member.connected_apps("acme", json!({ "status": "all" })).await;
    let revoked =
        GrantState::Revoked { at: app.now(), by: "Olive Owner, because the app was deleted".to_owned() };
    let rows: Vec<_> = apps.rows.iter().map(|row| (row.app.as_str(), &row.status)).collect();
    // The second one was let in, but its code was never exchanged.
    assert_eq!(rows, [("Über Reports 日本", &revoked), ("Über Reports 日本", &revoked)]);
    let details: Value =
        member.ask("connected_app", json!({ "grant_id": apps.rows[0].grant_id, "activity_page": 1 })).await;
    assert_eq!(
        (&details["live_tokens"], &details["redirect_hosts"]),
        (&json!(0), &json!(["reports.example"]))
    );

    // For owner and administrators there is no such client any more.
    let id = json!({ "client_id": client.id, "activity_page": 1, "grants_page": 1, "disabled": false, "name": "x" });
    for function in
        ["oauth_app", "client_impact", "set_client_disabled", "add_client_secret", "delete_client"]
    {
        assert_eq!(owner.refusal(function, id.clone()).await, Failure::NotFound, "{function}");
    }
    let mut admin = app.signed_in(ADMIN).await;
    assert_eq!(admin.refusal("admin_client", id).await, Failure::NotFound);
    assert_eq!(admin.refusal("delete_clients", json!({ "ids": [client.id] })).await, Failure::NotFound);
    assert_eq!(owner.refusal("delete_client", delete).await, Failure::NotFound);
    assert_eq!(app.number("SELECT COUNT(*) FROM client_secrets").await, 0);
    assert_eq!(app.number("SELECT COUNT(*) FROM client_entries").await, 0);
}
