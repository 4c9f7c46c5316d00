//! M3–M5: what a token, a role and a grant let a tool do.

use axum::body::Body;
use domain::workspaces::products;
use http::{Request, StatusCode};
use serde_json::json;
use types::role::{OrgRole, ProductRole};

use crate::support::{
    MEMBER, OWNER, TestApp, VIEWER,
    mcp::{ALL, READ, WRITE, assert_invalid_token, modern, post_with, structured, titles, tool_error},
    membership,
};

#[tokio::test]
async fn m3_a_missing_scope_is_challenged_with_all_that_the_tool_needs() {
    let (app, client) = TestApp::with_public_client().await;
    let tokens = app.tokens(OWNER, &client, READ).await;
    let before = titles(&app, &tokens).await;
    let arguments = json!({ "title": "Not yet" });
    let modern_headers = [
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "tools/call"),
        ("mcp-name", "create_work_item"),
    ];
    let call = modern("tools/call", json!({ "name": "create_work_item", "arguments": arguments }));
    for answer in [
        app.call_tool(&tokens, "create_work_item", arguments.clone()).await,
        app.call_tool(&tokens, "create_work_item", json!({ "nonsense": 1 })).await,
        post_with(&app, &tokens, &call, &modern_headers).await,
    ] {
        assert_eq!(answer.refusal(), "403 insufficient_scope");
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(
            answer.header("www-authenticate"),
            "Bearer error=\"insufficient_scope\", \
             resource_metadata=\"http://127.0.0.1:4000/.well-known/oauth-protected-resource/mcp\", \
             scope=\"mcp:read mcp:write\""
        );
    }
    let answer = app.call_tool(&tokens, "delete_work_item", json!({ "id": "wrk_1" })).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.header("www-authenticate").ends_with(&format!("scope=\"{ALL}\"")), "{answer:?}");
    assert_eq!(titles(&app, &tokens).await, before);

    let wider = app.tokens(OWNER, &client, WRITE).await;
    assert_eq!(structured(&app.call_tool(&wider, "create_work_item", arguments).await)["title"], "Not yet");
}

#[tokio::test]
async fn m3_a_broader_scope_satisfies_a_narrower_one() {
    let app = TestApp::start().await;
    let tokens = app.tokens(OWNER, &app.public_client().await, "mcp:admin").await;
    let made =
        structured(&app.call_tool(&tokens, "create_work_item", json!({ "title": "By an admin" })).await);
    let deleted = structured(&app.call_tool(&tokens, "delete_work_item", json!({ "id": made["id"] })).await);
    assert_eq!(deleted, json!({ "deleted": made["id"] }));
}

#[tokio::test]
async fn m3_a_narrowed_token_stays_narrow_and_another_follows_its_grant() {
    let app = TestApp::start().await;
    let tokens = app.member(WRITE).await;
    let narrowed =
        app.resigned(&tokens, |claims| (claims.scope, claims.narrowed) = (READ.to_owned(), Some(true)));
    let create = json!({ "title": "Written" });
    assert_eq!(
        app.call_tool(&narrowed, "create_work_item", create.clone()).await.status,
        StatusCode::FORBIDDEN
    );
    assert_eq!(app.call_tool(&narrowed, "list_work_items", json!({})).await.status, StatusCode::OK);

    let grant = app.grant_of(&tokens);
    app.change(&format!("UPDATE grants SET scopes = '{READ}' WHERE id = '{grant}'")).await;
    assert_eq!(
        app.call_tool(&tokens, "create_work_item", create.clone()).await.status,
        StatusCode::FORBIDDEN
    );
    app.change(&format!("UPDATE grants SET scopes = '{WRITE}' WHERE id = '{grant}'")).await;
    structured(&app.call_tool(&tokens, "create_work_item", create).await);
}

