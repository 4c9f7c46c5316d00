//! N11: what becomes of an app whose document cannot be fetched any more, and of its keys.

use std::net::Ipv4Addr;

use domain::{
    clients::status,
    clock::{DAY, HOUR, MINUTE, SECOND},
};
use http::StatusCode;
use serde_json::{Value, json};
use types::consent::ConsentPage;

use crate::support::{
    ADMIN, ClientApp, MEMBER, Reply, TestApp, Web,
    assertions::{Key, claims, is_proven, is_refused as is_not_proven, prove},
    authorize_url,
    documents::{authorize, document, is_refused, with_document},
    log_of,
};

/// A way in which a fetch fails, for a reason that may pass.
#[derive(Clone, Copy, Debug)]
enum Failing {
    /// Something else than 200.
    Status(u16),
    /// No resolver answers.
    Resolver,
    /// Nobody listens at the address of the name.
    Refused,
    /// Another certificate stands there.
    Certificate,
}

impl Failing {
    const ALL: [Self; 12] = [
        Self::Status(401),
        Self::Status(403),
        Self::Status(429),
        Self::Status(500),
        Self::Status(502),
        Self::Status(503),
        Self::Status(301),
        Self::Status(302),
        Self::Status(307),
        Self::Resolver,
        Self::Refused,
        Self::Certificate,
    ];

    /// Lets the document of this web fail. Gives what has to live as long as that.
    async fn begin(self, web: &Web) -> Option<Web> {
        match self {
            Self::Status(status) => {
                let moved = web.url("/moved.json");
                let reply = Reply { status, ..Reply::json(&document(&web.url("/client.json"))) };
                web.put("/client.json", reply.with("location", &moved));
                None
            }
            Self::Resolver => {
                web.cut(true);
                None
            }
            Self::Refused => {
                web.lead("app.example", &["127.0.0.3"]);
                None
            }
            Self::Certificate => {
                let other = Web::start_at(Ipv4Addr::new(127, 0, 0, 2), web.port).await;
                other.put("/client.json", Reply::json(&document(&web.url("/client.json"))));
                web.lead("app.example", &["127.0.0.2"]);
                Some(other)
            }
        }
    }

    /// Lets it be fetched again.
    fn end(web: &Web) {
        web.cut(false);
        web.lead("app.example", &["127.0.0.1"]);
        web.put("/client.json", Reply::json(&document(&web.url("/client.json"))));
    }
}

/// An app that a person authorized and an administrator verified, whose document has to be fetched again.
async fn verified(flags: &[&str]) -> (Web, TestApp, ClientApp) {
    let (web, app, client) = with_document(flags).await;
    app.tokens(MEMBER, &client, "api:read").await;
    status::set_verified(app.db().write(), &client.id, true).await.unwrap();
    app.clock.advance(6 * MINUTE);
    (web, app, client)
}

/// The mark that people see of the app: on the consent page, in the Apps tab and in the administrators' list.
async fn counts_as_verified(app: &TestApp, client: &ClientApp) -> [bool; 3] {
    let consent = app.signed_in(MEMBER).await.consent_page(client).await.app.verified;
    let apps = app.signed_in(MEMBER).await.connected_apps("acme", json!({})).await;
    let list = app.signed_in(ADMIN).await.admin_clients(json!({})).await;
    let row = list.rows.iter().find(|row| *row.client_id == *client.id).unwrap();
    [consent, apps.rows[0].verified, row.verified]
}

#[tokio::test]
async fn n11_the_last_good_copy_serves_unverified_while_a_document_cannot_be_fetched() {
    for failing in Failing::ALL {
        let (web, app, client) = verified(&[]).await;
        assert_eq!(counts_as_verified(&app, &client).await, [true; 3], "{failing:?}");
        app.clock.advance(6 * MINUTE);
        let fetched_at = app.now() - 6 * MINUTE;
        let kept = failing.begin(&web).await;
        let mut browser = app.signed_in(MEMBER).await;
        let answer = browser.get(&authorize_url(&client, &[])).await;
        assert!(answer.location().starts_with("/consent/"), "{failing:?}: {}", answer.body);
        let page = browser.get(answer.location()).await.body;
        for text in ["Example Desktop", "Unverified", "last checked <time", ">2026-01-01"] {
            assert!(page.contains(text), "{failing:?}: no {text} in {page}");
        }
        assert!(!web.requests().iter().any(|head| head.contains("moved")), "a redirect was followed");
        let shown: ConsentPage = browser.consent_page(&client).await;
        assert_eq!(shown.app.checked_at, Some(fetched_at), "{failing:?}");
        assert_eq!(counts_as_verified(&app, &client).await, [false; 3], "{failing:?}");

        Failing::end(&web);
        drop(kept);
        app.clock.advance(MINUTE);
        assert_eq!(counts_as_verified(&app, &client).await, [true; 3], "{failing:?}");
        let shown = app.signed_in(MEMBER).await.consent_page(&client).await;
        assert_eq!(shown.app.checked_at, None, "{failing:?}");
    }
}

