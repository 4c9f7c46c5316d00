//! Authorization requests: how many, and what stays of them.

use domain::{
    authorization_requests::{self, EMPTY_MAX, PERSON_MAX},
    clock::{DAY, MINUTE, SECOND},
};
use http::{Request, StatusCode};

use crate::support::{
    Answer, ClientApp, HERE, MEMBER, OWNER, THERE, TestApp, assert_later, authorize_url, plan,
};

const TABLE: &str = "authorization_requests";
const TOO_MANY: StatusCode = StatusCode::TOO_MANY_REQUESTS;
const FULL: StatusCode = StatusCode::SERVICE_UNAVAILABLE;

/// Asks from an address, with a `state` of so many bytes.
async fn ask(app: &TestApp, address: &str, client: &ClientApp, state: usize) -> Answer {
    let url = authorize_url(client, &[("state", &"s".repeat(state))]);
    app.send_from(address, Request::get(url), &[]).await
}

#[tokio::test]
async fn an_address_asks_so_often_whatever_clients_it_names() {
    let app = TestApp::start_strict(&[]).await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        clients.push(app.public_client().await);
    }
    for client in clients.iter().cycle().take(300) {
        assert!(ask(&app, HERE, client, 1).await.location().starts_with("/sign-in?next="));
    }
    for client in [app.public_client().await, ClientApp::new("app_unknown".to_owned(), None, "https://e.com")]
    {
        assert_later(&ask(&app, HERE, &client, 1).await, TOO_MANY, 60);
    }
    assert_eq!(app.rows(TABLE, "true").await, 300);
    assert!(ask(&app, THERE, &clients[0], 1).await.status.is_redirection());
    app.clock.advance(MINUTE - SECOND);
    assert_later(&ask(&app, HERE, &clients[0], 1).await, TOO_MANY, 1);
    app.clock.advance(SECOND);
    assert!(ask(&app, HERE, &clients[0], 1).await.status.is_redirection());
}

#[tokio::test]
async fn a_person_asks_so_often_and_the_newest_requests_wait() {
    let app = TestApp::start_strict(&["--authorize-limit", "1000"]).await;
    let client = app.public_client().await;
    let mut browser = app.signed_in(MEMBER).await;
    let first = browser.get(&authorize_url(&client, &[])).await;
    for _ in 1..120 {
        app.clock.advance(1);
        assert!(browser.get(&authorize_url(&client, &[])).await.location().starts_with("/consent/"));
    }
    assert_later(&browser.get(&authorize_url(&client, &[])).await, TOO_MANY, 60);
    assert_eq!(app.rows(TABLE, "bytes > 0").await, i64::try_from(PERSON_MAX).unwrap());
    assert_eq!(app.rows(TABLE, "bytes = 0 AND (state IS NOT NULL OR redirect_uri <> '')").await, 0);
    let page = browser.get(first.location()).await.body;
    assert!(page.contains("Newer requests took its place.") && page.contains("Test client"), "{page}");
    // Others are not concerned.
    let mut other = app.signed_in(OWNER).await;
    assert!(other.get(&authorize_url(&client, &[])).await.location().starts_with("/consent/"));
    app.clock.advance(MINUTE);
    let (handle, _) = browser.open_consent(&authorize_url(&client, &[])).await;
    assert!(!handle.is_empty());
}

#[tokio::test]
async fn what_strangers_wait_for_is_bounded_in_number_and_people_have_room() {
    let app = TestApp::start_with(&["--waiting-requests-max", "30"]).await;
    let client = app.public_client().await;
    for network in 1..=10 {
        let address = format!("192.0.2.{network}");
        for _ in 0..3 {
            assert!(ask(&app, &address, &client, 1).await.status.is_redirection());
        }
        if network < 10 {
            // Its part is used up; others have theirs.
            assert_later(&ask(&app, &address, &client, 1).await, TOO_MANY, 60);
        }
    }
    let answer = ask(&app, HERE, &client, 1).await;
    assert_later(&answer, FULL, 60);
    assert!(answer.header("content-type").starts_with("text/html"), "{:?}", answer.headers);
    assert!(answer.body.contains("Too many requests wait for an answer here"), "{}", answer.body);
    assert_eq!(app.rows(TABLE, "true").await, 30, "nothing more is stored");
    // The way out of the page leads through sign-in to the same request.
    let link = answer.body.split("href=\"").find(|part| part.starts_with("/sign-in?next=")).unwrap();
    let link = link.split('"').next().unwrap().replace("&amp;", "&");
    assert!(link.starts_with("/sign-in?next=/oauth/authorize%3F"), "{link}");
    let mut browser = app.signed_in(MEMBER).await;
    browser.open_consent(&authorize_url(&client, &[])).await;
    // Over, and swept away.
    app.clock.advance(10 * MINUTE);
    assert_later(&ask(&app, HERE, &client, 1).await, FULL, 60);
    app.clean().await;
    assert!(ask(&app, HERE, &client, 1).await.status.is_redirection());
}

