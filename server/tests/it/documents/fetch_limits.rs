//! C9, T10: how often strangers make this server fetch keys, and documents fetch pictures, each limit by itself.

use domain::clock::{MINUTE, SECOND};
use http::StatusCode;
use serde_json::json;

use crate::support::{
    Answer, ClientApp, MEMBER, Reply, TestApp, Web,
    assertions::{claims, prove_from, registered, signer},
    authorize_url,
};

/// Proves a client from an address, with a key that is not there: each time, its keys have to be fetched.
async fn prove_new(app: &TestApp, client: &ClientApp, address: &str, name: &str) -> Answer {
    let assertion = signer(&claims(app, &client.id, name));
    prove_from(app, address, client, &assertion).await
}

async fn clients_at(app: &TestApp, web: &Web, how_many: usize) -> Vec<ClientApp> {
    let mut clients = Vec::new();
    for number in 0..how_many {
        clients.push(registered(app, json!({ "jwks_uri": web.url(&format!("/keys/{number}")) })).await);
    }
    clients
}

#[tokio::test]
async fn c9_one_address_makes_the_server_fetch_few_keys_whoever_they_belong_to() {
    let web = Web::start().await;
    let flags = ["--outbound-loopback", "--client-document-limit", "3", "--client-secret-limit", "1000"];
    let app = TestApp::start_in(&web, &flags).await;
    let clients = clients_at(&app, &web, 6).await;
    // One household counts as one.
    let here = |number: usize| format!("2001:db8:1:2::{number:x}");
    for (number, client) in clients.iter().enumerate().take(5) {
        let status = prove_new(&app, client, &here(number), "1").await.status;
        let expected =
            if number < 3 { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::TOO_MANY_REQUESTS };
        assert_eq!(status, expected, "{number}");
    }
    assert_eq!(web.connections(), 3);
    // Others elsewhere are free, and so is this one later.
    let elsewhere = prove_new(&app, &clients[4], "198.51.100.1", "2").await;
    assert_eq!(elsewhere.status, StatusCode::SERVICE_UNAVAILABLE, "{}", elsewhere.body);
    app.clock.advance(10 * MINUTE - SECOND);
    assert_eq!(prove_new(&app, &clients[5], &here(9), "3").await.status, StatusCode::TOO_MANY_REQUESTS);
    app.clock.advance(SECOND);
    assert_eq!(prove_new(&app, &clients[5], &here(9), "4").await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(web.connections(), 5);
}

#[tokio::test]
async fn c9_many_addresses_make_the_server_fetch_few_keys_from_one_host() {
    let web = Web::start().await;
    let flags = ["--outbound-loopback", "--outbound-host-limit", "3", "--client-secret-limit", "1000"];
    let app = TestApp::start_in(&web, &flags).await;
    let clients = clients_at(&app, &web, 5).await;
    for (number, client) in clients.iter().enumerate() {
        let answer = prove_new(&app, client, &format!("198.51.{number}.1"), "1").await;
        let expected =
            if number < 3 { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::TOO_MANY_REQUESTS };
        assert_eq!(answer.status, expected, "{number}: {}", answer.body);
    }
    assert_eq!(web.connections(), 3);
    // Another host is another's business.
    let other = registered(&app, json!({ "jwks_uri": web.url_at("other.example", "/keys") })).await;
    let answer = prove_new(&app, &other, "198.51.9.1", "1").await;
    assert_eq!((answer.status, web.connections()), (StatusCode::SERVICE_UNAVAILABLE, 4));
}

#[tokio::test]
async fn c9_pictures_from_one_host_are_few_whatever_hosts_the_documents_are_at() {
    let web = Web::start().await;
    let app = TestApp::start_in(&web, &["--outbound-loopback", "--outbound-host-limit", "1"]).await;
    web.lead("localhost", &["127.0.0.1"]);
    web.put("/logo.png", Reply { body: b"\x89PNG\r\n\x1a\n".to_vec(), ..Reply::text("image/png", "") });
    let mut browser = app.signed_in(MEMBER).await;
    for (number, host) in ["app.example", "localhost", "127.0.0.1"].into_iter().enumerate() {
        let path = format!("/{number}.json");
        let id = web.url_at(host, &path);
        let document = json!({
            "client_id": id, "client_name": "Example", "redirect_uris": ["https://app.example/cb"],
            "token_endpoint_auth_method": "none", "logo_uri": web.url_at("other.example", "/logo.png"),
        });
        web.put(&path, Reply::json(&document));
        let client = ClientApp::new(id, None, "https://app.example/cb");
        let answer = browser.get(&authorize_url(&client, &[])).await;
        assert!(answer.location().starts_with("/consent/"), "{host}: {}", answer.body);
        let page = browser.get(answer.location()).await.body;
        assert_eq!(page.contains("/client-logos/"), number == 0, "{host}");
    }
    let fetched = |what: &str| web.requests().iter().filter(|head| head.contains(what)).count();
    assert_eq!((fetched(".json"), fetched("/logo.png")), (3, 1));
}
