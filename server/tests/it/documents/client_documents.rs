//! C1–C11: client IDs that are addresses of documents.

use std::{sync::Arc, time::Duration};

use domain::{
    client_metadata::stored,
    clients::{self, status},
    clock::{DAY, HOUR, MINUTE, SECOND},
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
async fn c8_a_document_is_kept_within_bounds() {
    let (web, app, client) = with_document(&[]).await;
    let fetched = async |after| {
        app.clock.advance(after);
        let before = web.requests().len();
        assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
        web.requests().len() - before
    };
    let good = document(&client.id);
    assert_eq!(fetched(0).await, 1);
    // It said nothing about how long: five minutes.
    assert_eq!(fetched(5 * MINUTE - SECOND).await, 0);
    web.put("/client.json", Reply::json(&good).with("cache-control", "no-store"));
    assert_eq!(fetched(SECOND).await, 1);
    assert_eq!(fetched(5 * MINUTE - SECOND).await, 0);
    web.put("/client.json", Reply::json(&good).with("cache-control", "public, max-age=7200"));
    assert_eq!(fetched(SECOND).await, 1);
    assert_eq!(fetched(2 * HOUR - SECOND).await, 0);
    web.put("/client.json", Reply::json(&good).with("cache-control", "max-age=31536000"));
    assert_eq!(fetched(SECOND).await, 1);
    assert_eq!(fetched(DAY - SECOND).await, 0);
    assert_eq!(fetched(SECOND).await, 1);
}

#[tokio::test]
async fn c8_what_stands_there_no_longer_is_not_used() {
    let (web, app, client) = with_document(&[]).await;
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    app.clock.advance(6 * MINUTE);
    web.put("/client.json", Reply { status: 410, ..Reply::json(&json!({})) });
    is_refused(&authorize(&app, &client).await, "410");
    // What was granted before goes on (C11).
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
}

#[tokio::test]
async fn c8_another_name_or_address_is_another_app_to_people() {
    let (web, app, client) = with_document(&[]).await;
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    status::set_verified(app.db().write(), &client.id, true).await.unwrap();
    let mut browser = app.signed_in(MEMBER).await;
    let open = browser.get(&authorize_url(&client, &[])).await;

    app.clock.advance(6 * MINUTE);
    let mut changed = document(&client.id);
    changed["client_name"] = json!("Other Desktop");
    web.put("/client.json", Reply::json(&changed));
    let again = browser.get(&authorize_url(&client, &[])).await;
    let page = browser.get(again.location()).await;
    assert!(page.body.contains("Authorize <bdi>Other Desktop") || page.body.contains("Other Desktop"));
    assert!(page.body.contains("changed"), "the page says that the app changed: {}", page.body);
    assert!(page.body.contains("Unverified"));
    // The page that showed the old name grants nothing any more.
    let stale = browser.get(open.location()).await;
    assert!(!stale.body.contains("name=\"csrf\""), "{}", stale.body);
    // Its tokens go on: a deploy must not sign everyone out.
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);

    // An address that is gone is refused at once.
    app.clock.advance(6 * MINUTE);
    changed["redirect_uris"] = json!(["https://app.example/other"]);
    web.put("/client.json", Reply::json(&changed));
    is_refused(&authorize(&app, &client).await, "did not register");
}

#[tokio::test]
async fn c8_another_website_is_another_app_to_people_too() {
    let (web, app, client) = with_document(&[]).await;
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    status::set_verified(app.db().write(), &client.id, true).await.unwrap();
    status::set_resource_server(app.db().write(), &client.id, true).await.unwrap();
    let mut browser = app.signed_in(MEMBER).await;
    let open = browser.get(&authorize_url(&client, &[])).await;
    // The same document again changes nothing.
    app.clock.advance(6 * MINUTE);
    assert!(browser.consent_page(&client).await.app.verified);

    app.clock.advance(6 * MINUTE);
    let mut changed = document(&client.id);
    changed["client_uri"] = json!("https://bank.example");
    web.put("/client.json", Reply::json(&changed));
    let page = browser.consent_page(&client).await.app;
    assert!(!page.verified && page.changed_at == Some(app.now()), "{page:?}");
    let stale = browser.get(open.location()).await;
    assert!(!stale.body.contains("name=\"csrf\""), "{}", stale.body);
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    // Who holds its keys is still the same.
    let client = clients::lookup(app.db().read(), &client.id).await.unwrap().unwrap();
    assert!(client.resource_server);
}

#[tokio::test]
async fn c9_strangers_make_the_server_ask_nobody() {
    let (web, app, client) = with_document(&[]).await;
    let url = authorize_url(&client, &[]);
    let answer = app.browser().get(&url).await;
    assert!(answer.location().starts_with("/sign-in?next="));
    assert_eq!(answer.next_param("next").as_ref(), Some(&url), "sign-in leads back to the whole request");
    assert_eq!((web.asked(), web.connections()), (0, 0));
    // Known and fresh, it is as good as any other.
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    let answer = app.browser().get(&url).await;
    assert!(answer.location().starts_with("/sign-in?next=/consent/"), "{}", answer.location());
    assert_eq!(web.connections(), 1);
}