#[tokio::test]
async fn what_strangers_wait_for_is_bounded_in_bytes() {
    let app = TestApp::start_with(&["--waiting-requests-max-bytes", "100000"]).await;
    let client = app.public_client().await;
    let mut stored = 0;
    for network in 1..=20 {
        let address = format!("192.0.2.{network}");
        stored += i64::from(ask(&app, &address, &client, 7_000).await.status.is_redirection());
        stored += i64::from(ask(&app, &address, &client, 7_000).await.status.is_redirection());
        let third = ask(&app, &address, &client, 7_000).await;
        assert!([TOO_MANY, FULL].contains(&third.status), "{network}: {}", third.status);
    }
    assert_eq!(stored, 15);
    let held = app
        .number(&format!("SELECT CAST(SUM(LENGTH(state) + LENGTH(redirect_uri)) AS BIGINT) FROM {TABLE}"))
        .await;
    assert!((100_000..110_000).contains(&held), "{held}");
    assert_eq!(held, app.number(&format!("SELECT CAST(SUM(bytes) AS BIGINT) FROM {TABLE}")).await);
}

#[tokio::test]
async fn a_state_of_7_kb_comes_back_and_nothing_of_it_stays() {
    let app = TestApp::start_strict(&[]).await;
    let client = app.public_client().await;
    let product = app.product_id("acme", "support").await;
    let mut browser = app.signed_in(MEMBER).await;
    let state = "s".repeat(7_000);
    for decision in ["approve", "deny"] {
        let form = browser.open_consent(&authorize_url(&client, &[("state", &state)])).await;
        assert_eq!(app.rows(TABLE, "state IS NOT NULL").await, 1);
        let answer = browser.decide(&form, decision, &product, "mcp:read").await;
        assert_eq!(answer.location_param("state").as_ref(), Some(&state));
        let left =
            "state IS NOT NULL OR redirect_uri <> '' OR code_challenge <> '' OR scopes <> '' OR bytes > 0";
        assert_eq!(app.rows(TABLE, left).await, 0, "{decision}");
        let page = browser.get(&format!("/consent/{}", form.0)).await.body.replace("<!>", "");
        assert!(page.contains("It was already answered.") && page.contains("Test client"), "{page}");
        assert!(!page.contains("Return to"), "it would tell the app something else than before: {page}");
    }
}

#[tokio::test]
async fn what_an_expired_request_holds_goes_at_the_sweep_and_the_rest_a_day_later() {
    let app = TestApp::start_strict(&[]).await;
    let client = app.public_client().await;
    let mut browser = app.signed_in(MEMBER).await;
    let (handle, _) = browser.open_consent(&authorize_url(&client, &[])).await;
    let page = format!("/consent/{handle}");
    app.clock.advance(10 * MINUTE);
    let late = browser.get(&page).await.body.replace("<!>", "");
    assert!(late.contains("It has expired.") && late.contains("Return to <bdi>Test client</bdi>"), "{late}");
    app.clean().await;
    let left = "state IS NOT NULL OR redirect_uri <> '' OR code_challenge <> '' OR scopes <> '' OR bytes > 0";
    assert_eq!((app.rows(TABLE, left).await, app.rows(TABLE, "true").await), (0, 1));
    let later = browser.get(&page).await.body.replace("<!>", "");
    assert!(later.contains("It has expired.") && later.contains("Test client"), "{later}");
    assert!(!later.contains("Return to"), "{later}");
    app.clock.advance(DAY - SECOND);
    app.clean().await;
    assert_eq!(app.rows(TABLE, "true").await, 1);
    app.clock.advance(SECOND);
    app.clean().await;
    assert_eq!(app.rows(TABLE, "true").await, 0);
}

#[tokio::test]
async fn what_waits_is_counted_from_an_index_of_its_own() {
    let app = TestApp::start().await;
    let statement = authorization_requests::waiting_statement(app.db().read(), Some(HERE));
    let plan = plan(&app, statement).await.join("\n");
    assert!(plan.contains("authorization_requests_of_strangers"), "{plan}");
}

#[tokio::test]
async fn so_many_requests_are_remembered_that_are_over() {
    let app = TestApp::start_strict(&[]).await;
    let client = app.public_client().await;
    let mut browser = app.signed_in(MEMBER).await;
    let (handle, _) = browser.open_consent(&authorize_url(&client, &[])).await;
    let over = EMPTY_MAX + 1_000;
    app.execute(&format!(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {over})
        INSERT INTO {TABLE} (handle_hash, browser_hash, client_id, redirect_uri, scopes, resources, code_challenge,
            created_at, expires_at, bytes)
        SELECT 'h' || n, '', '{}', '', '', '', '', 0, {} + n, 0 FROM numbers",
        client.id,
        app.now() - MINUTE * 10
    ))
    .await;
    app.clean().await;
    let left = app.rows(TABLE, "true").await;
    assert!(left <= EMPTY_MAX && left > EMPTY_MAX - 10, "{left}");
    assert_eq!(app.rows(TABLE, "handle_hash = 'h1'").await, 0, "the oldest go first");
    assert_eq!(browser.get(&format!("/consent/{handle}")).await.status, StatusCode::OK);
    assert_eq!(app.rows(TABLE, "bytes > 0").await, 1, "what waits is not concerned");
}
