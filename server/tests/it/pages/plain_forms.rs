//! Plain forms change what the application changes: before it is in the browser, or without it.

use axum::body::Body;
use http::{Request, StatusCode};
use serde_json::json;

use crate::support::{Answer, Browser, MEMBER, OWNER, TestApp, VIEWER, hidden};

const TAB: &str = "/o/acme/settings/apps";

async fn grant_of(browser: &mut Browser<'_>) -> types::id::GrantId {
    let page = browser.connected_apps("acme", json!({})).await;
    page.rows[0].grant_id.clone()
}

/// The fields of the form that has `Revoke`.
async fn form(browser: &mut Browser<'_>) -> [(&'static str, String); 3] {
    let page = browser.get(&format!("{TAB}?status=all")).await.body;
    ["grant", "csrf", "next"].map(|name| (name, hidden(&page, name)))
}

async fn post(browser: &mut Browser<'_>, fields: &[(&'static str, String)]) -> Answer {
    let pairs: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post("/grants/revoke", &pairs).await
}

#[tokio::test]
async fn revoke_is_asked_about_and_done_with_forms_alone() {
    let (app, client) = TestApp::with_public_client().await;
    let tokens = app.tokens(MEMBER, &client, "mcp:read").await;
    let mut browser = app.signed_in(MEMBER).await;
    let fields = form(&mut browser).await;
    assert_eq!(fields[2].1, format!("{TAB}?status=all"));
    let question = post(&mut browser, &fields).await;
    assert_eq!(question.status, StatusCode::OK);
    assert!(question.body.contains("Revoke Test client?"), "{}", question.body);
    assert_eq!(
        app.call_tool(&tokens, "list_work_items", json!({})).await.status,
        StatusCode::OK,
        "only asked"
    );
    let names = ["grant", "csrf", "next", "sure"];
    let answer = post(&mut browser, &names.map(|name| (name, hidden(&question.body, name)))).await;
    assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, fields[2].1.as_str()));
    assert_eq!(app.call_tool(&tokens, "list_work_items", json!({})).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn all_accesses_of_an_app_are_revoked_with_forms_alone() {
    let (app, client) = TestApp::with_public_client().await;
    let first = app.tokens(MEMBER, &client, "mcp:read").await;
    let mut browser = app.signed_in(MEMBER).await;
    let alone = form(&mut browser).await;
    assert!(!post(&mut browser, &alone).await.body.contains("Revoke all"));
    let second = app.tokens(MEMBER, &client, "mcp:read").await;
    let theirs = app.tokens(VIEWER, &client, "mcp:read").await;
    let fields = form(&mut browser).await;
    let question = post(&mut browser, &fields).await.body;
    assert!(question.contains("It holds 2 accesses here") && question.contains("Revoke all 2"), "{question}");
    let [grant, csrf, next] = fields;
    let all = [grant, csrf, next, ("sure", "yes".to_owned()), ("all", "yes".to_owned())];
    assert_eq!(post(&mut browser, &all).await.status, StatusCode::SEE_OTHER);
    for (tokens, status) in
        [(first, StatusCode::UNAUTHORIZED), (second, StatusCode::UNAUTHORIZED), (theirs, StatusCode::OK)]
    {
        assert_eq!(app.call_tool(&tokens, "list_work_items", json!({})).await.status, status);
    }
}

#[tokio::test]
async fn a_forged_foreign_or_late_form_revokes_nothing() {
    let app = TestApp::start().await;
    let tokens = app.member("mcp:read").await;
    let mut browser = app.signed_in(MEMBER).await;
    let [grant, csrf, next] = form(&mut browser).await;
    let sure = ("sure", "yes".to_owned());
    for token in ["", "x"] {
        let forged = [grant.clone(), ("csrf", token.to_owned()), next.clone(), sure.clone()];
        assert_eq!(post(&mut browser, &forged).await.status, StatusCode::FORBIDDEN);
    }
    let whole = [grant.clone(), csrf.clone(), next.clone(), sure.clone()];
    let pairs: Vec<_> = whole.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for headers in [[("sec-fetch-site", "cross-site")], [("origin", "https://evil.example")]] {
        let answer = browser.post_from("/grants/revoke", &pairs, &headers).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{headers:?}");
    }
    // Another member, with a form of their own.
    let mut viewer = app.signed_in(VIEWER).await;
    app.tokens(VIEWER, &app.public_client().await, "mcp:read").await;
    let [_, own, _] = form(&mut viewer).await;
    let foreign = [grant.clone(), own, next.clone(), sure.clone()];
    assert_eq!(post(&mut viewer, &foreign).await.status, StatusCode::NOT_FOUND);
    for id in ["", "grt_unknown", "x\u{0}"] {
        let unknown = [("grant", id.to_owned()), csrf.clone(), next.clone(), sure.clone()];
        assert_eq!(post(&mut browser, &unknown).await.status, StatusCode::NOT_FOUND, "{id:?}");
    }
    // A session that ended leads back; somebody else's form is none.
    let mut out = app.browser();
    assert_eq!(post(&mut out, &whole).await.location(), "/sign-in?next=/o/acme/settings/apps%3Fstatus%3Dall");
    browser.sign_in(VIEWER).await;
    assert_eq!(post(&mut browser, &whole).await.status, StatusCode::FORBIDDEN);
    browser.sign_in(MEMBER).await;
    // Where it leads is on this server.
    let [grant, csrf, _] = form(&mut browser).await;
    let json = Request::post("/grants/revoke").header("content-type", "application/json");
    let answer = browser.send_whole(json.body(Body::from("{}")).unwrap()).await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(app.call_tool(&tokens, "list_work_items", json!({})).await.status, StatusCode::OK);
    let away = [grant, csrf, ("next", "https://evil.example/".to_owned()), sure];
    assert_eq!(post(&mut browser, &away).await.location(), "/");
}

#[tokio::test]
async fn an_owner_revokes_what_others_authorized() {
    let app = TestApp::start().await;
    let tokens = app.member("mcp:read").await;
    let mut owner = app.signed_in(OWNER).await;
    let fields = form(&mut owner).await;
    assert_eq!(fields[0].1, *grant_of(&mut owner).await);
    let [grant, csrf, next] = fields;
    let answer = post(&mut owner, &[grant, csrf, next, ("sure", "yes".to_owned())]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(app.call_tool(&tokens, "list_work_items", json!({})).await.status, StatusCode::UNAUTHORIZED);
}
