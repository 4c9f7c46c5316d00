//! Dynamic registrations of the same software are one entry, whose counts are kept beside what they count.

use std::sync::Arc;

use domain::{
    clients,
    clock::{DAY, HOUR, MINUTE},
};
use http::StatusCode;
use serde_json::{Value, json};
use types::{
    admin::ClientsPage,
    client::{AuthMethod, ClientSource, ClientStatus, Impact},
};

use crate::support::{
    ADMIN, Browser, CALLBACK, Chance, ClientApp, MEMBER, OWNER, TestApp, Tokens, VIEWER, authorize_url,
};

/// Registers itself over HTTP, as a program does.
async fn registered(app: &TestApp, name: &str, uris: &[&str]) -> ClientApp {
    let grants = ["authorization_code", "refresh_token"];
    let body = json!({
        "client_name": name, "redirect_uris": uris, "token_endpoint_auth_method": "none", "grant_types": grants,
    });
    let answer = app.post_json("/oauth/register", &body, &[]).await;
    ClientApp::registered(&answer, uris[0])
}

#[tokio::test]
async fn registrations_of_the_same_software_are_one_entry() {
    let app = TestApp::start().await;
    let mut admin = app.signed_in(ADMIN).await;
    let mut same = Vec::new();
    for (name, uris) in [
        ("Émacs", ["http://127.0.0.1:5000/cb", "https://App.example/one"]),
        ("éMACS", ["http://127.0.0.1/other?x=1", "https://app.example/two"]),
        ("Émacs\u{200B}", ["https://app.example/", "http://127.0.0.1:1/"]),
    ] {
        app.clock.advance(1_000);
        same.push(registered(&app, name, &uris).await);
    }
    for (name, uri) in [
        ("Émacs", "http://127.0.0.1/"),
        ("Émacs", "https://app.example:8443/"),
        ("Émacs", "http://localhost/"),
        ("Émacs 2", "http://127.0.0.1/"),
    ] {
        registered(&app, name, &[uri]).await;
    }
    app.client("Émacs", ClientSource::Admin, AuthMethod::None, &["http://127.0.0.1/"]).await;
    let rows = admin.admin_clients(json!({})).await.rows;
    assert_eq!(rows.len(), 6);
    let entry = rows.iter().find(|row| row.registrations > 1).unwrap();
    assert_eq!(
        (entry.registrations, entry.redirect_hosts.as_slice()),
        (3, ["127.0.0.1", "app.example"].map(str::to_owned).as_slice())
    );
    assert_eq!(
        (&entry.client_id, entry.created_at),
        (&same[2].client_id(), app.now()),
        "the newest registration"
    );
    assert_ne!(*entry.id, *entry.client_id);

    // Opened, they are listed one by one, newest first.
    let open = |more: Value| {
        let mut query = more;
        query["entry"] = json!(entry.id);
        json!({ "query": query })
    };
    let opened: ClientsPage = admin.ask("admin_clients", open(json!({}))).await;
    assert_eq!((opened.total, opened.total_unfiltered, opened.entry_name.as_deref()), (3, 3, Some("Émacs")));
    let ids: Vec<_> = opened.rows.iter().map(|row| (&row.id, row.registrations)).collect();
    assert_eq!(ids, [(&same[2].id, 1), (&same[1].id, 1), (&same[0].id, 1)]);
    admin.ask::<Impact>("set_clients_blocked", json!({ "ids": [same[0].id], "blocked": true })).await;
    for (query, found) in [
        (json!({ "search": same[1].id }), 1),
        (json!({ "search": "x_y" }), 0),
        (json!({ "status": "blocked" }), 1),
        (json!({ "status": "active" }), 2),
        (json!({ "unused": true }), 3),
        (json!({ "page": u64::MAX }), 3),
    ] {
        let opened: ClientsPage = admin.ask("admin_clients", open(query.clone())).await;
        assert_eq!((opened.total, opened.total_unfiltered), (found, 3), "{query}");
    }
    let now = admin.admin_clients(json!({ "status": "blocked" })).await.rows.remove(0);
    assert_eq!((now.id.as_str(), now.status, now.switched_off), (entry.id.as_str(), ClientStatus::Active, 1));
    let page = admin.admin_client(&same[0].id).await;
    assert_eq!(page.entry, Some((entry.id.clone(), 3)));
    assert_eq!(
        admin.admin_clients(json!({ "search": same[0].id })).await.rows[0].id,
        entry.id,
        "found by any of its IDs"
    );
}

