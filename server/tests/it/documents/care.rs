//! N11: what administrators do with the documents of apps: look at them, fetch, pin and write them.

use domain::{
    clients::{self, status},
    clock::{DAY, MINUTE},
    oauth::software::entry_of,
};
use http::StatusCode;
use serde_json::{Value, json};
use types::{
    admin::{AdminClientPage, DocumentStanding, FetchedDocument},
    client::ClientSource,
    failure::Failure,
};

use crate::support::{
    ADMIN, Browser, ClientApp, MEMBER, OWNER, Reply, TestApp, Web, authorize_url,
    documents::{authorize, document, is_refused, with_document},
};

async fn stored(admin: &mut Browser<'_>, client: &ClientApp) -> FetchedDocument {
    admin.admin_client(&client.id).await.document.unwrap()
}

/// The page as a person gets it, as HTML.
async fn html(admin: &mut Browser<'_>, client: &ClientApp) -> String {
    let entry = entry_of(ClientSource::MetadataDocument, &client.id, "", &[]);
    let answer = admin.get(&format!("/admin/oauth-clients/{entry}")).await;
    assert_eq!(answer.status, StatusCode::OK);
    answer.body
}

fn has(html: &str, texts: &[&str]) {
    for text in texts {
        assert!(html.contains(text), "no {text} in {html}");
    }
}

async fn pin(admin: &mut Browser<'_>, client: &ClientApp, pinned: bool) {
    admin.ask::<()>("set_client_document_pinned", json!({ "client_id": client.id, "pinned": pinned })).await;
}

async fn enter(admin: &mut Browser<'_>, client_id: Option<&str>, body: &Value) -> Result<String, String> {
    let arguments = json!({ "client_id": client_id, "body": body.to_string() });
    let answer = admin.call("enter_client_document", &arguments).await;
    match answer.status {
        StatusCode::OK => Ok(serde_json::from_str(&answer.body).unwrap()),
        _ => match serde_json::from_str(&answer.body).unwrap() {
            Failure::Invalid { field, message } if field == "document" => Err(message),
            other => panic!("{other:?}"),
        },
    }
}

/// Everything that was recorded about a client, newest first.
async fn told(admin: &mut Browser<'_>, client: &ClientApp) -> Vec<(String, String)> {
    let events = admin.admin_client(&client.id).await.client.activity.events;
    events.into_iter().map(|event| (event.what, event.actor)).collect()
}

#[tokio::test]
async fn n11_the_page_of_an_app_says_how_the_last_fetch_went() {
    let (web, app, client) = with_document(&[]).await;
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    status::set_verified(app.db().write(), &client.id, true).await.unwrap();
    let mut admin = app.signed_in(ADMIN).await;
    let now = app.now();
    let document = stored(&mut admin, &client).await;
    assert_eq!(
        (document.standing, document.failure, document.fetched_at),
        (DocumentStanding::Current, None, now)
    );
    has(&html(&mut admin, &client).await, &["Last fetch", "Went well", ">Refresh<", ">Pin<", "Save and pin"]);

    web.put("/client.json", Reply { status: 503, ..Reply::json(&json!({})) });
    app.clock.advance(6 * MINUTE);
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    let document = stored(&mut admin, &client).await;
    assert_eq!((document.standing, document.tried_at), (DocumentStanding::Stale(now + 7 * DAY), app.now()));
    let shown = html(&mut admin, &client).await;
    has(&shown, &["Failed ", "answered 503 instead of 200", "This copy, unverified, in 167 hours at most"]);
    has(&shown, &["Not while its document cannot be fetched"]);

    app.clock.advance(7 * DAY);
    has(&html(&mut admin, &client).await, &["No longer: this copy is too old"]);
    web.put("/client.json", Reply { status: 410, ..Reply::json(&json!({})) });
    is_refused(&authorize(&app, &client).await, "410");
    assert_eq!(stored(&mut admin, &client).await.standing, DocumentStanding::Withdrawn);
    has(&html(&mut admin, &client).await, &["answered 410 instead of 200", "No longer: it was withdrawn"]);
}

