//! Rights to call the server functions of clients. Every one of them has a row here.

use std::{collections::BTreeSet, path::Path};

use http::{Request, StatusCode, header};
use serde_json::{Value, json};
use types::client::{AuthMethod, ClientSource, ClientType, Impact};

use crate::support::{ADMIN, Browser, CALLBACK, ClientApp, MEMBER, OUTSIDER, OWNER, TestApp, VIEWER, form};

/// The subject of a function.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    /// The caller: it names no client.
    Oneself,
    /// A client of the caller.
    OwnClient,
    /// For instance admins; names a client.
    Client,
    /// For instance admins; names no client.
    Instance,
}

/// Every function with its arguments, good ones for a client with this ID.
fn functions(id: &str) -> Vec<(&'static str, About, Value)> {
    use About::{Client, Instance, Oneself, OwnClient};
    let form = form("Reports", &[CALLBACK]);
    let made = json!({ "form": form, "kind": "public" });
    let ids = json!({ "ids": [id], "blocked": true });
    vec![
        ("oauth_apps", Oneself, json!({ "query": {} })),
        ("client_form_rules", Oneself, json!({ "administration": false })),
        ("client_form_rules", Instance, json!({ "administration": true })),
        ("create_oauth_app", Oneself, made.clone()),
        ("oauth_app", OwnClient, json!({ "client_id": id, "activity_page": 1 })),
        ("update_client", OwnClient, json!({ "client_id": id, "form": form })),
        ("add_client_secret", OwnClient, json!({ "client_id": id })),
        ("retire_client_secret", OwnClient, json!({ "client_id": id, "secret_id": "sec_x" })),
        (
            "authorize_service_access",
            OwnClient,
            json!({ "client_id": id, "product_id": "prd_x", "scopes": "api:read" }),
        ),
        ("set_client_keys", OwnClient, json!({ "client_id": id, "keys": "https://app.example/keys" })),
        ("set_client_disabled", OwnClient, json!({ "client_id": id, "disabled": true })),
        ("client_impact", OwnClient, json!({ "client_id": id })),
        ("delete_client", OwnClient, json!({ "client_id": id, "name": "Reports" })),
        ("admin_clients", Instance, json!({ "query": {} })),
        ("admin_client", Client, json!({ "client_id": id, "grants_page": 1, "activity_page": 1 })),
        ("clients_impact", Client, ids.clone()),
        ("set_clients_blocked", Client, ids.clone()),
        ("revoke_clients_access", Client, ids.clone()),
        ("delete_clients", Client, ids),
        ("set_client_verified", Client, json!({ "client_id": id, "verified": true })),
        ("set_client_resource_server", Client, json!({ "client_id": id, "resource_server": true })),
        ("refresh_client_document", Client, json!({ "client_id": id })),
        ("set_client_document_pinned", Client, json!({ "client_id": id, "pinned": true })),
        ("enter_client_document", Client, json!({ "client_id": id, "body": "{}" })),
        ("enter_client_document", Instance, json!({ "client_id": null, "body": "{}" })),
        ("create_admin_client", Instance, made),
        ("unused_registrations", Instance, json!({})),
        ("remove_unused_registrations", Instance, json!({})),
    ]
}