#[tokio::test]
async fn an_action_on_an_entry_reaches_all_of_it_and_counts_people_once() {
    let app = TestApp::start().await;
    let mut admin = app.signed_in(ADMIN).await;
    let (mut all, mut tokens) = (Vec::new(), Vec::new());
    for (port, email) in [(1, MEMBER), (2, MEMBER), (3, VIEWER)] {
        let client = registered(&app, "Tool", &[&format!("http://127.0.0.1:{port}/cb")]).await;
        tokens.push(app.tokens(email, &client, "api:read").await);
        all.push(client);
    }
    app.call_api(&tokens[1]).await;
    app.flush().await;
    let row = admin.admin_clients(json!({})).await.rows.remove(0);
    assert_eq!((row.registrations, row.users, row.grants, row.last_used_at), (3, 2, 3, Some(app.now())));
    let expected = Impact { clients: 3, users: 2, grants: 3, tokens: 6 };
    // One of them named twice: by itself, and with its entry.
    let ids = json!([all[0].id, row.id]);
    assert_eq!(admin.ask::<Impact>("clients_impact", json!({ "ids": ids })).await, expected);
    let block = |blocked: bool| json!({ "ids": [row.id], "blocked": blocked });
    assert_eq!(admin.ask::<Impact>("set_clients_blocked", block(true)).await, expected);
    for (client, tokens) in all.iter().zip(&tokens) {
        assert_eq!(app.tried(client, tokens).await, (401, 400, "invalid_grant".to_owned()));
    }
    assert_eq!(admin.admin_clients(json!({})).await.rows[0].status, ClientStatus::Blocked);
    admin.ask::<Impact>("set_clients_blocked", block(false)).await;
    assert_eq!(app.call_api(&tokens[2]).await.status, StatusCode::OK);
    assert_eq!(admin.ask::<Impact>("revoke_clients_access", json!({ "ids": ids })).await, expected);
    let row = admin.admin_clients(json!({})).await.rows.remove(0);
    assert_eq!((row.registrations, row.users, row.grants), (3, 0, 0));
    app.assert_counts("revoking all access").await;
    app.tokens(VIEWER, &all[0], "api:read").await;
    admin.ask::<Impact>("delete_clients", json!({ "ids": [all[1].id] })).await;
    let left = admin.admin_clients(json!({})).await.rows.remove(0);
    assert_eq!((left.registrations, left.users, left.grants, left.id.as_str()), (2, 1, 1, row.id.as_str()));
    admin.ask::<Impact>("delete_clients", json!({ "ids": [all[0].id] })).await;
    let left = admin.admin_clients(json!({})).await.rows.remove(0);
    assert_eq!(
        (left.registrations, &left.id, &left.client_id),
        (1, &all[2].id, &all[2].client_id()),
        "alone, it is a client"
    );
    admin.ask::<Impact>("delete_clients", json!({ "ids": [row.id] })).await;
    assert!(admin.admin_clients(json!({})).await.rows.is_empty());
    // The software may come back: a new entry under the same id.
    registered(&app, "tool", &["http://127.0.0.1/cb"]).await;
    assert_eq!(admin.admin_clients(json!({})).await.rows[0].registrations, 1);
    app.assert_counts("a new beginning").await;
}