#[tokio::test]
async fn n11_refreshing_tells_what_went_wrong_and_keeps_the_rules() {
    let (web, app, client) = with_document(&[]).await;
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    let mut admin = app.signed_in(ADMIN).await;
    let arguments = json!({ "client_id": client.id });
    web.put("/client.json", Reply { status: 403, ..Reply::json(&json!({})) });
    let refused = admin.refusal("refresh_client_document", arguments.clone()).await;
    assert!(refused.to_string().contains("answered 403 instead of 200"), "{refused}");
    // Its fetch failed, so it does not count as checked, fresh or not.
    assert!(matches!(stored(&mut admin, &client).await.standing, DocumentStanding::Stale(_)));
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));

    web.put("/client.json", Reply::text("text/html", "<h1>Welcome</h1>"));
    let refused = admin.refusal("refresh_client_document", arguments.clone()).await;
    assert!(refused.to_string().contains("not JSON"), "{refused}");
    is_refused(&authorize(&app, &client).await, "not JSON");

    web.put("/client.json", Reply::json(&document(&client.id)));
    admin.ask::<()>("refresh_client_document", arguments).await;
    assert_eq!(stored(&mut admin, &client).await.standing, DocumentStanding::Current);
    let told = told(&mut admin, &client).await;
    let expected = [
        ("Fetched the client ID document", "Ada Admin"),
        ("Withdrew the client ID document", "The app itself"),
    ];
    for ((what, actor), (expected, by)) in told.iter().zip(expected) {
        assert_eq!(what, expected);
        assert!(actor == by || by == "Ada Admin", "{actor}");
    }
}

#[tokio::test]
async fn n11_a_pinned_document_is_served_without_fetching_until_it_is_unpinned() {
    let (web, app, client) = with_document(&[]).await;
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    status::set_verified(app.db().write(), &client.id, true).await.unwrap();
    let mut admin = app.signed_in(ADMIN).await;
    web.cut(true);
    app.clock.advance(6 * MINUTE);
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    pin(&mut admin, &client, true).await;
    let asked = web.asked();
    web.cut(false);
    let mut other = document(&client.id);
    other["client_name"] = json!("Other Desktop");
    web.put("/client.json", Reply::json(&other));
    for _ in 0..3 {
        app.clock.advance(20 * DAY);
        let shown = app.signed_in(MEMBER).await.consent_page(&client).await.app;
        // An administrator answers for it.
        assert_eq!((shown.name.as_str(), shown.verified, shown.checked_at), ("Example Desktop", true, None));
    }
    assert_eq!(web.asked(), asked);
    let mut admin = app.signed_in(ADMIN).await;
    let pinned = stored(&mut admin, &client).await;
    assert!(matches!(pinned.standing, DocumentStanding::Pinned(_)) && !pinned.entered);
    let shown = html(&mut admin, &client).await;
    has(&shown, &["Pinned", ">Unpin<", "never fetched, until it is unpinned"]);
    assert!(!shown.contains(">Refresh<"));
    let refused = admin.refusal("refresh_client_document", json!({ "client_id": client.id })).await;
    assert!(refused.to_string().contains("unpin it"), "{refused}");
    // Saying it twice is no event.
    pin(&mut admin, &client, true).await;

    pin(&mut admin, &client, false).await;
    let shown = app.signed_in(MEMBER).await.consent_page(&client).await.app;
    assert_eq!((shown.name.as_str(), shown.verified), ("Other Desktop", false));
    let told: Vec<_> = told(&mut admin, &client).await.into_iter().map(|(what, _)| what).collect();
    let pins = told.iter().filter(|what| what.contains("inned the client ID document")).collect::<Vec<_>>();
    assert_eq!(pins, ["Unpinned the client ID document", "Pinned the client ID document"]);
}

#[tokio::test]
async fn n11_a_withdrawn_document_may_be_pinned() {
    let (web, app, client) = with_document(&[]).await;
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    web.put("/client.json", Reply { status: 404, ..Reply::json(&json!({})) });
    app.clock.advance(6 * MINUTE);
    is_refused(&authorize(&app, &client).await, "404");
    let mut admin = app.signed_in(ADMIN).await;
    pin(&mut admin, &client, true).await;
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    pin(&mut admin, &client, false).await;
    is_refused(&authorize(&app, &client).await, "404");
}