#[test]
fn every_server_function_of_clients_is_tried_here() {
    let mut declared = BTreeSet::new();
    for file in ["oauth_apps", "admin"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../app/src/api/{file}.rs"));
        let source = std::fs::read_to_string(path).unwrap();
        let endpoints =
            source.split("endpoint = \"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
        let before = declared.len();
        declared.extend(endpoints);
        assert_eq!(declared.len() - before, source.matches("#[server(endpoint").count(), "{file}");
    }
    let tried: BTreeSet<String> = functions("").into_iter().map(|(name, ..)| name.to_owned()).collect();
    assert_eq!(declared, tried);
}

/// A client of the owner's with a grant of its own, and everything that is stored, to see that it stays.
async fn theirs(app: &TestApp) -> (ClientApp, String) {
    let client = app.signed_in(OWNER).await.register("Reports", ClientType::Confidential).await;
    app.tokens(MEMBER, &client, "api:read").await;
    app.flush().await;
    let stored = stored(app).await;
    (client, stored)
}

async fn stored(app: &TestApp) -> String {
    use domain::{
        audit::tables::audit_event,
        clients::tables::{client, client_entry, client_secret},
        grants::tables::grant,
    };
    use sea_orm::EntityTrait;
    let read = app.db().read();
    format!(
        "{:?}{:?}{:?}{:?}{:?}",
        client::Entity::find().all(read).await.unwrap(),
        client_entry::Entity::find().all(read).await.unwrap(),
        client_secret::Entity::find().all(read).await.unwrap(),
        grant::Entity::find().all(read).await.unwrap(),
        audit_event::Entity::find().all(read).await.unwrap(),
    )
}

#[tokio::test]
async fn a_session_is_needed_for_everything_and_other_sites_have_none() {
    let app = TestApp::start().await;
    let (client, _) = theirs(&app).await;
    let tokens = app.tokens(ADMIN, &app.public_client().await, "api:admin mcp:admin").await;
    let before = stored(&app).await;
    let mut owner = app.signed_in(OWNER).await;
    for (function, _, arguments) in functions(&client.id) {
        let path = format!("/_fn/{function}");
        let signed_out = app.browser().call(function, &arguments).await;
        let bearer = [("authorization", tokens.bearer()), ("accept", "application/json".to_owned())];
        let bearer = bearer.each_ref().map(|(name, value)| (*name, value.as_str()));
        let with_token = app.post_json(&path, &arguments, &bearer).await;
        let basic = app.post_json(&path, &arguments, &[("authorization", &client.basic())]).await;
        for answer in [signed_out, with_token, basic] {
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{function}: {}", answer.body);
        }
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "https://evil.example"),
            ("origin", "null"),
        ] {
            let request = Request::post(&path)
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::COOKIE, format!("gatepass_4000={}", owner.cookies["gatepass_4000"]))
                .header(name, value);
            let answer = app.send(request.body(arguments.to_string().into()).unwrap()).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{function} {name}: {value}");
        }
        // A link does nothing: these are POST only.
        let answer = owner.get(&path).await;
        assert!(answer.status.is_client_error(), "{function}: {}", answer.status);
    }
    assert_eq!(stored(&app).await, before, "nothing was changed");
}

#[tokio::test]
async fn other_peoples_clients_do_not_exist_and_administration_is_for_instance_admins() {
    let app = TestApp::start().await;
    let (client, before) = theirs(&app).await;
    // Neither a stranger, nor a person who let the client in, nor a manager of the same organization.
    for email in [OUTSIDER, MEMBER, VIEWER] {
        let mut browser = app.signed_in(email).await;
        for (function, about, arguments) in functions(&client.id) {
            let expected = match about {
                About::Oneself => continue,
                About::OwnClient => StatusCode::NOT_FOUND,
                About::Client | About::Instance => StatusCode::FORBIDDEN,
            };
            let answer = browser.call(function, &arguments).await;
            assert_eq!(answer.status, expected, "{email} {function}: {}", answer.body);
        }
    }
    let mut owner = app.signed_in(OWNER).await;
    for (function, about, arguments) in functions(&client.id) {
        if matches!(about, About::Client | About::Instance) {
            assert_eq!(owner.call(function, &arguments).await.status, StatusCode::FORBIDDEN, "{function}");
        }
    }
    assert_eq!(stored(&app).await, before, "nothing was changed");
}

