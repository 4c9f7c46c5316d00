//! Two accesses of the same app that look alike: which one ends, how they are told apart, and how they end together.

use std::sync::Arc;

use domain::clock::{DAY, HOUR, MINUTE};
use http::StatusCode;
use serde_json::json;
use types::{client::ClientType, consent::ConsentView};

use crate::support::{
    ADMIN, Browser, ClientApp, MEMBER, OWNER, TestApp, Tokens, VIEWER, answered, authorize_url, calling,
    client_credentials,
};

/// An app of the owner's that waits on a port of this computer.
async fn program(app: &TestApp, kind: ClientType) -> ClientApp {
    app.signed_in(OWNER).await.register("Claude Code", kind).await
}

/// Signs an app in through a browser that is signed in.
async fn connect(
    app: &TestApp,
    browser: &mut Browser<'_>,
    client: &ClientApp,
    more: &[(&str, &str)],
) -> Tokens {
    let form = browser.open_consent(&authorize_url(client, &[])).await;
    let product = app.product_id("acme", "support").await;
    let mut pairs = answered(&form, "approve", &product, "mcp:read");
    pairs.extend(more);
    let answer = browser.post("/oauth/consent", &pairs).await;
    let code = answer.location_param("code").unwrap_or_else(|| panic!("{}", answer.body));
    Tokens::of(&client.exchange(app, &code).await)
}

async fn works(app: &TestApp, tokens: &Tokens) -> bool {
    let answer = app.call_tool(tokens, "list_work_items", json!({})).await;
    answer.status == StatusCode::OK
}

async fn refreshed(app: &TestApp, client: &ClientApp, tokens: &Tokens) -> bool {
    client.refresh(app, &tokens.refresh).await.status == StatusCode::OK
}

#[tokio::test]
async fn access_that_was_not_used_for_a_day_ends_when_the_program_signs_in_again() {
    let app = TestApp::start().await;
    let client = program(&app, ClientType::Public).await;
    let mut browser = app.signed_in(MEMBER).await;
    let old = connect(&app, &mut browser, &client, &[]).await;
    app.clock.advance(DAY + MINUTE);
    let new = connect(&app, &mut browser, &client, &[]).await;
    assert!(!refreshed(&app, &client, &old).await);
    assert!(works(&app, &new).await);
    let page = browser.connected_apps("acme", json!({ "status": "all" })).await;
    let ended = format!("{:?}", page.rows.iter().map(|row| &row.status).collect::<Vec<_>>());
    assert!(ended.contains("newer access"), "{ended}");
}

#[tokio::test]
async fn access_that_is_in_use_stays() {
    let app = TestApp::start().await;
    let client = program(&app, ClientType::Public).await;
    let mut browser = app.signed_in(MEMBER).await;
    // One browser signs in three machines, one after the other; each is used.
    let mut machines = Vec::new();
    for _ in 0..3 {
        machines.push(connect(&app, &mut browser, &client, &[]).await);
        app.clock.advance(10 * MINUTE);
        for tokens in &machines {
            assert!(works(&app, tokens).await);
        }
        app.flush().await;
    }
    // Used yesterday evening, and another one signs in this morning.
    app.clock.advance(DAY - HOUR);
    connect(&app, &mut browser, &client, &[]).await;
    for tokens in &machines {
        assert!(refreshed(&app, &client, tokens).await);
    }
}

#[tokio::test]
async fn a_refresh_counts_as_use() {
    let app = TestApp::start().await;
    let client = program(&app, ClientType::Public).await;
    let mut browser = app.signed_in(MEMBER).await;
    let mut machine = connect(&app, &mut browser, &client, &[]).await;
    app.clock.advance(DAY);
    machine = Tokens::of(&client.refresh(&app, &machine.refresh).await);
    app.clock.advance(HOUR);
    let other = connect(&app, &mut browser, &client, &[]).await;
    machine = Tokens::of(&client.refresh(&app, &machine.refresh).await);
    app.clock.advance(DAY - HOUR);
    machine = Tokens::of(&client.refresh(&app, &machine.refresh).await);
    app.clock.advance(2 * HOUR);
    connect(&app, &mut browser, &client, &[]).await;
    assert!(refreshed(&app, &client, &machine).await);
    assert!(!refreshed(&app, &client, &other).await);
}