#[tokio::test]
async fn n11_unpinning_brings_back_what_the_last_fetch_came_to() {
    let (web, app, client) = with_document(&[]).await;
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    status::set_verified(app.db().write(), &client.id, true).await.unwrap();
    let mut admin = app.signed_in(ADMIN).await;
    let pinned_and_back = async |admin: &mut Browser<'_>| {
        pin(admin, &client, true).await;
        pin(admin, &client, false).await;
    };
    // A copy that cannot be checked is not verified by that.
    web.cut(true);
    app.clock.advance(6 * MINUTE);
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    pinned_and_back(&mut admin).await;
    assert!(matches!(stored(&mut admin, &client).await.standing, DocumentStanding::Stale(_)));
    let shown = app.signed_in(MEMBER).await.consent_page(&client).await.app;
    assert!(!shown.verified && shown.checked_at.is_some());
    // Nor does one serve again that was withdrawn.
    web.cut(false);
    web.put("/client.json", Reply { status: 404, ..Reply::json(&json!({})) });
    app.clock.advance(6 * MINUTE);
    is_refused(&authorize(&app, &client).await, "404");
    pinned_and_back(&mut admin).await;
    web.cut(true);
    app.clock.advance(6 * MINUTE);
    is_refused(&authorize(&app, &client).await, "cannot be reached");
    // Nobody vouches for what follows a document that was written here.
    enter(&mut admin, Some(&client.id), &document(&client.id)).await.unwrap();
    status::set_verified(app.db().write(), &client.id, true).await.unwrap();
    pin(&mut admin, &client, false).await;
    web.cut(false);
    web.put("/client.json", Reply::json(&document(&client.id)));
    app.clock.advance(6 * MINUTE);
    assert!(!app.signed_in(MEMBER).await.consent_page(&client).await.app.verified);
}

#[tokio::test]
async fn n11_an_administrator_pins_and_verifies_what_they_saw() {
    let (web, app, client) = with_document(&[]).await;
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    let mut admin = app.signed_in(ADMIN).await;
    let seen = admin.admin_client(&client.id).await;
    let mut other = document(&client.id);
    other["client_name"] = json!("Your bank");
    web.put("/client.json", Reply::json(&other));
    app.clock.advance(6 * MINUTE);
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    let pinning = |seen: &AdminClientPage| {
        let seen = seen.document.as_ref().unwrap().fetched_at;
        json!({ "client_id": client.id, "pinned": true, "seen": seen })
    };
    let verifying = |seen: &AdminClientPage| {
        let shown = &seen.client;
        let seen = json!({ "name": shown.name, "description": shown.description, "redirect_uris": shown.redirect_uris,
            "website": shown.website.as_ref().map(|(_, url)| url) });
        json!({ "client_id": client.id, "verified": true, "seen": seen })
    };
    let refused = admin.refusal("set_client_document_pinned", pinning(&seen)).await;
    assert!(refused.to_string().contains("load the page again"), "{refused}");
    let refused = admin.refusal("set_client_verified", verifying(&seen)).await;
    assert!(matches!(refused, Failure::Forbidden(ref why) if why.contains("changed since")), "{refused}");
    let seen = admin.admin_client(&client.id).await;
    assert!(!seen.client.verified);
    admin.ask::<()>("set_client_verified", verifying(&seen)).await;
    admin.ask::<()>("set_client_document_pinned", pinning(&seen)).await;
    let seen = admin.admin_client(&client.id).await;
    assert!(seen.client.verified && matches!(seen.document.unwrap().standing, DocumentStanding::Pinned(_)));
}

#[tokio::test]
async fn n11_a_document_that_is_withdrawn_meanwhile_is_not_authorized() {
    let (web, app, client) = with_document(&[]).await;
    let mut member = app.signed_in(MEMBER).await;
    let (handle, csrf) = member.open_consent(&authorize_url(&client, &[])).await;
    web.put("/client.json", Reply { status: 410, ..Reply::json(&json!({})) });
    app.clock.advance(6 * MINUTE);
    is_refused(&authorize(&app, &client).await, "410");
    let product = app.product_id("acme", "support").await;
    let answer =
        [("handle", handle.as_str()), ("csrf", &csrf), ("decision", "approve"), ("product", &product)];
    let answer = member.post("/oauth/consent", &[&answer[..], &[("scope", "mcp:read")]].concat()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.body.contains("does not stand at its address any more"), "{}", answer.body);
    assert_eq!(app.number("SELECT COUNT(*) FROM grants").await, 0);
}