#[tokio::test]
async fn ids_that_name_nothing_are_refused_and_never_fail_inside() {
    let app = TestApp::start().await;
    let (client, before) = theirs(&app).await;
    let (mut owner, mut admin) = (app.signed_in(OWNER).await, app.signed_in(ADMIN).await);
    let lower = client.id.to_lowercase();
    let huge = "x".repeat(20_000);
    for id in ["app_unknown", "", " ", "\0", "app_\0", "%", "' OR 1=1 --", "swe_", "日本", &lower, &huge] {
        for (function, about, arguments) in functions(id) {
            let browsers: &mut [&mut Browser<'_>] = match about {
                About::Oneself | About::Instance => &mut [],
                About::OwnClient => &mut [&mut owner, &mut admin],
                About::Client => &mut [&mut admin],
            };
            for browser in browsers {
                let answer = browser.call(function, &arguments).await;
                assert_eq!(answer.status, StatusCode::NOT_FOUND, "{function} {id}: {}", answer.body);
            }
        }
    }
    for (function, _, arguments) in functions(&client.id) {
        for wrong in [json!({ "client_id": [1], "ids": "x", "form": 7, "query": 7 }), json!(7), json!({})] {
            if arguments == json!({}) {
                continue;
            }
            let answer = admin.call(function, &wrong).await;
            assert!(!answer.status.is_success(), "{function}: {} {}", answer.status, answer.body);
            assert!(!answer.body.contains("panick"), "{function}: {}", answer.body);
        }
    }
    assert_eq!(stored(&app).await, before, "nothing was changed");
}

#[tokio::test]
async fn an_instance_admin_may_do_what_an_owner_may() {
    let app = TestApp::start().await;
    let (client, _) = theirs(&app).await;
    let mut admin = app.signed_in(ADMIN).await;
    let product = app.product_id("acme", "support").await;
    for (function, about, mut arguments) in functions(&client.id) {
        if about == About::OwnClient {
            if arguments.get("product_id").is_some() {
                arguments["product_id"] = json!(product);
            }
            admin.ask::<Value>(function, arguments).await;
        }
    }
    assert_eq!(
        app.signed_in(OWNER).await.call("client_impact", &json!({ "client_id": client.id })).await.status,
        StatusCode::NOT_FOUND
    );
    let kept = "SELECT COUNT(*) FROM clients WHERE owner_id IS NOT NULL AND deleted_at IS NOT NULL";
    assert_eq!(app.number(kept).await, 1, "it stayed the owner's until the end");
}

#[tokio::test]
async fn nobody_changes_what_a_client_says_that_registered_itself() {
    let app = TestApp::start().await;
    let dynamic = app.client("Tool", ClientSource::Dynamic, AuthMethod::None, &[CALLBACK]).await;
    let entry =
        domain::oauth::software::entry_of(ClientSource::Dynamic, &dynamic.id, "Tool", &[CALLBACK.to_owned()]);
    let mut admin = app.signed_in(ADMIN).await;
    let update = json!({ "client_id": dynamic.id, "form": form("Tool", &[CALLBACK]) });
    assert_eq!(admin.call("update_client", &update).await.status, StatusCode::FORBIDDEN);
    // It is nobody's; and an entry is no client.
    let mut owner = app.signed_in(OWNER).await;
    for (id, browser) in [(&dynamic.id, &mut owner), (&entry, &mut admin)] {
        for (function, about, arguments) in functions(id) {
            if about == About::OwnClient {
                let answer = browser.call(function, &arguments).await;
                assert_eq!(answer.status, StatusCode::NOT_FOUND, "{function}: {}", answer.body);
            }
        }
    }
    for (function, arguments) in [
        ("set_client_verified", json!({ "client_id": entry, "verified": true })),
        ("admin_client", json!({ "client_id": entry, "grants_page": 1, "activity_page": 1 })),
    ] {
        let answer = admin.call(function, &arguments).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{function}: {}", answer.body);
    }
    admin.ask::<()>("set_client_disabled", json!({ "client_id": dynamic.id, "disabled": true })).await;
    assert_eq!(admin.app_details(&dynamic).await.status.as_str(), "disabled");
    let gone: Impact = admin.ask("delete_client", json!({ "client_id": dynamic.id, "name": "Tool" })).await;
    assert_eq!(gone.clients, 1);
}
