//! C1–C7, C10, C11: which addresses are client IDs, and what a document there has to say.

use std::{sync::Arc, time::Duration};

use domain::{
    clients::{self},
    clock::DAY,
    config::Config,
    fetch::{AddressPolicy, FetchError},
};
use http::StatusCode;
use serde_json::json;
use types::client::ClientSource;

use crate::support::{
    ClientApp, MEMBER, Reply, TestApp, Tokens, Web, authorize_url,
    documents::{CALLBACK, authorize, document, is_refused, with_document},
};

#[tokio::test]
async fn c1_the_consent_page_shows_what_cannot_be_forged() {
    let (web, app, client) = with_document(&[]).await;
    let mut browser = app.signed_in(MEMBER).await;
    let answer = browser.get(&authorize_url(&client, &[])).await;
    let page = browser.get(answer.location()).await;
    assert_eq!(page.status, StatusCode::OK);
    for text in ["Example Desktop", &format!("app.example:{}", web.port), "127.0.0.1", "Unverified"] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    let stored = clients::lookup(app.db().read(), &client.id).await.unwrap().unwrap();
    assert_eq!(stored.source, ClientSource::MetadataDocument);
}

#[tokio::test]
async fn c2_a_document_for_another_client_id_is_refused() {
    let (web, app, client) = with_document(&[]).await;
    for other in [format!("{}/", client.id), client.id.replace("client", "Client"), String::new()] {
        web.put("/client.json", Reply::json(&document(&other)));
        is_refused(&authorize(&app, &client).await, "client_id is not the address");
    }
    assert!(clients::lookup(app.db().read(), &client.id).await.unwrap().is_none());
}

#[tokio::test]
async fn c3_what_is_no_plain_address_is_not_fetched() {
    let (web, app, good) = with_document(&[]).await;
    let base = format!("https://app.example:{}", web.port);
    for id in [
        good.id.replace("https", "http"),
        base.clone(),
        format!("{base}/"),
        format!("{base}/a/../client.json"),
        format!("{base}/%2e/client.json"),
        format!("{}#x", good.id),
        good.id.replace("app.example", "user:pass@app.example"),
        good.id.replace("app.example", "APP.example"),
        format!("{base}/{}", "x".repeat(2_048)),
        "ftp://app.example/client.json".to_owned(),
    ] {
        let client = ClientApp { id, ..good.clone() };
        is_refused(&authorize(&app, &client).await, "client ID");
    }
    assert_eq!(web.connections(), 0);
}

#[tokio::test]
async fn c4_nobody_makes_the_server_reach_inside() {
    let web = Web::start().await;
    let url = web.url("/client.json");
    web.put("/client.json", Reply::json(&document(&url)));
    let client = ClientApp::new(url, None, CALLBACK);
    let app = TestApp::start_in(&web, &[]).await;
    for inside in [
        &["127.0.0.1"][..],
        &["10.0.0.1"],
        &["169.254.169.254"],
        &["100.64.0.1"],
        &["0.0.0.0"],
        &["::1"],
        &["fd00::1"],
        &["::ffff:127.0.0.1"],
        &["64:ff9b::7f00:1"],
        &["224.0.0.1"],
        &["8.8.8.8", "127.0.0.1"],
        &["8.8.8.8", "8.8.4.4", "fe80::1"],
    ] {
        web.lead("app.example", inside);
        is_refused(&authorize(&app, &client).await, "not public");
    }
    for id in [
        format!("https://127.0.0.1:{}/client.json", web.port),
        format!("https://[::1]:{}/client.json", web.port),
        "https://169.254.169.254/latest/meta-data".to_owned(),
    ] {
        is_refused(&authorize(&app, &ClientApp { id, ..client.clone() }).await, "not public");
    }
    assert_eq!(web.connections(), 0);

    // For development this machine may be reached, and nothing else inside; never beside something else.
    let app = TestApp::start_in(&web, &["--outbound-loopback"]).await;
    for inside in [&["10.0.0.1"][..], &["127.0.0.1", "10.0.0.1"]] {
        web.lead("app.example", inside);
        is_refused(&authorize(&app, &client).await, "not public");
    }
    assert_eq!(web.connections(), 0);
    web.lead("app.example", &["127.0.0.1"]);
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
}

