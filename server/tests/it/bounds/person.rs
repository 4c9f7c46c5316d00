//! One person: sign-ins, authorizations, apps, and what is recorded.

use domain::{
    clock::{HOUR, MINUTE, SECOND},
    demo,
    grants::surplus::{ENDED_MAX, EVENTS_MAX, LIVE_MAX, LIVE_OF_ALL_MAX},
};
use http::StatusCode;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use types::{client::ClientType, failure::Failure};

use crate::support::{
    CALLBACK, ClientApp, MEMBER, OWNER, TestApp, Tokens, assert_later, authorize_url, codes, form,
};

const TOO_MANY: StatusCode = StatusCode::TOO_MANY_REQUESTS;

#[tokio::test]
async fn a_person_signs_in_so_often_with_the_right_password_too() {
    let app = TestApp::start_strict(&[]).await;
    for _ in 0..30 {
        app.browser().sign_in(MEMBER).await;
    }
    let pairs = [("email", MEMBER), ("password", demo::PASSWORD)];
    let answer = app.browser().post("/sign-in", &pairs).await;
    assert_later(&answer, TOO_MANY, 600);
    assert!(answer.body.contains("Too many attempts. Try again in 10 min."), "{}", answer.body);
    assert_eq!(app.rows("sessions", "true").await, 30);
    app.browser().sign_in(OWNER).await;
    app.clock.advance(10 * MINUTE);
    app.browser().sign_in(MEMBER).await;
}