#[tokio::test]
async fn n11_an_administrator_enters_a_document_where_there_is_no_way_out() {
    let web = Web::start().await;
    let app = TestApp::start_in(&web, &[]).await;
    web.cut(true);
    let client =
        ClientApp::new("https://app.example/client.json".to_owned(), None, "http://127.0.0.1/callback");
    is_refused(&authorize(&app, &client).await, "cannot be reached");
    let mut admin = app.signed_in(ADMIN).await;
    has(&admin.get("/admin/oauth-clients/new").await.body, &["Client ID document", "Save and pin"]);
    let entry = enter(&mut admin, None, &document(&client.id)).await.unwrap();
    assert_eq!(entry, entry_of(ClientSource::MetadataDocument, &client.id, "", &[]));
    let asked = web.asked();
    app.clock.advance(31 * DAY);
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    assert_eq!(web.asked(), asked);
    let mut admin = app.signed_in(ADMIN).await;
    assert!(stored(&mut admin, &client).await.entered);
    has(&html(&mut admin, &client).await, &["Entered", "Pinned", ">Unpin<"]);
    let told: Vec<_> = told(&mut admin, &client).await.into_iter().map(|(what, _)| what).collect();
    assert_eq!(told[told.len() - 2..], ["Entered the client ID document", "Registered the app"]);

    // What was written never stood there, as far as anybody knows.
    pin(&mut admin, &client, false).await;
    is_refused(&authorize(&app, &client).await, "cannot be reached");
    // Written again, for the client that is here.
    let mut other = document(&client.id);
    other["client_name"] = json!("Other Desktop");
    enter(&mut admin, Some(&client.id), &other).await.unwrap();
    assert_eq!(app.signed_in(MEMBER).await.consent_page(&client).await.app.name, "Other Desktop");
}

#[tokio::test]
async fn n11_what_is_entered_keeps_the_rules_of_what_is_fetched() {
    let flags = ["--client-document-hosts-denied", "denied.example"];
    let (_web, app, client) = with_document(&flags).await;
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    let mut admin = app.signed_in(ADMIN).await;
    let good = document(&client.id);
    let with = |name: &str, value: Value| {
        let mut changed = good.clone();
        changed[name] = value;
        changed
    };
    let other = client.id.replace("client.json", "other.json");
    for (client_id, body, why) in [
        (None, json!({}), "https address"),
        (None, json!([]), "https address"),
        (None, json!("x"), "https address"),
        (Some(&client.id), json!([]), "not a JSON object"),
        (Some(&client.id), json!({}), "client_id is not the address"),
        (None, with("client_id", json!("http://app.example/client.json")), "https address"),
        (None, with("client_id", json!("https://app.example/a/../b")), "spelled plainly"),
        (None, with("client_id", json!("https://denied.example/x")), "takes no apps from"),
        (Some(&client.id), with("client_id", json!(other)), "another than that of this document"),
        (None, with("client_name", json!("")), "client_name is required"),
        (None, with("client_secret", json!("hunter2")), "must not hold a client secret"),
        (None, with("redirect_uris", json!(["javascript:alert(1)"])), "cannot be used"),
        (None, with("client_uri", json!("x".repeat(6_000))), "longer than 5120 bytes"),
    ] {
        let refused = enter(&mut admin, client_id.map(String::as_str), &body).await.unwrap_err();
        assert!(refused.contains(why), "{body}: {refused}");
    }
    assert_eq!(stored(&mut admin, &client).await.standing, DocumentStanding::Current);
    // What people said of another name does not hold for this one.
    status::set_verified(app.db().write(), &client.id, true).await.unwrap();
    enter(&mut admin, Some(&client.id), &with("client_name", json!("Other"))).await.unwrap();
    assert!(!admin.admin_client(&client.id).await.client.verified);
}

#[tokio::test]
async fn n11_only_administrators_change_documents() {
    let (web, app, client) = with_document(&[]).await;
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    let before = (web.asked(), app.number("SELECT COUNT(*) FROM audit_events").await);
    for email in [MEMBER, OWNER] {
        let mut browser = app.signed_in(email).await;
        for (function, arguments) in [
            ("refresh_client_document", json!({ "client_id": client.id })),
            ("set_client_document_pinned", json!({ "client_id": client.id, "pinned": true })),
            (
                "enter_client_document",
                json!({ "client_id": client.id, "body": document(&client.id).to_string() }),
            ),
            ("enter_client_document", json!({ "client_id": null, "body": document(&client.id).to_string() })),
        ] {
            let answer = browser.call(function, &arguments).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{email} {function}: {}", answer.body);
        }
    }
    assert_eq!((web.asked(), app.number("SELECT COUNT(*) FROM audit_events").await), before);
}

#[tokio::test]
async fn n11_a_document_that_is_pinned_stays_though_nobody_uses_it() {
    let (_web, app, client) = with_document(&[]).await;
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    let mut admin = app.signed_in(ADMIN).await;
    pin(&mut admin, &client, true).await;
    app.clock.advance(30 * DAY);
    app.sweep().await;
    assert!(clients::lookup(app.db().read(), &client.id).await.unwrap().is_some());
    let mut admin = app.signed_in(ADMIN).await;
    pin(&mut admin, &client, false).await;
    app.sweep().await;
    assert!(clients::lookup(app.db().read(), &client.id).await.unwrap().is_none());
}
