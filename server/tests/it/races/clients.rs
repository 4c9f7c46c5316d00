//! Deeds against clients at the same time: nothing works after its end, and nothing fails inside.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use http::StatusCode;
use serde_json::json;
use tokio::task::JoinHandle;
use types::client::{ClientType, Impact};

use crate::support::{
    ADMIN, Answer, CALLBACK, ClientApp, MEMBER, OWNER, TestApp, Tokens, VIEWER, authorize_url, calling, form,
    hidden,
};

async fn finished(tasks: Vec<JoinHandle<Answer>>) -> Vec<Answer> {
    let mut answers = Vec::new();
    for task in tasks {
        let answer = task.await.unwrap();
        assert!(!answer.status.is_server_error(), "{} {}", answer.status, answer.body);
        answers.push(answer);
    }
    answers
}

fn succeeded(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.status == StatusCode::OK).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn five_secrets_added_at_once_leave_two_that_work() {
    let app = Arc::new(TestApp::start().await);
    let mut owner = app.signed_in(OWNER).await;
    let client = owner.register("Reports", ClientType::Confidential).await;
    let arguments = json!({ "client_id": client.id });
    let five = || (0..5).map(|_| calling(&app, &owner.cookies, "add_client_secret", &arguments)).collect();
    let answers = finished(five()).await;
    assert_eq!(succeeded(&answers), 1);
    assert!(answers.iter().all(|answer| [200, 403].contains(&answer.status.as_u16())));
    let secrets = owner.app_details(&client).await.secrets;
    assert_eq!(secrets.len(), 2);
    let retire = json!({ "client_id": client.id, "secret_id": secrets[0].id });
    let five = (0..5).map(|_| calling(&app, &owner.cookies, "retire_client_secret", &retire)).collect();
    assert_eq!(succeeded(&finished(five).await), 5);
    assert_eq!(app.number("SELECT COUNT(*) FROM audit_events WHERE action = 'secret.retired'").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn five_apps_registered_at_once_leave_no_more_than_200() {
    let app = Arc::new(TestApp::start().await);
    let mut owner = app.signed_in(OWNER).await;
    let client = owner.register("First", ClientType::Public).await;
    app.copy_client(&client, 198).await;
    let arguments = json!({ "form": form("One more", &[CALLBACK]), "kind": "public" });
    let five = (0..5).map(|_| calling(&app, &owner.cookies, "create_oauth_app", &arguments)).collect();
    let answers = finished(five).await;
    assert_eq!(succeeded(&answers), 1);
    assert!(answers.iter().all(|answer| [200, 403].contains(&answer.status.as_u16())));
    assert_eq!(app.number("SELECT COUNT(*) FROM clients WHERE owner_id IS NOT NULL").await, 200);
}

/// Does over and over what people and a client do with each other, while something else happens.
fn using(app: &Arc<TestApp>, client: &ClientApp, email: &'static str) -> JoinHandle<Vec<Tokens>> {
    let (app, client) = (Arc::clone(app), client.clone());
    tokio::spawn(async move {
        let mut all = Vec::new();
        let product = app.product_id("acme", "support").await;
        let mut browser = app.signed_in(email).await;
        for _ in 0..6 {
            let answer = browser.get(&authorize_url(&client, &[("scope", "api:read")])).await;
            assert!(!answer.status.is_server_error(), "{}", answer.body);
            let Some(handle) = answer.headers.get("location").map(|_| answer.location().to_owned()) else {
                break;
            };
            let handle = handle.strip_prefix("/consent/").unwrap().to_owned();
            let page = browser.get(&format!("/consent/{handle}")).await;
            assert!(!page.status.is_server_error(), "{}", page.body);
            if !page.body.contains("name=\"csrf\"") {
                break;
            }
            let csrf = hidden(&page.body, "csrf");
            let answer = browser.decide(&(handle, csrf), "approve", &product, "api:read").await;
            assert!(!answer.status.is_server_error(), "{}", answer.body);
            if !answer.header("location").starts_with("https://") {
                break;
            }
            let Some(code) = answer.location_param("code") else { break };
            let answer = client.exchange(&app, &code).await;
            assert!(!answer.status.is_server_error(), "{}", answer.body);
            if answer.status != StatusCode::OK {
                break;
            }
            let tokens = Tokens::of(&answer);
            app.call_api(&tokens).await;
            app.flush().await;
            let answer = client.refresh(&app, &tokens.refresh).await;
            assert!(!answer.status.is_server_error(), "{}", answer.body);
            if answer.status == StatusCode::OK {
                all.push(Tokens::of(&answer));
            }
            all.push(tokens);
        }
        all
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_a_deletion_nothing_works_whatever_was_on_its_way() {
    for round in 0..4_u64 {
        let app = Arc::new(TestApp::start().await);
        let mut owner = app.signed_in(OWNER).await;
        let admin = app.signed_in(ADMIN).await;
        let client = owner.register("Reports", ClientType::Confidential).await;
        let users = [MEMBER, VIEWER, MEMBER].map(|email| using(&app, &client, email));
        for _ in 0..round * 40 {
            tokio::task::yield_now().await;
        }
        let by_name = json!({ "client_id": client.id, "name": "Reports" });
        let by_id = json!({ "ids": [client.id] });
        let changed =
            json!({ "client_id": client.id, "form": form("Reports", &[CALLBACK, "https://b.example/"]) });
        let blocked = json!({ "ids": [client.id], "blocked": false });
        finished(vec![
            calling(&app, &owner.cookies, "update_client", &changed),
            calling(&app, &admin.cookies, "set_clients_blocked", &blocked),
            calling(&app, &owner.cookies, "add_client_secret", &by_name),
        ])
        .await;
        let deletions = finished(vec![
            calling(&app, &owner.cookies, "delete_client", &by_name),
            calling(&app, &owner.cookies, "delete_client", &by_name),
            calling(&app, &admin.cookies, "delete_clients", &by_id),
            calling(&app, &admin.cookies, "revoke_clients_access", &by_id),
        ])
        .await;
        let deleted = deletions[..3].iter().filter(|answer| answer.status == StatusCode::OK).count();
        assert_eq!(deleted, 1, "one of them did it: {deletions:?}");
        let mut all = Vec::new();
        for user in users {
            all.extend(user.await.unwrap());
        }
        for tokens in &all {
            assert_eq!(app.tried(&client, tokens).await, (401, 401, "invalid_client".to_owned()));
        }
        for (query, expected) in [
            ("SELECT COUNT(*) FROM grants WHERE status = 'active'", 0),
            ("SELECT COUNT(*) FROM client_entries", 0),
            ("SELECT COUNT(*) FROM client_entry_users", 0),
            ("SELECT COUNT(*) FROM client_secrets", 0),
            ("SELECT COUNT(*) FROM audit_events WHERE action = 'client.deleted'", 1),
        ] {
            assert_eq!(app.number(query).await, expected, "{query}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn administrators_who_act_on_one_entry_at_once_do_not_trip_over_each_other() {
    let app = Arc::new(TestApp::start().await);
    let admin = app.signed_in(ADMIN).await;
    let number = AtomicU32::new(0);
    let register = async || {
        // The same software, and another client each time.
        let other = format!("{CALLBACK}/{}", number.fetch_add(1, Ordering::Relaxed));
        let body = json!({
            "client_name": "Tool", "redirect_uris": [CALLBACK, other], "token_endpoint_auth_method": "none",
            "grant_types": ["authorization_code", "refresh_token"],
        });
        let made = app.post_json("/oauth/register", &body, &[]).await;
        ClientApp::registered(&made, CALLBACK)
    };
    for round in 0..4 {
        let mut clients = Vec::new();
        for _ in 0..4 {
            clients.push(register().await);
        }
        for client in &clients {
            for email in [MEMBER, VIEWER] {
                app.tokens(email, client, "api:read").await;
            }
        }
        let users = [using(&app, &clients[0], MEMBER), using(&app, &clients[1], VIEWER)];
        let function = if round % 2 == 0 { "revoke_clients_access" } else { "delete_clients" };
        let calls = clients
            .iter()
            .map(|client| calling(&app, &admin.cookies, function, &json!({ "ids": [client.id] })));
        let calls: Vec<_> = calls.collect();
        let newcomer = register().await;
        assert_eq!(succeeded(&finished(calls).await), 4);
        for user in users {
            user.await.unwrap();
        }
        let id = json!({ "ids": [newcomer.id] });
        app.tokens(MEMBER, &newcomer, "api:read").await;
        let alone: Impact = app.signed_in(ADMIN).await.ask("clients_impact", id.clone()).await;
        assert_eq!((alone.clients, alone.grants), (1, 1), "it has its entry");
        app.assert_counts(&format!("round {round}")).await;
        let all: Vec<_> = clients.iter().chain([&newcomer]).map(|client| &client.id).collect();
        if function == "revoke_clients_access" {
            app.signed_in(ADMIN).await.ask::<Impact>("delete_clients", json!({ "ids": all })).await;
        } else {
            app.signed_in(ADMIN).await.ask::<Impact>("delete_clients", id).await;
        }
        assert_eq!(app.number("SELECT COUNT(*) FROM client_entries").await, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_block_during_exchanges_and_refreshes_leaves_nothing_open() {
    let app = Arc::new(TestApp::start().await);
    let mut owner = app.signed_in(OWNER).await;
    let mut admin = app.signed_in(ADMIN).await;
    let client = owner.register("Reports", ClientType::Confidential).await;
    let users = [MEMBER, VIEWER].map(|email| using(&app, &client, email));
    let secret = owner.app_details(&client).await.secrets[0].id.clone();
    let blocked = json!({ "ids": [client.id], "blocked": true });
    let tasks = vec![calling(&app, &admin.cookies, "set_clients_blocked", &blocked)];
    finished(tasks).await;
    let mut all = Vec::new();
    for user in users {
        all.extend(user.await.unwrap());
    }
    for tokens in &all {
        assert_eq!(app.call_api(tokens).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(client.refresh(&app, &tokens.refresh).await.error(), "invalid_grant");
    }
    admin.ask::<Impact>("set_clients_blocked", json!({ "ids": [client.id], "blocked": false })).await;

    // A secret that ends while it is used: whoever comes after the answer is out.
    let users = [MEMBER, VIEWER].map(|email| using(&app, &client, email));
    let retire = json!({ "client_id": client.id, "secret_id": secret });
    finished(vec![calling(&app, &owner.cookies, "retire_client_secret", &retire)]).await;
    let after = client.post(&app, "/oauth/token", &[("grant_type", "x")]).await;
    assert_eq!(after.error(), "invalid_client");
    for user in users {
        for tokens in user.await.unwrap() {
            assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK, "what was issued stays good");
        }
    }
}