#[tokio::test]
async fn another_browser_another_address_and_another_product_end_nothing() {
    let app = TestApp::start().await;
    let body = json!({
        "client_name": "Program",
        "redirect_uris": ["http://127.0.0.1/one", "http://127.0.0.1/two"],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
    });
    let id =
        app.post_json("/oauth/register", &body, &[]).await.json()["client_id"].as_str().unwrap().to_owned();
    let at = |path: &str| ClientApp::new(id.clone(), None, &format!("http://127.0.0.1:5000/{path}"));
    let mut laptop = app.signed_in(OWNER).await;
    let first = connect(&app, &mut laptop, &at("one"), &[]).await;
    app.clock.advance(2 * DAY);
    let mut phone = app.signed_in(OWNER).await;
    connect(&app, &mut phone, &at("one"), &[]).await;
    connect(&app, &mut laptop, &at("two"), &[]).await;
    let sales = app.product_id("acme", "sales").await;
    let form = laptop.open_consent(&authorize_url(&at("one"), &[])).await;
    let answer = laptop.decide(&form, "approve", &sales, "mcp:read").await;
    at("one").exchange(&app, &answer.location_param("code").unwrap()).await;
    // Another person in the same browser.
    laptop.sign_in(ADMIN).await;
    connect(&app, &mut laptop, &at("one"), &[]).await;
    assert_eq!(app.grants("active").await, 5);
    assert!(refreshed(&app, &at("one"), &first).await);
}