#[tokio::test]
async fn an_entry_may_have_more_registrations_than_one_statement_names() {
    let app = TestApp::start().await;
    let mut admin = app.signed_in(ADMIN).await;
    let first = registered(&app, "Tool", &[CALLBACK]).await;
    let entry_of = |id: &str| format!("SELECT entry_id FROM clients WHERE id = '{id}'");
    for number in 0..1_200 {
        let copy = format!(
            "INSERT INTO clients (id, source, name, redirect_uris, auth_method, grant_types, verified, created_at,
                created_address, entry_id)
            SELECT 'app_{number}', source, name, redirect_uris, auth_method, grant_types, verified, created_at,
                created_address, entry_id FROM clients WHERE id = '{}'",
            first.id
        );
        app.execute(&copy).await;
    }
    app.execute(&format!(
        "UPDATE client_entries SET registrations = 1201 WHERE id = ({})",
        entry_of(&first.id)
    ))
    .await;
    let tokens = app.tokens(MEMBER, &first, "api:read").await;
    let id = admin.admin_clients(json!({})).await.rows.remove(0).id;
    let expected = Impact { clients: 1_201, users: 1, grants: 1, tokens: 2 };
    assert_eq!(
        admin.ask::<Impact>("set_clients_blocked", json!({ "ids": [id], "blocked": true })).await,
        expected
    );
    assert_eq!(admin.ask::<Impact>("revoke_clients_access", json!({ "ids": [id] })).await, expected);
    assert_eq!(admin.ask::<Impact>("delete_clients", json!({ "ids": [id] })).await.clients, 1_201);
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(app.number("SELECT COUNT(*) FROM audit_events WHERE action = 'client.deleted'").await, 1_201);
    app.assert_counts("deleting many").await;
}

#[tokio::test]
async fn the_counts_are_right_after_whatever_happens() {
    let app = TestApp::start().await;
    let mut numbers = Chance::of(7);
    let mut clients: Vec<ClientApp> = Vec::new();
    let mut tokens: Vec<(ClientApp, Tokens)> = Vec::new();
    let mut owner = app.signed_in(OWNER).await;
    let mut admin = app.signed_in(ADMIN).await;
    for step in 0..350 {
        app.clock.advance(numbers.below(20) as i64 * MINUTE);
        if step % 50 == 49 {
            admin.sign_in(ADMIN).await;
            owner.sign_in(OWNER).await;
        }
        let what = numbers.below(20);
        match what {
            0..=2 => {
                let uri = format!("http://127.0.0.1:{}/cb", 1 + numbers.below(9));
                clients.push(registered(&app, ["Tool", "TOOL", "Other"][numbers.below(3)], &[&uri]).await);
            }
            3 => clients.push(owner.register("Mine", types::client::ClientType::Public).await),
            _ if clients.is_empty() => {}
            4..=10 => {
                let client = clients[numbers.below(clients.len())].clone();
                let mut browser = app.signed_in([MEMBER, VIEWER, OWNER][numbers.below(3)]).await;
                let request = browser.get(&authorize_url(&client, &[("scope", "api:read")])).await;
                // Blocked, deleted and cleaned up ones give a page instead.
                if request.status.is_redirection() {
                    let form = browser.open_consent(&authorize_url(&client, &[("scope", "api:read")])).await;
                    let product = app.product_id("acme", "support").await;
                    let code =
                        browser.decide(&form, "approve", &product, "api:read").await.location_param("code");
                    if numbers.below(4) > 0 {
                        tokens
                            .push((client.clone(), Tokens::of(&client.exchange(&app, &code.unwrap()).await)));
                    }
                }
            }
            11..=13 if !tokens.is_empty() => {
                let (client, tokens) = &tokens[numbers.below(tokens.len())];
                client.post(&app, "/oauth/revoke", &[("token", &tokens.refresh)]).await;
            }
            14..=15 => {
                let id = &clients[numbers.below(clients.len())].id;
                let arguments = json!({ "ids": [id], "blocked": numbers.below(3) == 0 });
                admin.call("set_clients_blocked", &arguments).await;
            }
            16 => {
                let rows = admin.admin_clients(json!({})).await.rows;
                if let Some(row) = rows.get(numbers.below(4)) {
                    admin.ask::<Impact>("revoke_clients_access", json!({ "ids": [row.id] })).await;
                }
            }
            17 => {
                let client = clients.swap_remove(numbers.below(clients.len()));
                admin.call("delete_clients", &json!({ "ids": [client.id] })).await;
            }
            _ => {
                app.sweep().await;
                admin.ask::<u64>("remove_unused_registrations", json!({})).await;
            }
        }
        // Between two looks, what came and went adds up.
        if step % 3 == 0 {
            app.assert_counts(&format!("step {step}: {what}")).await;
        }
    }
    assert!(tokens.len() > 30, "too little happened: {}", tokens.len());
    // At the end, everything goes at once.
    let ids: Vec<_> = admin.admin_clients(json!({})).await.rows.into_iter().map(|row| row.id).collect();
    admin.ask::<Impact>("delete_clients", json!({ "ids": ids })).await;
    assert_eq!(app.number("SELECT COUNT(*) FROM client_entries").await, 0);
    assert_eq!(app.number("SELECT COUNT(*) FROM client_entry_users").await, 0);
    assert_eq!(app.number("SELECT COUNT(*) FROM grants WHERE status = 'active'").await, 0);
}