#[tokio::test]
async fn the_oldest_session_of_a_person_ends_when_there_are_too_many() {
    let app = TestApp::start().await;
    let mut others = app.signed_in(OWNER).await;
    let mut browsers = Vec::new();
    for _ in 0..103 {
        app.clock.advance(1);
        browsers.push(app.signed_in(MEMBER).await);
    }
    assert_eq!(app.rows("sessions", "true").await, 101);
    for (number, browser) in browsers.iter_mut().enumerate() {
        let page = browser.get("/o/acme/support").await;
        assert_eq!(page.status == StatusCode::OK, number >= 3, "{number}");
    }
    assert_eq!(others.get("/o/acme/support").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_person_answers_so_many_requests() {
    let app = TestApp::start_strict(&["--authorize-person-limit", "1000"]).await;
    let client = app.public_client().await;
    let product = app.product_id("acme", "support").await;
    codes(&app, MEMBER, &client, 60).await;
    let mut browser = app.signed_in(MEMBER).await;
    for decision in ["approve", "deny"] {
        let form = browser.open_consent(&authorize_url(&client, &[])).await;
        let answer = browser.decide(&form, decision, &product, "mcp:read").await;
        assert_later(&answer, TOO_MANY, 600);
        assert!(answer.body.contains("Nothing was granted"), "{}", answer.body);
    }
    assert_eq!(app.rows("grants", "true").await, 60);
    // The request waits as it did.
    let form = browser.open_consent(&authorize_url(&client, &[])).await;
    app.clock.advance(10 * MINUTE - SECOND);
    assert_later(&browser.decide(&form, "deny", &product, "").await, TOO_MANY, 1);
    app.clock.advance(SECOND);
    let form = browser.open_consent(&authorize_url(&client, &[])).await;
    assert!(browser.decide(&form, "approve", &product, "mcp:read").await.location_param("code").is_some());
}

#[tokio::test]
async fn of_too_many_live_grants_of_an_app_those_end_that_were_not_used_longest() {
    let (app, client) = TestApp::with_public_client().await;
    let mut all = Vec::new();
    for code in codes(&app, MEMBER, &client, usize::try_from(LIVE_MAX).unwrap() + 3).await {
        all.push(Tokens::of(&client.exchange(&app, &code).await));
    }
    let elsewhere = app.tokens(OWNER, &client, "api:read").await;
    // The oldest is in use.
    app.clock.advance(MINUTE);
    assert_eq!(app.call_api(&all[0]).await.status, StatusCode::OK);
    app.flush().await;
    app.clean().await;
    assert_eq!((app.grants("active").await, app.grants("revoked").await), (LIVE_MAX + 1, 3));
    for (number, tokens) in all.iter().enumerate() {
        let lives = app.call_api(tokens).await.status == StatusCode::OK;
        assert_eq!(lives, !(1..=3).contains(&number), "{number}");
    }
    assert_eq!(app.call_api(&elsewhere).await.status, StatusCode::OK);
    assert_eq!(app.rows("grants", "revoke_reason = 'superseded'").await, 3);
    app.assert_counts("superseding").await;
    let mut browser = app.signed_in(MEMBER).await;
    let grant = app.grant_of(&all[1]);
    let details = browser.call("connected_app", &json!({ "grant_id": grant, "activity_page": 1 })).await;
    assert!(details.body.contains("much newer access of the same app"), "{}", details.body);
}

/// Adds so many copies of a row of this table, with ids of their own.
async fn copy(app: &TestApp, table: &str, columns: &str, id: &str, copies: i64) {
    app.execute(&format!(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {copies})
        INSERT INTO {table} (id, {columns}) SELECT '{id}_00' || n, {columns} FROM numbers,
            (SELECT * FROM {table} ORDER BY id DESC LIMIT 1) last"
    ))
    .await;
}

#[tokio::test]
async fn of_too_many_live_grants_of_all_apps_those_end_that_were_not_used_longest() {
    let (app, client) = TestApp::with_public_client().await;
    // Of an app each, as far as the counts say.
    let other = app.public_client().await;
    app.tokens(MEMBER, &other, "api:read").await;
    let columns = "user_id, client_id, organization_id, product_id, scopes, resources, status, authorized_at,
        authorized_address, use_count, subject";
    copy(&app, "grants", columns, "grt", LIVE_OF_ALL_MAX).await;
    app.execute("UPDATE grants SET authorized_at = authorized_at - 1000").await;
    let newest = app.tokens(MEMBER, &client, "api:read").await;
    app.clean().await;
    assert_eq!(app.grants("active").await, LIVE_OF_ALL_MAX);
    assert_eq!(app.call_api(&newest).await.status, StatusCode::OK);
    assert_eq!(app.rows("grants", "revoke_reason = 'superseded'").await, 2);
}

#[tokio::test]
async fn so_many_ended_grants_of_a_person_are_remembered_with_their_record() {
    let (app, client) = TestApp::with_public_client().await;
    let live = app.tokens(MEMBER, &client, "api:read").await;
    let ended = app.tokens(MEMBER, &client, "api:read").await;
    client.post(&app, "/oauth/revoke", &[("token", &ended.refresh)]).await;
    let columns = "user_id, client_id, organization_id, product_id, scopes, resources, status, authorized_at,
        authorized_address, use_count, revoked_at, revoke_reason, subject";
    app.execute("UPDATE grants SET revoked_at = revoked_at - 1000 WHERE status = 'revoked'").await;
    copy(&app, "grants", columns, "grt", ENDED_MAX + 20).await;
    app.execute("UPDATE grants SET revoked_at = revoked_at + 1000 WHERE id = (SELECT MAX(id) FROM grants)")
        .await;
    let others = app.tokens(OWNER, &client, "api:read").await;
    app.clean().await;
    assert_eq!((app.grants("revoked").await, app.grants("active").await), (ENDED_MAX, 2));
    let without = "grant_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.id = grant_id)";
    assert_eq!(app.rows("audit_events", without).await, 0);
    let newest = app.grant_of(&ended);
    assert_eq!(app.rows("grants", &format!("id = '{newest}'")).await, 1, "the newest stay");
    assert_eq!(app.call_api(&ended).await.status, StatusCode::UNAUTHORIZED);
    for tokens in [live, others] {
        assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn so_much_is_recorded_of_what_a_person_did() {
    // The copies are named as if they were from long ago.
    let app = TestApp::start_with(&["--audit-retention", "0s"]).await;
    let mut browser = app.signed_in(MEMBER).await;
    let client = browser.register("Reports", ClientType::Public).await;
    let user = app.user_id(MEMBER).await;
    copy(&app, "audit_events", "at, action, actor_id, address, client_id", "evt", EVENTS_MAX + 20).await;
    let mine = format!("actor_id = '{user}'");
    assert_eq!(app.rows("audit_events", &mine).await, EVENTS_MAX + 21);
    app.clean().await;
    assert_eq!(app.rows("audit_events", &mine).await, EVENTS_MAX);
    let newest = format!("{mine} AND client_id = '{}' AND LENGTH(id) = 30", client.id);
    assert_eq!(app.rows("audit_events", &newest).await, 1, "the newest stay");
}

#[tokio::test]
async fn a_person_changes_apps_so_often() {
    let app = TestApp::start_with(&["--change-limit", "4"]).await;
    let mut browser = app.signed_in(MEMBER).await;
    let client = browser.register("Reports", ClientType::Confidential).await;
    let id = json!({ "client_id": client.id });
    browser.ask::<serde_json::Value>("add_client_secret", id.clone()).await;
    for disabled in [true, false] {
        let arguments = json!({ "client_id": client.id, "disabled": disabled });
        browser.ask::<()>("set_client_disabled", arguments).await;
    }
    let before = app.rows("audit_events", "true").await;
    let form = form("Another", &[CALLBACK]);
    for (function, arguments) in [
        ("create_oauth_app", json!({ "form": form, "kind": ClientType::Public })),
        ("update_client", json!({ "client_id": client.id, "form": form })),
        ("add_client_secret", id.clone()),
        ("retire_client_secret", json!({ "client_id": client.id, "secret_id": "sec_x" })),
        ("set_client_disabled", json!({ "client_id": client.id, "disabled": true })),
        ("set_client_keys", json!({ "client_id": client.id, "keys": "https://reports.example/keys" })),
        ("delete_client", json!({ "client_id": client.id, "name": "Reports" })),
    ] {
        assert_eq!(browser.refusal(function, arguments).await, Failure::TooMany, "{function}");
    }
    assert_eq!(app.rows("audit_events", "true").await, before);
    app.clock.advance(HOUR);
    browser.register("Another", ClientType::Public).await;
}

#[tokio::test]
async fn retired_secrets_are_forgotten_when_they_are_no_longer_listed() {
    let app = TestApp::start().await;
    let mut browser = app.signed_in(MEMBER).await;
    let client = browser.register("Reports", ClientType::Confidential).await;
    let mut last = client.secret.clone().unwrap();
    for _ in 0..25 {
        app.clock.advance(1);
        let made: serde_json::Value =
            browser.ask("add_client_secret", json!({ "client_id": client.id })).await;
        let oldest = browser.app_details(&client).await.secrets.into_iter().find(|secret| {
            secret.retired_at.is_none()
                && !made["client_secret"].as_str().unwrap().ends_with(&secret.last_four)
        });
        let arguments = json!({ "client_id": client.id, "secret_id": oldest.unwrap().id });
        browser.ask::<()>("retire_client_secret", arguments).await;
        last = made["client_secret"].as_str().unwrap().to_owned();
    }
    let rows = app.rows("client_secrets", &format!("client_id = '{}'", client.id)).await;
    assert!(rows <= 12, "{rows}");
    let client = ClientApp { secret: Some(last), ..client };
    assert_eq!(client.refresh(&app, "gpr_x").await.error(), "invalid_grant", "the last one works");
}

#[tokio::test]
async fn a_product_has_so_many_work_items() {
    let (app, client) = TestApp::with_public_client().await;
    let tokens = app.tokens(MEMBER, &client, "api:read api:write").await;
    let product = app.product_id("acme", "support").await;
    let transaction = app.db().begin().await.unwrap();
    if app.db().backend() == sea_orm::DatabaseBackend::Postgres {
        let bind = format!("SELECT set_config('gatepass.product_id', '{product}', true)");
        transaction.query_one_raw(Statement::from_string(app.db().backend(), bind)).await.unwrap();
    }
    let there = format!("SELECT COUNT(*) AS n FROM work_items WHERE product_id = '{product}'");
    let row = transaction.query_one_raw(Statement::from_string(app.db().backend(), there)).await.unwrap();
    let missing = 99_999 - row.unwrap().try_get::<i64>("", "n").unwrap();
    let fill = format!(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {missing})
        INSERT INTO work_items SELECT 'wrk_0' || n, '{product}', 'x', '', 'open', 'x', 0, 0 FROM numbers"
    );
    transaction.execute_unprepared(&fill).await.unwrap();
    transaction.commit().await.unwrap();

    let create = async || {
        let headers = [("authorization", tokens.bearer())];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        app.post_json("/api/v1/work-items", &json!({ "title": "One more" }), &headers).await
    };
    assert_eq!(create().await.status, StatusCode::CREATED);
    let full = create().await;
    assert_eq!(full.status, StatusCode::BAD_REQUEST);
    assert!(full.body.contains("This product has 100000 work items. Delete some first."), "{}", full.body);
    let mut browser = app.signed_in(OWNER).await;
    let item = json!({ "title": "One more", "description": "" });
    let refused = browser.call_procedure("acme/support", "create_work_item", &item).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
    // Elsewhere there is room, and here again once something is deleted.
    for (product, name, arguments) in [
        ("acme/sales", "create_work_item", item),
        ("acme/support", "delete_work_item", json!({ "id": "wrk_01" })),
    ] {
        let answer = browser.call_procedure(product, name, &arguments).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}: {}", answer.body);
    }
    assert_eq!(create().await.status, StatusCode::CREATED);
}
