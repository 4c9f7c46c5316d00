//! C8, C9: how long a document is kept, what becomes of it when it changes, and who makes the server fetch.

use domain::{
    client_metadata::stored,
    clients::{self, status},
    clock::{DAY, HOUR, MINUTE, SECOND},
};
use http::StatusCode;
use serde_json::json;

use crate::support::{
    ADMIN, ClientApp, MEMBER, OWNER, Reply, VIEWER, authorize_url,
    documents::{authorize, document, is_refused, with_document},
};

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
async fn a_blocked_document_stays_blocked_and_a_deleted_one_may_come_back() {
    let (web, app, client) = with_document(&[]).await;
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    let mut admin = app.signed_in(ADMIN).await;
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
    let (admin, owner, member, viewer) = tokio::join!(ask(ADMIN), ask(OWNER), ask(MEMBER), ask(VIEWER));
    for answer in [admin, owner, member, viewer] {
        assert!(answer.location().starts_with("/consent/"), "{}", answer.location());
    }
    let entry = clients::lookup(app.db().read(), &client.id).await.unwrap().unwrap().entry_id;
    let registrations = domain::clients::software::registrations(app.db().read(), &entry).await.unwrap();
    assert_eq!(registrations, 1);
    let times = stored::timestamps(app.db().read(), &client.client_id()).await.unwrap().unwrap();
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
    let answer = browser.approve(&form, "api:read").await;
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
    let mut admin = app.signed_in(ADMIN).await;
    admin.call("set_clients_blocked", &json!({ "ids": [all[2].id], "blocked": true })).await;
    app.clock.advance(8 * DAY);
    app.sweep().await;
    let mut left = Vec::new();
    for client in &all {
        left.push(clients::lookup(app.db().read(), &client.id).await.unwrap().is_some());
    }
    assert_eq!(left, [false, true, true]);
}