#[tokio::test]
async fn grants_that_came_and_went_are_counted_once_somebody_looks() {
    let app = TestApp::start().await;
    let client = registered(&app, "Tool", &["http://127.0.0.1/cb"]).await;
    let mut admin = app.signed_in(ADMIN).await;
    let counts = "SELECT users * 100 + grants FROM client_entries";
    let first = app.tokens(MEMBER, &client, "api:read").await;
    app.tokens(MEMBER, &client, "api:read").await;
    assert_eq!(app.number(counts).await, 0, "nobody waits for the counts");
    let listed = admin.admin_clients(json!({})).await.rows;
    assert_eq!((listed[0].users, listed[0].grants), (1, 2));

    // One that ends before it was counted leaves nothing to count.
    let short = app.tokens(VIEWER, &client, "api:read").await;
    client.post(&app, "/oauth/revoke", &[("token", &short.refresh)]).await;
    assert_eq!(app.number("SELECT COUNT(*) FROM grants WHERE uncounted IS NOT NULL").await, 0);
    client.post(&app, "/oauth/revoke", &[("token", &first.refresh)]).await;
    app.assert_counts("one of two grants has ended").await;
    assert_eq!(app.number(counts).await, 101);

    // The entry goes with its client before the end of the grant was counted; the next one begins with nothing.
    admin.ask::<Impact>("delete_clients", json!({ "ids": [client.id] })).await;
    assert_eq!(app.number("SELECT COUNT(*) FROM client_entries").await, 0);
    registered(&app, "Tool", &["http://127.0.0.1/cb"]).await;
    app.assert_counts("the program registered again").await;
    assert_eq!(app.number(counts).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_counts_are_right_after_several_people_did_the_same_at_once() {
    let app = Arc::new(TestApp::start().await);
    let mut all = Vec::new();
    for _ in 0..3 {
        all.push(registered(&app, "Tool", &["http://127.0.0.1/cb"]).await);
    }
    for round in 0..4 {
        let mut codes = Vec::new();
        for client in &all {
            for email in [MEMBER, VIEWER, MEMBER] {
                codes.push((client.clone(), app.code(email, client, "api:read").await));
            }
        }
        let exchanges: Vec<_> = codes
            .into_iter()
            .map(|(client, code)| {
                let app = Arc::clone(&app);
                tokio::spawn(async move {
                    let tokens = Tokens::of(&client.exchange(&app, &code).await);
                    (client.clone(), tokens)
                })
            })
            .collect();
        let counting: Vec<_> = (0..3)
            .map(|_| {
                let app = Arc::clone(&app);
                tokio::spawn(async move { app.flush().await })
            })
            .collect();
        let mut tokens = Vec::new();
        for exchange in exchanges {
            tokens.push(exchange.await.unwrap());
        }
        for count in counting {
            count.await.unwrap();
        }
        app.assert_counts(&format!("the exchanges of round {round}")).await;
        let revocations: Vec<_> = tokens
            .into_iter()
            .map(|(client, tokens)| {
                let app = Arc::clone(&app);
                tokio::spawn(async move {
                    let answer = client.post(&app, "/oauth/revoke", &[("token", &tokens.refresh)]).await;
                    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
                })
            })
            .collect();
        for revocation in revocations {
            revocation.await.unwrap();
        }
        app.assert_counts(&format!("the revocations of round {round}")).await;
    }
    assert_eq!(app.number("SELECT grants + users FROM client_entries").await, 0);
}

#[tokio::test]
async fn only_registrations_that_nobody_used_are_removed() {
    let app = TestApp::start().await;
    let mut admin = app.signed_in(ADMIN).await;
    let mut named = Vec::new();
    for name in ["unused", "waiting", "pending", "active", "revoked", "abandoned", "blocked"] {
        named.push(registered(&app, name, &[CALLBACK]).await);
    }
    let [_, waiting, pending, active, revoked, abandoned, blocked] = named.as_slice() else { unreachable!() };
    app.signed_in(OWNER).await.register("users", types::client::ClientType::Public).await;
    app.confidential_client().await;
    app.tokens(MEMBER, active, "api:read").await;
    let tokens = app.tokens(MEMBER, revoked, "api:read").await;
    revoked.post(&app, "/oauth/revoke", &[("token", &tokens.refresh)]).await;
    app.code(MEMBER, abandoned, "api:read").await;
    admin.ask::<Impact>("set_clients_blocked", json!({ "ids": [blocked.id], "blocked": true })).await;
    app.clock.advance(HOUR - MINUTE);
    app.signed_in(MEMBER).await.open_consent(&authorize_url(waiting, &[])).await;
    app.clock.advance(MINUTE);
    app.code(MEMBER, pending, "api:read").await;
    let remaining = async |admin: &mut Browser<'_>| {
        let mut names: Vec<_> = admin
            .admin_clients(json!({ "source": "dynamic" }))
            .await
            .rows
            .into_iter()
            .map(|row| row.name)
            .collect();
        names.sort();
        names
    };
    let of = async |function| app.signed_in(ADMIN).await.ask::<u64>(function, json!({})).await;
    assert_eq!(of("unused_registrations").await, 0, "an hour is not more than an hour");
    app.clock.advance(1);
    app.sweep().await;
    assert_eq!(remaining(&mut admin).await.len(), 7, "seven days for the clean-up by itself");
    assert_eq!(of("unused_registrations").await, 2);
    assert_eq!(of("remove_unused_registrations").await, 2);
    assert_eq!(remaining(&mut admin).await, ["abandoned", "active", "pending", "revoked", "waiting"]);
    assert_eq!((of("unused_registrations").await, of("remove_unused_registrations").await), (0, 0));
    assert_eq!(admin.admin_clients(json!({})).await.rows.len(), 7);
    app.clock.advance(10 * MINUTE);
    app.sweep().await;
    assert_eq!(of("remove_unused_registrations").await, 1, "the request that led nowhere is forgotten");
    assert_eq!(remaining(&mut admin).await, ["active", "pending", "revoked", "waiting"]);
    let newest = registered(&app, "newest", &[CALLBACK]).await;
    app.clock.advance(7 * DAY);
    app.sweep().await;
    app.sweep().await;
    admin.sign_in(ADMIN).await;
    assert_eq!(
        remaining(&mut admin).await,
        ["active", "newest", "revoked"],
        "no request and no code waits any more"
    );
    app.clock.advance(1);
    app.sweep().await;
    assert_eq!(remaining(&mut admin).await, ["active", "revoked"]);
    assert!(clients::lookup(app.db().read(), &newest.id).await.unwrap().is_none());
    app.assert_counts("the clean-up").await;
}