#[tokio::test]
async fn c9_nobody_makes_the_server_ask_without_end() {
    let (web, app, client) = with_document(&["--client-document-limit", "3"]).await;
    let mut browser = app.signed_in(MEMBER).await;
    assert!(browser.get(&authorize_url(&client, &[])).await.location().starts_with("/consent/"));
    let missing = ClientApp { id: web.url("/missing.json"), ..client.clone() };
    for _ in 0..2 {
        is_refused(&browser.get(&authorize_url(&missing, &[])).await, "404");
    }
    let limited = browser.get(&authorize_url(&missing, &[])).await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS);
    assert_ne!(limited.header("retry-after"), "");
    assert_eq!(web.connections(), 3);
    // What is at hand still works, even when it should be fetched again.
    app.clock.advance(6 * MINUTE);
    assert!(browser.get(&authorize_url(&client, &[])).await.location().starts_with("/consent/"));
    assert_eq!(web.connections(), 3);
    app.clock.advance(4 * MINUTE);
    is_refused(&browser.get(&authorize_url(&missing, &[])).await, "404");
}

#[tokio::test]
async fn c9_a_logo_comes_from_here_or_not_at_all() {
    let (web, app, client) = with_document(&[]).await;
    let png = b"\x89PNG\r\n\x1a\n----".to_vec();
    let mut with_logo = document(&client.id);
    with_logo["logo_uri"] = json!(web.url("/logo.png"));
    web.put("/client.json", Reply::json(&with_logo));
    web.put("/logo.png", Reply { body: png.clone(), ..Reply::text("image/png", "") });
    let mut browser = app.signed_in(MEMBER).await;
    let answer = browser.get(&authorize_url(&client, &[])).await;
    let page = browser.get(answer.location()).await;
    let source = page.body.split("src=\"/client-logos/").nth(1).expect("the page shows the logo");
    let path = format!("/client-logos/{}", source.split('"').next().unwrap());
    let logo = app.get(&path).await;
    assert_eq!((logo.status, logo.header("content-type")), (StatusCode::OK, "image/png"));
    assert_eq!(logo.header("x-content-type-options"), "nosniff");
    assert!(logo.header("content-security-policy").contains("default-src 'none'"));
    assert!(!page.body.contains(&web.url("/logo.png")), "the browser is not sent elsewhere");

    // What is no picture, or too large, is left out; the app is not.
    for reply in [
        Reply::text("image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        Reply::text("image/png", "<script>alert(1)</script>"),
        Reply { body: [png, vec![0; 65_536]].concat(), ..Reply::text("image/png", "") },
        Reply { status: 404, ..Reply::text("image/png", "") },
    ] {
        web.put("/logo.png", reply);
        app.clock.advance(6 * MINUTE);
        let answer = browser.get(&authorize_url(&client, &[])).await;
        let page = browser.get(answer.location()).await;
        assert!(page.body.contains("Example Desktop") && !page.body.contains("/client-logos/"));
        assert_eq!(app.get(&path).await.status, StatusCode::NOT_FOUND);
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
async fn a_blocked_document_stays_blocked_and_a_deleted_one_may_come_back() {
    let (web, app, client) = with_document(&[]).await;
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    let mut admin = app.signed_in("admin@example.com").await;
    let ids = json!({ "ids": [client.id] });
    let blocked = admin.call("set_clients_blocked", &json!({ "ids": [client.id], "blocked": true })).await;
    assert_eq!(blocked.status, StatusCode::OK, "{}", blocked.body);
    app.clock.advance(DAY);
    is_refused(&authorize(&app, &client).await, "disabled");
    assert_eq!(web.connections(), 1, "a blocked app is not asked for");

    let deleted = admin.call("delete_clients", &ids).await;
    assert_eq!(deleted.status, StatusCode::OK, "{}", deleted.body);
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    let back = clients::lookup(app.db().read(), &client.id).await.unwrap().unwrap();
    assert_eq!(back.created_at, app.now());
    // What ended with it stays ended.
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(client.refresh(&app, &tokens.refresh).await.error(), "invalid_grant");
}

#[tokio::test]
async fn many_people_may_bring_the_same_new_app() {
    let (_web, app, client) = with_document(&[]).await;
    let ask = async |email| app.signed_in(email).await.get(&authorize_url(&client, &[])).await;
    let (admin, owner, member, viewer) = tokio::join!(
        ask("admin@example.com"),
        ask("owner@example.com"),
        ask(MEMBER),
        ask("viewer@example.com")
    );
    for answer in [admin, owner, member, viewer] {
        assert!(answer.location().starts_with("/consent/"), "{}", answer.location());
    }
    let entry = clients::lookup(app.db().read(), &client.id).await.unwrap().unwrap().entry_id;
    let registrations = domain::clients::software::registrations(app.db().read(), &entry).await.unwrap();
    assert_eq!(registrations, 1);
    let times = stored::times(app.db().read(), &client.id).await.unwrap().unwrap();
    assert_eq!(times.fetched_at, app.now());
}

#[tokio::test]
async fn c8_the_request_that_learns_of_a_change_goes_on() {
    let (web, app, client) = with_document(&[]).await;
    app.tokens(MEMBER, &client, "api:read").await;
    app.clock.advance(6 * MINUTE);
    let clock = app.clock.clone();
    web.meanwhile(move || clock.advance(SECOND));
    let mut changed = document(&client.id);
    changed["client_name"] = json!("Other Desktop");
    web.put("/client.json", Reply::json(&changed));
    let mut browser = app.signed_in(MEMBER).await;
    let form = browser.open_consent(&authorize_url(&client, &[("scope", "api:read")])).await;
    let product = app.product_id("acme", "support").await;
    let answer = browser.decide(&form, "approve", &product, "api:read").await;
    assert!(answer.location_param("code").is_some(), "{}", answer.location());
}

#[tokio::test]
async fn c8_nothing_older_than_a_day_is_used_whoever_asked_too_often() {
    let (web, app, client) = with_document(&["--client-document-limit", "2"]).await;
    let mut browser = app.signed_in(MEMBER).await;
    assert!(browser.get(&authorize_url(&client, &[])).await.location().starts_with("/consent/"));
    app.clock.advance(DAY);
    let missing = ClientApp { id: web.url("/missing.json"), ..client.clone() };
    for _ in 0..2 {
        is_refused(&browser.get(&authorize_url(&missing, &[])).await, "404");
    }
    let limited = browser.get(&authorize_url(&client, &[])).await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn c9_logos_count_for_the_host_that_they_are_at() {
    let (web, app, client) = with_document(&["--outbound-host-limit", "1"]).await;
    let mut browser = app.signed_in(MEMBER).await;
    web.put("/logo.png", Reply { body: b"\x89PNG\r\n\x1a\n".to_vec(), ..Reply::text("image/png", "") });
    for number in 1..=3 {
        web.lead(&format!("app{number}.example"), &["127.0.0.1"]);
        let path = format!("/{number}.json");
        let mut one = document(&web.url(&path));
        one["logo_uri"] = json!(web.url_at("other.example", "/logo.png"));
        web.put(&path, Reply::json(&one));
        app.clock.advance(if number == 3 { 10 * MINUTE } else { 0 });
        browser.get(&authorize_url(&ClientApp { id: web.url(&path), ..client.clone() }, &[])).await;
    }
    let logos = web.requests().iter().filter(|head| head.contains("/logo.png")).count();
    let documents = web.requests().iter().filter(|head| head.contains(".json")).count();
    assert_eq!((documents, logos), (2, 2), "each host once in ten minutes");
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

#[tokio::test]
async fn another_app_at_the_same_address_is_no_resource_server() {
    let (web, app, client) = with_document(&[]).await;
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    status::set_resource_server(app.db().write(), &client.id, true).await.unwrap();
    // One that is marked stays, though nobody ever lets it in.
    app.clock.advance(8 * DAY);
    app.sweep().await;
    let marked =
        async || clients::lookup(app.db().read(), &client.id).await.unwrap().unwrap().resource_server;
    assert!(marked().await);
    let mut changed = document(&client.id);
    changed["client_name"] = json!("Other Desktop");
    web.put("/client.json", Reply::json(&changed));
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    assert!(!marked().await);
}

#[tokio::test]
async fn r8_documents_that_nobody_uses_go_unless_people_said_something_of_them() {
    let (web, app, first) = with_document(&[]).await;
    let mut all = vec![first];
    for number in 1..=2 {
        let path = format!("/{number}.json");
        web.put(&path, Reply::json(&document(&web.url(&path))));
        all.push(ClientApp { id: web.url(&path), ..all[0].clone() });
    }
    for client in &all {
        assert!(authorize(&app, client).await.location().starts_with("/consent/"));
    }
    status::set_verified(app.db().write(), &all[1].id, true).await.unwrap();
    let mut admin = app.signed_in("admin@example.com").await;
    admin.call("set_clients_blocked", &json!({ "ids": [all[2].id], "blocked": true })).await;
    app.clock.advance(8 * DAY);
    app.sweep().await;
    let mut left = Vec::new();
    for client in &all {
        left.push(clients::lookup(app.db().read(), &client.id).await.unwrap().is_some());
    }
    assert_eq!(left, [false, true, true]);
}