#[tokio::test]
async fn the_port_of_a_program_does_not_tell_it_apart() {
    let app = TestApp::start().await;
    let body = json!({
        "client_name": "Program",
        "redirect_uris": ["http://127.0.0.1/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
    });
    let id =
        app.post_json("/oauth/register", &body, &[]).await.json()["client_id"].as_str().unwrap().to_owned();
    let at = |port: u16| ClientApp::new(id.clone(), None, &format!("http://127.0.0.1:{port}/callback"));
    let mut browser = app.signed_in(MEMBER).await;
    let old = connect(&app, &mut browser, &at(5_000), &[]).await;
    assert!(!old.refresh.is_empty());
    app.clock.advance(DAY + MINUTE);
    connect(&app, &mut browser, &at(6_000), &[]).await;
    assert!(!refreshed(&app, &at(5_000), &old).await);
}

#[tokio::test]
async fn parallel_and_abandoned_requests_end_nothing() {
    let app = TestApp::start().await;
    let client = program(&app, ClientType::Public).await;
    let product = app.product_id("acme", "support").await;
    let mut browser = app.signed_in(MEMBER).await;
    let old = connect(&app, &mut browser, &client, &[]).await;
    app.clock.advance(2 * DAY);
    // Two pages are open before either is answered: neither takes the other's place, whatever their persons tick.
    let forms = [
        browser.open_consent(&authorize_url(&client, &[])).await,
        browser.open_consent(&authorize_url(&client, &[])).await,
    ];
    app.clock.advance(1);
    let mut codes = Vec::new();
    for form in &forms {
        let pairs = [answered(form, "approve", &product, "mcp:read"), vec![("replace", "yes")]].concat();
        codes.push(browser.post("/oauth/consent", &pairs).await.location_param("code").unwrap());
    }
    assert!(refreshed(&app, &client, &old).await, "nothing ends before a code is exchanged");
    let first = Tokens::of(&client.exchange(&app, &codes[0]).await);
    let second = Tokens::of(&client.exchange(&app, &codes[1]).await);
    assert!(works(&app, &first).await && works(&app, &second).await);
}

#[tokio::test]
async fn a_person_may_have_earlier_access_replaced_at_once() {
    let app = TestApp::start().await;
    let client = program(&app, ClientType::Public).await;
    let mut browser = app.signed_in(MEMBER).await;
    let old = connect(&app, &mut browser, &client, &[]).await;
    assert!(works(&app, &old).await);
    app.flush().await;
    app.clock.advance(MINUTE);
    let consent = browser.get(&authorize_url(&client, &[])).await;
    let page = browser.get(consent.location()).await.body;
    assert!(page.contains("Already has access to") && page.contains("name=\"replace\""), "{page}");
    assert!(!page.contains("name=\"replace\" value=\"yes\" checked"), "unticked");
    let mut other = app.signed_in(VIEWER).await;
    let stranger = connect(&app, &mut other, &client, &[]).await;
    let new = connect(&app, &mut browser, &client, &[("replace", "yes")]).await;
    assert!(!works(&app, &old).await);
    assert!(works(&app, &new).await && works(&app, &stranger).await, "only their own");
}

#[tokio::test]
async fn what_a_client_with_a_secret_holds_is_never_superseded() {
    let app = TestApp::start().await;
    let client = program(&app, ClientType::Confidential).await;
    let mut browser = app.signed_in(MEMBER).await;
    let old = connect(&app, &mut browser, &client, &[]).await;
    app.clock.advance(2 * DAY);
    let page: ConsentView = {
        let answer = browser.get(&authorize_url(&client, &[])).await;
        let handle = answer.location().strip_prefix("/consent/").unwrap().to_owned();
        browser.ask("consent", json!({ "handle": handle, "product": null, "problem": null })).await
    };
    let ConsentView::Ask(page) = page else { panic!("{page:?}") };
    assert!(!page.replaceable && page.earlier.len() == 1);
    connect(&app, &mut browser, &client, &[("replace", "yes")]).await;
    assert!(refreshed(&app, &client, &old).await);
}

#[tokio::test]
async fn alike_accesses_are_told_apart_and_revoked_together() {
    let app = TestApp::start().await;
    let client = program(&app, ClientType::Public).await;
    let mut all = Vec::new();
    let mut browser = app.signed_in(MEMBER).await;
    for _ in 0..2 {
        all.push(connect(&app, &mut browser, &client, &[]).await);
    }
    let mut viewer = app.signed_in(VIEWER).await;
    let others = connect(&app, &mut viewer, &client, &[]).await;
    app.execute("UPDATE grants SET device = 'Firefox on Linux'").await;
    let page = browser.connected_apps("acme", json!({})).await;
    assert_eq!((page.rows.len(), page.total, page.rows[0].alike), (1, 1, 2), "one row for both");
    let page = browser.connected_apps("acme", json!({ "every": true })).await;
    assert_eq!(page.rows.iter().map(|row| row.alike).collect::<Vec<_>>(), [2, 2]);
    assert_ne!(page.rows[0].grant_id, page.rows[1].grant_id);
    let html = browser.get("/o/acme/settings/apps").await.body;
    assert!(html.contains("Firefox on Linux"), "{html}");
    let grant = page.rows[0].grant_id.clone();
    // Another person's may not be revoked with them, nor by a stranger.
    let refused = viewer.call("revoke_grant", &json!({ "grant_id": grant, "alike": true })).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    let done = browser.call("revoke_grant", &json!({ "grant_id": grant, "alike": true })).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    for tokens in &all {
        assert!(!works(&app, tokens).await);
    }
    assert!(works(&app, &others).await);
    app.assert_counts("revoked together").await;
}

#[tokio::test]
async fn access_that_an_app_has_by_itself_is_not_like_that_of_its_person() {
    let app = TestApp::start().await;
    let own = client_credentials::allowed(&app).await;
    let mut browser = app.signed_in(OWNER).await;
    let tokens = connect(&app, &mut browser, &own, &[]).await;
    let page = browser.connected_apps("acme", json!({})).await;
    assert_eq!(page.rows.iter().map(|row| row.alike).collect::<Vec<_>>(), [1, 1]);
    let grant = app.grant_of(&tokens);
    browser.call("revoke_grant", &json!({ "grant_id": grant, "alike": true })).await;
    assert!(!works(&app, &tokens).await);
    assert_eq!(
        client_credentials::ask(&app, &own, &[]).await.status,
        StatusCode::OK,
        "it acts by itself still"
    );
}

/// Whoever revokes several grants and whoever ends older ones take them in one order.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn revoking_together_and_signing_in_again_at_once_do_not_trip_over_each_other() {
    let app = Arc::new(TestApp::start().await);
    let client = program(&app, ClientType::Public).await;
    for _ in 0..6 {
        let mut browser = app.signed_in(MEMBER).await;
        let mut grants = Vec::new();
        for _ in 0..3 {
            grants.push(app.grant_of(&connect(&app, &mut browser, &client, &[]).await));
        }
        app.clock.advance(DAY + MINUTE);
        let form = browser.open_consent(&authorize_url(&client, &[])).await;
        let answer = browser.approve(&form, "mcp:read").await;
        let code = answer.location_param("code").unwrap();
        let (exchanging, theirs) = (Arc::clone(&app), client.clone());
        let exchange = tokio::spawn(async move { theirs.exchange(&exchanging, &code).await.status });
        let revoking = [&grants[2], &grants[0]].map(|grant| {
            let arguments = json!({ "grant_id": grant, "alike": true });
            calling(&app, &browser.cookies, "revoke_grant", &arguments)
        });
        for answer in revoking {
            assert_eq!(answer.await.unwrap().status, StatusCode::OK);
        }
        // What was revoked before its code was exchanged gives nothing; nothing fails inside.
        assert!([StatusCode::OK, StatusCode::BAD_REQUEST].contains(&exchange.await.unwrap()));
    }
    app.assert_counts("revoked and superseded at once").await;
}