#[tokio::test]
async fn n11_an_unverified_copy_is_trusted_with_nothing() {
    let (web, app, client) = verified(&[]).await;
    let bad = authorize_url(&client, &[("response_type", "token")]);
    let mut browser = app.signed_in(MEMBER).await;
    assert!(browser.get(&bad).await.location().starts_with(&client.redirect_uri));
    app.clock.advance(6 * MINUTE);
    Failing::Status(503).begin(&web).await;
    // Nobody is sent there unasked.
    assert_eq!(browser.get(&bad).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn n11_the_last_good_copy_serves_for_a_week_or_as_long_as_is_set() {
    for (flags, most) in [
        (&[][..], 7 * DAY),
        (&["--client-document-stale", "2h"], 2 * HOUR),
        (&["--client-document-stale", "0s"], 0),
    ] {
        let (web, app, client) = with_document(flags).await;
        assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
        Failing::Status(503).begin(&web).await;
        // Fresh, it is not asked for.
        app.clock.advance(MINUTE);
        assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
        if most > 0 {
            app.clock.advance(most - MINUTE - SECOND);
            assert!(authorize(&app, &client).await.location().starts_with("/consent/"), "{flags:?}");
            app.clock.advance(SECOND);
        } else {
            app.clock.advance(6 * MINUTE);
        }
        is_refused(&authorize(&app, &client).await, "503");
        app.clock.advance(DAY);
        is_refused(&authorize(&app, &client).await, "503");
        Failing::end(&web);
        assert!(authorize(&app, &client).await.location().starts_with("/consent/"), "{flags:?}");
    }
}

#[tokio::test]
async fn n11_a_document_that_fails_is_asked_for_once_a_minute() {
    let (web, app, client) = verified(&[]).await;
    Failing::Status(503).begin(&web).await;
    let asked = web.requests().len();
    for _ in 0..5 {
        assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    }
    // Strangers get the same as long as nobody has to be asked, and sign in after that.
    let url = authorize_url(&client, &[]);
    assert!(app.browser().get(&url).await.location().starts_with("/sign-in?next=/consent/"));
    assert_eq!(web.requests().len() - asked, 1);
    app.clock.advance(MINUTE);
    assert!(app.browser().get(&url).await.location().starts_with("/sign-in?next=/oauth/authorize"));
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    assert_eq!(web.requests().len() - asked, 2);
}

#[tokio::test]
async fn n11_who_asks_too_often_still_gets_the_last_good_copy() {
    let (web, app, client) = with_document(&["--client-document-limit", "2"]).await;
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    app.clock.advance(3 * DAY);
    Failing::Status(503).begin(&web).await;
    for _ in 0..4 {
        assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
        app.clock.advance(MINUTE);
    }
}

#[tokio::test]
async fn n11_what_stands_there_no_longer_is_withdrawn() {
    let other = |url: &str| document(&format!("{url}/"));
    type Breaking<'a> = &'a dyn Fn(&Web);
    let cases: [(&str, Breaking<'_>); 7] = [
        ("404", &|web| web.put("/client.json", Reply { status: 404, ..Reply::json(&json!({})) })),
        ("410", &|web| web.put("/client.json", Reply { status: 410, ..Reply::json(&json!({})) })),
        ("not JSON", &|web| web.put("/client.json", Reply::text("text/html", "<h1>Welcome</h1>"))),
        ("not JSON", &|web| web.put("/client.json", Reply::text("application/json", "<h1>Welcome</h1>"))),
        ("client_id is not", &|web| {
            web.put("/client.json", Reply::json(&other(&web.url("/client.json"))));
        }),
        ("longer than", &|web| web.put("/client.json", Reply::text("application/json", &" ".repeat(6_000)))),
        ("a name that does not exist", &|web| web.forget("app.example")),
    ];
    for (why, begin) in cases {
        let (web, app, client) = verified(&[]).await;
        let tokens = app.tokens(MEMBER, &client, "api:read").await;
        app.clock.advance(6 * MINUTE);
        begin(&web);
        is_refused(&authorize(&app, &client).await, why);
        // It stays so while nobody can tell better.
        app.clock.advance(MINUTE);
        web.cut(true);
        is_refused(&authorize(&app, &client).await, "cannot be reached");
        web.cut(false);
        // What was granted before goes on (C11).
        assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
        // Who comes back may be another: nobody vouches for them.
        app.clock.advance(MINUTE);
        Failing::end(&web);
        assert_eq!(counts_as_verified(&app, &client).await, [false; 3], "{why}");
        for (action, times) in [("document.withdrawn", 1), ("client.unverified", 1)] {
            let told = format!("SELECT COUNT(*) FROM audit_events WHERE action = '{action}'");
            assert_eq!(app.number(&told).await, times, "{why}: {action}");
        }
    }
}

#[tokio::test]
async fn n11_a_failure_is_a_warning_in_the_log() {
    let (web, app, client) = verified(&[]).await;
    Failing::Status(503).begin(&web).await;
    let log = log_of(async {
        authorize(&app, &client).await;
    });
    let log = log.await;
    let line = log.lines().find(|line| line.contains("answered 503 instead of 200")).unwrap_or_default();
    assert!(line.contains("WARN") && line.contains(&client.id), "{log}");
}

/// An app with a document that proves itself with a key, at an address or in the document.
async fn with_keys(key: &Key, at_address: bool) -> (Web, TestApp, ClientApp) {
    let (web, app, client) = with_document(&[]).await;
    let mut described = document(&client.id);
    described["token_endpoint_auth_method"] = json!("private_key_jwt");
    let set: Value = json!({ "keys": [key.public()] });
    if at_address {
        described["jwks_uri"] = json!(web.url("/keys"));
        web.put("/keys", Reply::json(&set));
    } else {
        described["jwks"] = set;
    }
    web.put("/client.json", Reply::json(&described));
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    (web, app, client)
}

#[tokio::test]
async fn n11_keys_at_an_address_that_fails_serve_for_a_day() {
    for status in [503, 403, 302] {
        let (key, other) = (Key::new("k1"), Key::new("k2"));
        let (web, app, client) = with_keys(&key, true).await;
        let sign = |key: &Key, name: &str| key.sign(&claims(&app, &client.id, name));
        is_proven(&prove(&app, &client, &sign(&key, "1")).await);
        web.put("/keys", Reply { status, ..Reply::json(&json!({})) });
        app.clock.advance(6 * MINUTE);
        is_proven(&prove(&app, &client, &sign(&key, "2")).await);
        // A key that is not among them may be among those that cannot be fetched.
        let unknown = prove(&app, &client, &sign(&other, "3")).await;
        assert_eq!(unknown.status, StatusCode::SERVICE_UNAVAILABLE, "{}", unknown.body);
        app.clock.advance(DAY - 6 * MINUTE - SECOND);
        is_proven(&prove(&app, &client, &sign(&key, "4")).await);
        app.clock.advance(SECOND);
        let over = prove(&app, &client, &sign(&key, "5")).await;
        assert_eq!(over.status, StatusCode::SERVICE_UNAVAILABLE, "{}", over.body);
        web.put("/keys", Reply::json(&json!({ "keys": [key.public()] })));
        app.clock.advance(MINUTE);
        is_proven(&prove(&app, &client, &sign(&key, "6")).await);
    }
}

#[tokio::test]
async fn n11_keys_that_stand_there_no_longer_are_withdrawn() {
    for reply in [
        Reply { status: 404, ..Reply::json(&json!({})) },
        Reply { status: 410, ..Reply::json(&json!({})) },
        Reply::text("text/html", "<h1>Welcome</h1>"),
        Reply::json(&json!({ "keys": [] })),
    ] {
        let key = Key::new("k1");
        let (web, app, client) = with_keys(&key, true).await;
        let sign = |name: &str| key.sign(&claims(&app, &client.id, name));
        is_proven(&prove(&app, &client, &sign("1")).await);
        web.put("/keys", reply);
        app.clock.advance(6 * MINUTE);
        let refused = prove(&app, &client, &sign("2")).await;
        assert_ne!(refused.error(), "invalid_grant", "{}", refused.body);
        web.cut(true);
        app.clock.advance(MINUTE);
        let refused = prove(&app, &client, &sign("3")).await;
        assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{}", refused.body);
    }
}

#[tokio::test]
async fn n11_keys_in_a_document_that_fails_serve_for_a_day() {
    let key = Key::new("k1");
    let (web, app, client) = with_keys(&key, false).await;
    let sign = |name: &str| key.sign(&claims(&app, &client.id, name));
    // Nobody asked for the document for days: C11.
    app.clock.advance(2 * DAY);
    is_proven(&prove(&app, &client, &sign("1")).await);
    web.cut(true);
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"), "the document serves");
    let over = prove(&app, &client, &sign("2")).await;
    assert_eq!(over.status, StatusCode::SERVICE_UNAVAILABLE, "{}", over.body);
    web.cut(false);
    app.clock.advance(MINUTE);
    assert!(authorize(&app, &client).await.location().starts_with("/consent/"));
    is_proven(&prove(&app, &client, &sign("3")).await);
    is_not_proven(
        &prove(&app, &client, &Key::new("k1").sign(&claims(&app, &client.id, "4"))).await,
        "no key",
    );
}
