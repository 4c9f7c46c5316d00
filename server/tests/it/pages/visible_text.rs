//! Text that would reorder, hide or cover what stands around it, and text that only looks like it.

use http::StatusCode;
use serde_json::{Value, json};
use types::{client::ClientType, failure::Failure};

use crate::support::{CALLBACK, MEMBER, OWNER, TestApp, form};

const WRITE: &str = "api:read api:write mcp:read mcp:write";

/// Texts that people write, and what each would be another text without.
const GOOD: [&str; 6] = [
    "👨\u{200D}👩\u{200D}👧 family, 🏳\u{FE0F}\u{200D}🌈",
    "می\u{200C}خواهم",
    "Tiê\u{301}ng Viê\u{323}t",
    "चीज\u{93C}ो\u{902}",
    "1\u{FE0F}\u{20E3} ක\u{DCA}\u{200D}රම",
    "שלום עולם & مرحبا <b>",
];

#[tokio::test]
async fn work_items_hold_no_direction_controls_and_no_piles_of_marks() {
    let app = TestApp::start().await;
    let tokens = app.member(WRITE).await;
    let bearer = tokens.bearer();
    let mut member = app.signed_in(MEMBER).await;
    let rest =
        async |item: &Value| app.post_json("/api/v1/work-items", item, &[("authorization", &bearer)]).await;
    let count = async || app.call_api(&tokens).await.json()["work_items"].as_array().unwrap().len();
    let before = count().await;
    let item: Value = rest(&json!({ "title": "Old" })).await.json();
    let id = item["id"].as_str().unwrap();
    let controls =
        "\u{61C}\u{200E}\u{200F}\u{202A}\u{202B}\u{202C}\u{202D}\u{202E}\u{2066}\u{2067}\u{2068}\u{2069}";
    let bad = controls.chars().map(|control| (format!("pay{control}gpj.exe"), "direction"));
    let piles = ["Z\u{300}\u{301}\u{302}", "ก\u{E47}\u{E47}\u{E47}", "a\u{20DD}\u{300}\u{489}"];
    for (text, why) in bad.chain(piles.map(|pile| (pile.to_owned(), "marks"))) {
        for item in [json!({ "title": text }), json!({ "title": "x", "description": format!("x\n{text}") })] {
            let field = if item.get("description").is_some() { "description" } else { "title" };
            let refused = rest(&item).await;
            assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{text:?}");
            assert!(refused.body.contains(field) && refused.body.contains(why), "{}", refused.body);
            let called = app.call_tool(&tokens, "create_work_item", item.clone()).await;
            assert!(called.body.contains("\"isError\":true") && called.body.contains(why), "{}", called.body);
            let mut change = json!({ "id": id });
            change[field] = json!(text);
            let called = app.call_tool(&tokens, "update_work_item", change).await;
            assert!(called.body.contains("\"isError\":true") && called.body.contains(why), "{}", called.body);
            let refusal = member.call_procedure("acme/support", "create_work_item", &item).await;
            let refusal = serde_json::from_str(&refusal.body).unwrap();
            let Failure::Invalid { field: at, message } = refusal else { panic!("{refusal:?}") };
            assert!(at == field && message.contains(why), "{at}: {message}");
        }
    }
    assert_eq!(count().await, before + 1);
    for text in GOOD {
        let made = rest(&json!({ "title": text, "description": text })).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        assert_eq!((&made.json()["title"], &made.json()["description"]), (&json!(text), &json!(text)));
    }
}

#[tokio::test]
async fn u1_names_of_apps_keep_their_joiners_and_lose_what_hides_or_piles_up() {
    let app = TestApp::start().await;
    let mut owner = app.signed_in(OWNER).await;
    let hostile = [
        ("Pay\u{200D}Pal", "PayPal"),
        ("\u{200D}Pay\u{200C}Pal\u{200D}", "PayPal"),
        ("Pay\u{FE0F}Pal\u{202E}", "PayPal"),
        ("Z\u{300}\u{301}\u{302}\u{303}algo", "Z\u{300}\u{301}algo"),
        ("\u{301}\u{302}Accent", "Accent"),
    ];
    for (name, kept) in GOOD.into_iter().map(|name| (name, name)).chain(hostile) {
        let body =
            json!({ "client_name": name, "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none" });
        let registered = app.post_json("/oauth/register", &body, &[]).await;
        assert_eq!(registered.json()["client_name"], kept, "{name:?}");
        let client = owner.register(name, ClientType::Public).await;
        assert_eq!(owner.app_details(&client).await.name, kept, "{name:?}");
        let described =
            types::client_form::ClientForm { description: name.to_owned(), ..form("x", &[CALLBACK]) };
        owner.ask::<()>("update_client", json!({ "client_id": client.id, "form": described })).await;
        assert_eq!(owner.app_details(&client).await.description, kept, "{name:?}");
    }
}