#[tokio::test]
async fn m3_the_check_behind_the_door_stops_what_the_door_cannot_read() {
    let app = TestApp::start().await;
    let tokens = app.member(READ).await;
    let before = titles(&app, &tokens).await;
    let params = r#"{"name":"create_work_item","arguments":{"title":"Smuggled"}}"#;
    for body in [
        format!(
            r#"{{"jsonrpc":"2.0","id":7,"method":"tools/list","method":"tools/call","params":{params}}}"#
        ),
        format!(
            r#"{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{{"name":"list_work_items"}},"params":{params}}}"#
        ),
        format!(r#"[{{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{params}}}]"#),
    ] {
        let request = Request::post("/mcp")
            .header("host", "127.0.0.1:4000")
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .header("authorization", tokens.bearer());
        let answer = app.send(request.body(Body::from(body.clone())).unwrap()).await;
        assert!(answer.status.is_client_error(), "{body}: {}", answer.body);
    }
    assert_eq!(titles(&app, &tokens).await, before);
}

#[tokio::test]
async fn m4_what_no_consent_could_change_is_no_challenge() {
    let app = TestApp::start().await;
    let tokens = app.member(WRITE).await;
    app.set_role(MEMBER, "acme", "support", ProductRole::Viewer).await;
    let before = titles(&app, &tokens).await;
    assert!(
        tool_error(&app.call_tool(&tokens, "create_work_item", json!({ "title": "x" })).await)
            .contains("role")
    );
    assert!(
        tool_error(&app.call_tool(&tokens, "delete_work_item", json!({ "id": "wrk_1" })).await)
            .contains("role")
    );
    assert_eq!(titles(&app, &tokens).await, before);

    app.set_role(MEMBER, "acme", "support", ProductRole::Editor).await;
    structured(&app.call_tool(&tokens, "create_work_item", json!({ "title": "x" })).await);
}

#[tokio::test]
async fn m4_a_ceiling_of_the_client_is_no_challenge() {
    let (app, client) = TestApp::with_public_client().await;
    let tokens = app.tokens(OWNER, &client, WRITE).await;
    app.change(&format!("UPDATE clients SET ceiling = 'mcp:read' WHERE id = '{}'", client.id)).await;
    tool_error(&app.call_tool(&tokens, "create_work_item", json!({ "title": "x" })).await);
    structured(&app.call_tool(&tokens, "list_work_items", json!({})).await);
}

#[tokio::test]
async fn m4_a_viewer_reads_and_no_more() {
    let app = TestApp::start().await;
    let tokens = app.tokens(VIEWER, &app.public_client().await, READ).await;
    assert_eq!(titles(&app, &tokens).await.len(), 5);
    tool_error(&app.call_tool(&tokens, "create_work_item", json!({ "title": "x" })).await);
}

#[tokio::test]
async fn m5_tools_see_only_the_product_of_the_grant() {
    let (app, client) = TestApp::with_public_client().await;
    let support = app.tokens(OWNER, &client, ALL).await;
    let sales = app.tokens_for(OWNER, &client, ("acme", "sales"), ALL).await;
    let research = app.tokens_for(OWNER, &client, ("globex", "research"), ALL).await;
    let hidden = structured(&app.call_tool(&sales, "create_work_item", json!({ "title": "In Sales" })).await);
    let id = &hidden["id"];
    for other in [&support, &research] {
        assert!(!titles(&app, other).await.contains(&"In Sales".to_owned()));
        for (tool, arguments) in [
            ("get_work_item", json!({ "id": id })),
            ("update_work_item", json!({ "id": id, "title": "Taken" })),
            ("delete_work_item", json!({ "id": id })),
        ] {
            let message = tool_error(&app.call_tool(other, tool, arguments).await);
            assert_eq!(message, "There is no work item with this id here.", "{tool}");
        }
    }
    assert_eq!(structured(&app.call_tool(&sales, "get_work_item", json!({ "id": id })).await), hidden);
}

#[tokio::test]
async fn m5_every_call_asks_for_the_live_membership() {
    let app = TestApp::start().await;
    let tokens = app.member(WRITE).await;
    assert_eq!(titles(&app, &tokens).await.len(), 5);
    let organization = membership(app.db(), MEMBER, "acme", "support").await.organization_id;
    let user = app.user_id(MEMBER).await;
    products::remove_membership(app.db().write(), &organization, &user).await.unwrap();
    assert_invalid_token(&app.call_tool(&tokens, "list_work_items", json!({})).await, "no member");
    products::set_membership(app.db().write(), &organization, &user, OrgRole::Member, app.now())
        .await
        .unwrap();
    assert_eq!(titles(&app, &tokens).await.len(), 5);
}
