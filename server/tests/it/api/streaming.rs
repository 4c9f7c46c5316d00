//! Procedures that tell of their steps: REST as a stream of events, MCP by notifications of progress.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use axum::body::Body;
use domain::{
    oauth::caller::Caller,
    procedures::{Context, Declaration, Procedure, ProcedureError, Registry, Step},
};
use http::{Request, StatusCode};
use http_body_util::BodyExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower::ServiceExt;
use types::{
    procedure::{Effect, Signature},
    scope::AccessLevel,
};

use crate::support::{
    Answer, OWNER, TestApp, Tokens,
    mcp::{message, modern, post_with},
    rest::READ,
};

const EVENTS: &str = "text/event-stream";
const JSON: &str = "application/json";
const ALL: &str = "api:read api:execute mcp:read mcp:execute";
/// Set when a run that could not come to its end was dropped.
static ENDED_EARLY: AtomicBool = AtomicBool::new(false);

/// Counts, and tells of every number.
struct CountTo;

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct CountInput {
    /// The last number; a run to 13 fails there.
    to: u32,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct CountOutput {
    counted: u32,
}

struct Watch;

impl Drop for Watch {
    fn drop(&mut self) {
        ENDED_EARLY.store(true, Ordering::SeqCst);
    }
}

impl Signature for CountTo {
    const NAME: &'static str = "count_to";
    type Input = CountInput;
    type Output = CountOutput;
}

impl Declaration for CountTo {
    const TITLE: &'static str = "Count";
    const DESCRIPTION: &'static str = "Counts.";
    const LEVEL: AccessLevel = AccessLevel::Execute;
    const EFFECT: Effect = Effect::Run;
    const PATH: &'static str = "/counts";
    const STREAMS: bool = true;

    async fn run(context: &Context, _: &Caller, input: CountInput) -> Result<CountOutput, ProcedureError> {
        let watch = Watch;
        for progress in 1..=input.to {
            let message = format!("line {progress}\nand a second one");
            context.progress.report(Step { progress, total: Some(input.to), message }).await;
        }
        std::mem::forget(watch);
        if input.to == 13 {
            return Err(ProcedureError::NotFound("number"));
        }
        Ok(CountOutput { counted: input.to })
    }
}

async fn app() -> TestApp {
    let mut app = TestApp::start().await;
    Arc::make_mut(&mut app.state.domain).procedures =
        Arc::new(Registry::new(vec![Procedure::of::<CountTo>()]));
    app.restarted()
}

fn counting(tokens: &Tokens, to: &Value, accept: &str) -> Request<Body> {
    Request::post("/api/v1/counts")
        .header("host", "127.0.0.1:4000")
        .header("authorization", tokens.bearer())
        .header("content-type", "application/json")
        .header("accept", accept)
        .body(Body::from(json!({ "to": to }).to_string()))
        .unwrap()
}

async fn count(app: &TestApp, tokens: &Tokens, to: impl Into<Value>, accept: &str) -> Answer {
    app.send(counting(tokens, &to.into(), accept)).await
}

/// The events of a stream: their names and data.
fn events(answer: &Answer) -> Vec<(String, Value)> {
    assert_eq!(answer.header("content-type"), "text/event-stream", "{}", answer.body);
    answer
        .body
        .split_terminator("\n\n")
        .map(|event| {
            let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("");
            (field("event: ").to_owned(), serde_json::from_str(field("data: ")).unwrap())
        })
        .collect()
}

fn step(progress: u32, total: u32) -> (String, Value) {
    let message = format!("line {progress}\nand a second one");
    ("progress".to_owned(), json!({ "progress": progress, "total": total, "message": message }))
}

#[tokio::test]
async fn rest_answers_in_events_to_those_who_accept_them() {
    let app = app().await;
    let tokens = app.tokens(OWNER, &app.public_client().await, ALL).await;
    let end = ("result".to_owned(), json!({ "counted": 2 }));
    for accept in [EVENTS, "application/json, Text/Event-Stream;q=0.9"] {
        let answer = count(&app, &tokens, 2, accept).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(events(&answer), [step(1, 2), step(2, 2), end.clone()]);
    }
    for accept in [JSON, "*/*", "text/*"] {
        assert_eq!(count(&app, &tokens, 2, accept).await.json(), json!({ "counted": 2 }), "{accept}");
    }
    let nothing_to_tell = count(&app, &tokens, 0, EVENTS).await;
    assert_eq!(events(&nothing_to_tell), [("result".to_owned(), json!({ "counted": 0 }))]);
}

#[tokio::test]
async fn more_steps_than_may_wait_come_all_and_in_order() {
    let app = app().await;
    let tokens = app.tokens(OWNER, &app.public_client().await, ALL).await;
    let answer = events(&count(&app, &tokens, 500, EVENTS).await);
    let counted: Vec<_> = answer.iter().filter_map(|(_, data)| data["progress"].as_u64()).collect();
    assert_eq!(counted, (1..=500).collect::<Vec<_>>());
    assert_eq!(answer.last().unwrap().1, json!({ "counted": 500 }));
}

#[tokio::test]
async fn what_fails_before_it_began_has_a_status_and_what_fails_later_an_event() {
    let app = app().await;
    let client = app.public_client().await;
    let reader = app.tokens(OWNER, &client, READ).await;
    let refused = count(&app, &reader, 2, EVENTS).await;
    assert_eq!(refused.refusal(), "403 insufficient_scope");
    let tokens = app.tokens(OWNER, &client, ALL).await;
    let malformed = count(&app, &tokens, "two", EVENTS).await;
    assert_eq!((malformed.status, malformed.json()["field"].clone()), (StatusCode::BAD_REQUEST, json!("to")));
    let null = count(&app, &tokens, Value::Null, EVENTS).await;
    assert_eq!(null.json()["error_description"], "to: may not be null");

    let failed = events(&count(&app, &tokens, 13, EVENTS).await);
    assert_eq!(failed.len(), 14);
    let (name, data) = failed.last().unwrap();
    assert_eq!((name.as_str(), &data["error"]), ("error", &json!("not_found")));
    assert_eq!(count(&app, &tokens, 13, JSON).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_run_whose_caller_goes_away_ends() {
    let app = app().await;
    let tokens = app.tokens(OWNER, &app.public_client().await, ALL).await;
    let router = server::router(app.state.clone());
    let response = router.oneshot(counting(&tokens, &json!(1000), EVENTS)).await.unwrap();
    let mut body = response.into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert!(String::from_utf8_lossy(&first).starts_with("event: progress\n"), "{first:?}");
    assert!(!ENDED_EARLY.load(Ordering::SeqCst), "it waits for its reader");
    drop(body);
    assert!(ENDED_EARLY.load(Ordering::SeqCst));
}

fn tool_call(token: Option<&str>, to: u32) -> Value {
    let mut params = json!({ "name": "count_to", "arguments": { "to": to } });
    if let Some(token) = token {
        params["_meta"] = json!({ "progressToken": token });
    }
    message("tools/call", params)
}

#[tokio::test]
async fn mcp_sends_progress_to_those_who_asked_for_it() {
    let app = app().await;
    let tokens = app.tokens(OWNER, &app.public_client().await, ALL).await;
    let mut modern = modern("tools/call", json!({ "name": "count_to", "arguments": { "to": 2 } }));
    modern["params"]["_meta"]["progressToken"] = json!("p");
    let of_2026: &[_] =
        &[("mcp-protocol-version", "2026-07-28"), ("mcp-method", "tools/call"), ("mcp-name", "count_to")];
    for (call, headers) in [
        (tool_call(Some("p"), 2), &[("mcp-protocol-version", "2025-06-18")][..]),
        (tool_call(Some("p"), 2), &[]),
        (modern, of_2026),
    ] {
        let answer = post_with(&app, &tokens, &call, headers).await;
        let messages: Vec<_> = events(&answer).into_iter().map(|(_, message)| message).collect();
        assert_eq!(messages.len(), 3, "{messages:?}");
        for (number, notice) in (1..).zip(&messages[..2]) {
            assert_eq!(notice["method"], "notifications/progress");
            let message = format!("line {number}\nand a second one");
            assert_eq!(
                (&notice["params"]["progressToken"], &notice["params"]["message"]),
                (&json!("p"), &json!(message))
            );
            let amounts = ["progress", "total"].map(|field| notice["params"][field].as_f64().unwrap());
            assert_eq!(amounts, [f64::from(number), 2.0]);
        }
        assert_eq!(messages[2]["id"], 7);
        assert_eq!(messages[2]["result"]["structuredContent"], json!({ "counted": 2 }));
    }
}

#[tokio::test]
async fn mcp_answers_as_one_message_to_everybody_else() {
    let app = app().await;
    let tokens = app.tokens(OWNER, &app.public_client().await, ALL).await;
    let counted = json!({ "counted": 2 });
    let unasked = post_with(&app, &tokens, &tool_call(None, 2), &[]).await;
    assert_eq!(unasked.json()["result"]["structuredContent"], counted);

    let bearer = tokens.bearer();
    let headers = [("authorization", bearer.as_str()), ("content-type", JSON), ("accept", JSON)];
    let body = tool_call(Some("p"), 2).to_string();
    let no_events = app.request(http::Method::POST, "/mcp", &headers, &body).await;
    assert_eq!(no_events.json()["result"]["structuredContent"], counted);

    let batch = post_with(&app, &tokens, &json!([tool_call(Some("p"), 2)]), &[]).await;
    assert_eq!(batch.json()[0]["result"]["structuredContent"], counted);

    let failed = post_with(&app, &tokens, &tool_call(Some("p"), 13), &[]).await;
    let (_, last) = events(&failed).pop().unwrap();
    assert_eq!(last["result"]["isError"], true, "{last}");
}