#[tokio::test]
async fn c4_a_name_is_asked_for_once_and_its_answer_is_where_the_connection_goes() {
    let (web, app, client) = with_document(&[]).await;
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    assert_eq!((web.asked(), web.connections()), (1, 1));
    // The next fetch asks anew: what was good once is not remembered.
    app.clock.advance(DAY);
    web.lead("app.example", &["10.0.0.1"]);
    // What was fetched before serves, unverified, as when nobody answers.
    let shown = app.signed_in(MEMBER).await.consent_page(&client).await.app;
    assert!(shown.checked_at.is_some());
    assert_eq!((web.asked(), web.connections()), (2, 1));
    let new = ClientApp { id: web.url("/new.json"), ..client };
    is_refused(&authorize(&app, &new).await, "not public");
    assert_eq!((web.asked(), web.connections()), (3, 1));
}

#[tokio::test]
async fn c5_only_a_small_json_answer_counts() {
    let (web, app, client) = with_document(&[]).await;
    let good = document(&client.id);
    let moved = |status| Reply { status, ..Reply::json(&good).with("location", &web.url("/moved.json")) };
    web.put("/moved.json", Reply::json(&good));
    let long = good.to_string() + &" ".repeat(5 * 1024);
    for (reply, why) in [
        (moved(301), "301"),
        (moved(302), "302"),
        (moved(307), "307"),
        (Reply { status: 404, ..Reply::json(&good) }, "404"),
        (Reply { status: 500, ..Reply::json(&good) }, "500"),
        (Reply { status: 204, ..Reply::json(&good) }, "204"),
        (Reply::text("application/json", &long), "longer"),
        (Reply::text("application/json", "{}").with("content-length", "9999999"), "longer"),
        (Reply::text("text/html", &good.to_string()), "not JSON"),
        (Reply::text("text/javascript", &good.to_string()), "not JSON"),
        (Reply { headers: Vec::new(), ..Reply::json(&good) }, "not JSON"),
        (Reply::text("application/json", "{\"client_id\":"), "not JSON"),
        (Reply::text("application/json", "[]"), "not a JSON object"),
        (Reply::text("application/json", ""), "not JSON"),
    ] {
        web.put("/client.json", reply);
        is_refused(&authorize(&app, &client).await, why);
    }
    assert!(!web.requests().iter().any(|head| head.contains("moved")), "a redirect was followed");
    // Errors are not remembered, and other JSON types are taken.
    web.put("/client.json", Reply::text("application/client+json; charset=utf-8", &good.to_string()));
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    for head in web.requests() {
        let head = head.to_lowercase();
        for secret in ["cookie", "authorization", "referer", "x-forwarded"] {
            assert!(!head.contains(secret), "{head}");
        }
    }
}

#[tokio::test]
async fn c5_a_slow_answer_is_not_waited_for() {
    let web = Web::start().await;
    web.put("/slow", Reply { stalls_after: Some(0), ..Reply::json(&json!({})) });
    let outbound = web.outbound_with(AddressPolicy::PublicAndLoopback, Duration::from_millis(200));
    assert_eq!(outbound.json(&web.url("/slow"), 100).await.unwrap_err(), FetchError::Slow);
}

#[tokio::test]
async fn c5_reading_stops_where_an_answer_is_too_long() {
    let (web, app, client) = with_document(&[]).await;
    let stalls_after = |sent| {
        let long = document(&client.id).to_string() + &" ".repeat(9 * 1024);
        Reply { stalls_after: Some(sent), ..Reply::text("application/json", &long) }
    };
    web.put("/client.json", stalls_after(6 * 1024));
    is_refused(&authorize(&app, &client).await, "longer than 5120 bytes");
    // It does not wait for the rest, however patient it is.
    let outbound = web.outbound_with(AddressPolicy::PublicAndLoopback, Duration::from_secs(600));
    let fetched = tokio::time::timeout(Duration::from_secs(10), outbound.json(&client.id, 5 * 1024));
    assert_eq!(fetched.await.expect("an answer at once").unwrap_err(), FetchError::TooLong(5 * 1024));
    // As long as is allowed, it waits.
    web.put("/client.json", stalls_after(5 * 1024));
    let outbound = web.outbound_with(AddressPolicy::PublicAndLoopback, Duration::from_millis(500));
    assert_eq!(outbound.json(&client.id, 5 * 1024).await.unwrap_err(), FetchError::Slow);
}

