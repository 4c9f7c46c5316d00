//! The tools of `/mcp`: what they take, do and answer.

use domain::clock::MINUTE;
use serde_json::json;

use crate::support::{
    OWNER, TestApp,
    mcp::{ALL, READ, message, post, result, structured, titles, tool_error},
};

#[tokio::test]
async fn tools_say_what_they_take_answer_and_do() {
    let app = TestApp::start().await;
    let tokens = app.member(READ).await;
    let listed = result(&post(&app, &tokens, &message("tools/list", json!({}))).await);
    let tools = listed["tools"].as_array().unwrap();
    let names: Vec<_> = tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["list_work_items", "get_work_item", "create_work_item", "update_work_item", "delete_work_item"]
    );
    for tool in tools {
        assert!(tool["title"].is_string() && tool["description"].is_string(), "{tool}");
        assert_eq!(
            (&tool["inputSchema"]["type"], &tool["outputSchema"]["type"]),
            (&json!("object"), &json!("object"))
        );
        assert_eq!(tool["annotations"]["openWorldHint"], false);
    }
    let hints = |index: usize| {
        let annotations = &tools[index]["annotations"];
        ["readOnlyHint", "destructiveHint", "idempotentHint"].map(|hint| annotations[hint].as_bool().unwrap())
    };
    assert_eq!(hints(0), [true, false, true]);
    assert_eq!(hints(2), [false, false, false]);
    assert_eq!(hints(3), [false, true, true]);
    assert_eq!(hints(4), [false, true, true]);
    assert_eq!(
        tools[2]["inputSchema"],
        json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["title"],
            "properties": {
                "title": {
                    "type": "string", "minLength": 1, "maxLength": 200,
                    "description": "One line that says what is to be done.",
                },
                "description": {
                    "type": "string", "maxLength": 10_000, "default": "",
                    "description": "Plain text with the details.",
                },
                "status": {
                    "type": "string", "enum": ["open", "in_progress", "done"], "default": "open",
                    "description": "The state of the work.",
                },
            },
        })
    );
}

#[tokio::test]
async fn tools_work_through_the_life_of_a_work_item() {
    let app = TestApp::start().await;
    let tokens = app.tokens(OWNER, &app.public_client().await, ALL).await;
    let made =
        structured(&app.call_tool(&tokens, "create_work_item", json!({ "title": "  Größe 😀  " })).await);
    assert_eq!(
        made,
        json!({
            "id": made["id"], "title": "Größe 😀", "description": "", "status": "open",
            "created_by": "Olive Owner through Test client",
            "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z",
        })
    );
    assert!(made["id"].as_str().unwrap().starts_with("wrk_"));

    app.clock.advance(MINUTE);
    let change = json!({ "id": made["id"], "status": "done", "description": "Line\nline" });
    let changed = structured(&app.call_tool(&tokens, "update_work_item", change).await);
    assert_eq!((&changed["title"], &changed["status"]), (&made["title"], &json!("done")));
    assert_eq!(
        (&changed["description"], &changed["updated_at"]),
        (&json!("Line\nline"), &json!("2026-01-01T00:01:00Z"))
    );
    assert_eq!(
        structured(&app.call_tool(&tokens, "get_work_item", json!({ "id": made["id"] })).await),
        changed
    );

    let done = structured(&app.call_tool(&tokens, "list_work_items", json!({ "status": "done" })).await);
    assert_eq!(done["work_items"][0], changed, "the newest first");
    assert!(done["work_items"].as_array().unwrap().iter().all(|item| item["status"] == "done"));

    structured(&app.call_tool(&tokens, "delete_work_item", json!({ "id": made["id"] })).await);
    for tool in ["get_work_item", "delete_work_item"] {
        tool_error(&app.call_tool(&tokens, tool, json!({ "id": made["id"] })).await);
    }
}