#[tokio::test]
async fn c5_a_certificate_that_nobody_trusts_is_none() {
    let (web, stranger) = (Web::start().await, Web::start().await);
    web.put("/x", Reply::json(&json!({})));
    let outbound = stranger.outbound(AddressPolicy::PublicAndLoopback);
    assert_eq!(outbound.json(&web.url("/x"), 100).await.unwrap_err(), FetchError::Unreachable);
    // Nor is one for another name.
    web.lead("wrong.example", &["127.0.0.1"]);
    let outbound = web.outbound(AddressPolicy::PublicAndLoopback);
    let url = web.url_at("wrong.example", "/x");
    assert_eq!(outbound.json(&url, 100).await.unwrap_err(), FetchError::Unreachable);
}

#[tokio::test]
async fn c6_documents_with_or_for_secrets_are_refused() {
    let (web, app, client) = with_document(&[]).await;
    for (name, value) in [
        ("client_secret", json!("hunter2")),
        ("client_secret_expires_at", json!(0)),
        ("token_endpoint_auth_method", json!("client_secret_post")),
        ("token_endpoint_auth_method", json!("private_key_jwt")),
        ("client_name", json!("")),
        ("redirect_uris", json!(["javascript:alert(1)"])),
    ] {
        let mut changed = document(&client.id);
        changed[name] = value;
        web.put("/client.json", Reply::json(&changed));
        is_refused(&authorize(&app, &client).await, "cannot be used");
    }
}

#[tokio::test]
async fn c7_a_loopback_address_without_a_port_matches_any_port() {
    let (_web, app, client) = with_document(&[]).await;
    let mut browser = app.signed_in(MEMBER).await;
    for (uri, good) in [
        ("http://localhost:58135/callback", true),
        ("http://127.0.0.1:58135/callback", true),
        ("http://[::1]:58135/callback", false),
        ("http://localhost:58135/other", false),
        ("http://localhost.evil.example/callback", false),
        ("https://localhost:58135/callback", false),
        ("https://app.example/cb", true),
        ("https://app.example:8443/cb", false),
    ] {
        let answer = browser.get(&authorize_url(&client, &[("redirect_uri", uri)])).await;
        assert_eq!(answer.status == StatusCode::SEE_OTHER, good, "{uri}: {}", answer.body);
    }
}

#[tokio::test]
async fn c10_the_operator_says_from_which_hosts() {
    let host_only = ["--client-document-hosts", "*.example"];
    let (_web, app, client) = with_document(&host_only).await;
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));

    for flags in [
        &["--client-document-hosts", "other.example"][..],
        &["--client-document-hosts-denied", "app.example"],
        &["--client-document-hosts", "*.example", "--client-document-hosts-denied", "app.example"],
    ] {
        let (web, app, client) = with_document(flags).await;
        is_refused(&authorize(&app, &client).await, "takes no apps from");
        assert_eq!(web.asked(), 0, "{flags:?}");
    }

    let (web, app, client) = with_document(&["--client-documents", "false"]).await;
    is_refused(&authorize(&app, &client).await, "No app is registered");
    assert_eq!(web.asked(), 0);
    let metadata = app.get("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(metadata.get("client_id_metadata_document_supported"), None);
}

#[tokio::test]
async fn c11_tokens_need_no_document() {
    let (web, app, client) = with_document(&[]).await;
    let metadata = app.get("/.well-known/oauth-authorization-server").await.json();
    assert_eq!(metadata["client_id_metadata_document_supported"], true);
    let code = app.code(MEMBER, &client, "api:read").await;
    let fetches = web.connections();
    web.put("/client.json", Reply { status: 500, ..Reply::json(&json!({})) });
    let tokens = Tokens::of(&client.exchange(&app, &code).await);
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    let refreshed = Tokens::of(&client.refresh(&app, &tokens.refresh).await);
    assert_eq!(app.call_api(&refreshed).await.status, StatusCode::OK);
    app.clock.advance(DAY);
    Tokens::of(&client.refresh(&app, &refreshed.refresh).await);
    assert_eq!(web.connections(), fetches);
}

#[tokio::test]
async fn c10_switched_off_they_are_off_for_those_that_are_known_too() {
    let (web, mut app, client) = with_document(&[]).await;
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    let off = Config { client_documents: None, ..(*app.state.config).clone() };
    app.state.config = Arc::new(off);
    app.state.documents.policy = None;
    let app = app.restarted();
    is_refused(&authorize(&app, &client).await, "No app is registered");
    assert_eq!(web.connections(), 1);
}