#[tokio::test]
async fn tools_page_through_long_lists() {
    let app = TestApp::start().await;
    let tokens = app.member(READ).await;
    let all = titles(&app, &tokens).await;
    let (mut seen, mut arguments) = (Vec::new(), json!({ "limit": 2 }));
    loop {
        let page = structured(&app.call_tool(&tokens, "list_work_items", arguments.clone()).await);
        let items = page["work_items"].as_array().unwrap().clone();
        seen.extend(items.iter().map(|item| item["title"].as_str().unwrap().to_owned()));
        let Some(cursor) = page.get("next_cursor") else { break };
        arguments["cursor"] = cursor.clone();
    }
    assert_eq!(seen, all);
    let beyond = structured(&app.call_tool(&tokens, "list_work_items", json!({ "cursor": "a" })).await);
    assert_eq!(beyond["work_items"], json!([]));
}

#[tokio::test]
async fn tools_name_the_argument_that_they_cannot_take() {
    let app = TestApp::start().await;
    let tokens = app.tokens(OWNER, &app.public_client().await, ALL).await;
    let before = titles(&app, &tokens).await;
    let long = "é".repeat(201);
    let id = "wrk_1";
    for (tool, arguments, field) in [
        ("create_work_item", json!({}), "title"),
        ("create_work_item", json!({ "title": "" }), "title"),
        ("create_work_item", json!({ "title": " \u{2003} " }), "title"),
        ("create_work_item", json!({ "title": long }), "title"),
        ("create_work_item", json!({ "title": "two\nlines" }), "title"),
        ("create_work_item", json!({ "title": 7 }), "title"),
        ("create_work_item", json!({ "title": null }), "title"),
        ("create_work_item", json!({ "title": ["x"] }), "title"),
        ("create_work_item", json!({ "title": "x", "status": "closed" }), "status"),
        ("create_work_item", json!({ "title": "x", "status": "Open" }), "status"),
        ("create_work_item", json!({ "title": "x", "description": "d".repeat(10_001) }), "description"),
        ("create_work_item", json!({ "title": "x", "description": "\u{0}" }), "description"),
        ("create_work_item", json!({ "title": "x", "id": "wrk_mine" }), "id"),
        ("create_work_item", json!({ "title": "x", "product_id": "prd_other" }), "product_id"),
        ("create_work_item", json!({ "title": "x", "created_by": "Somebody" }), "created_by"),
        ("list_work_items", json!({ "limit": 0 }), "limit"),
        ("list_work_items", json!({ "limit": 201 }), "limit"),
        ("list_work_items", json!({ "limit": -1 }), "limit"),
        ("list_work_items", json!({ "limit": 1.5 }), "limit"),
        ("list_work_items", json!({ "limit": "ten" }), "limit"),
        ("list_work_items", json!({ "limit": u64::MAX }), "limit"),
        ("list_work_items", json!({ "cursor": "wrk_1' --" }), "cursor"),
        ("list_work_items", json!({ "status": "' OR 1=1" }), "status"),
        ("list_work_items", json!({ "product": "sales" }), "product"),
        ("get_work_item", json!({}), "id"),
        ("get_work_item", json!({ "id": "" }), "id"),
        ("get_work_item", json!({ "id": "x".repeat(65) }), "id"),
        ("get_work_item", json!({ "id": "wrk_1' --" }), "id"),
        ("get_work_item", json!({ "id": "wrk\u{0}" }), "id"),
        ("update_work_item", json!({ "title": "x" }), "id"),
        ("update_work_item", json!({ "id": id, "title": "" }), "title"),
        ("update_work_item", json!({ "id": id, "created_by": "x" }), "created_by"),
        ("delete_work_item", json!({ "id": id, "force": true }), "force"),
    ] {
        let message = tool_error(&app.call_tool(&tokens, tool, arguments.clone()).await);
        assert!(message.starts_with(&format!("{field}: ")), "{tool} {arguments}: {message}");
    }
    let message = tool_error(&app.call_tool(&tokens, "update_work_item", json!({ "id": id })).await);
    assert!(message.contains("title") && message.contains("status"), "{message}");
    let echo = json!({ "title": "x", "status": "s".repeat(100_000) });
    assert!(tool_error(&app.call_tool(&tokens, "create_work_item", echo).await).len() < 400);
    assert_eq!(titles(&app, &tokens).await, before);

    let longest = json!({ "title": "é".repeat(200), "description": "d".repeat(10_000), "status": "done" });
    structured(&app.call_tool(&tokens, "create_work_item", longest).await);
}
