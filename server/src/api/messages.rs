//! Messages on their way to rmcp at `I/mcp`, and refusals on their way out: bodies are read here, one message at a time.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts};
use http_body_util::BodyExt;
use rmcp::{
    ErrorData,
    model::{ClientJsonRpcMessage, ClientRequest, JsonRpcError, RequestId},
};
use serde::Deserialize;
use serde_json::Value;

use super::{events, json_body};
use crate::{
    log::brief,
    web::{
        bearer::{BearerError, refuse},
        media_type,
    },
};
use domain::{
    Domain,
    oauth::{access::Refusal, caller::Caller},
};
use types::scope::Resource;

/// The one revision that has batches (MCP 2025-03-26, «Batching»). Later ones name themselves in a header.
const REVISION_WITH_BATCHES: &str = "2025-03-26";
/// Most messages of a batch. Each counts as a call.
const BATCH_MAX: usize = 50;
/// Longest answer of a batch, in bytes. What is left when it is reached is not done, and told to be asked again.
const BATCH_ANSWER_MAX: usize = 4 * 1024 * 1024;
/// The `Accept` that rmcp wants to read. It answers JSON whatever comes first.
const ACCEPTED: HeaderValue = HeaderValue::from_static("application/json, text/event-stream");

/// A request whose sender takes a stream of events, so that an answer may come after notifications.
#[derive(Clone, Copy)]
pub(super) struct TakesEvents;

/// Lets messages through to rmcp as it wants them, and its refusals out as JSON.
pub(super) async fn layer(State(domain): State<Arc<Domain>>, mut request: Request, next: Next) -> Response {
    if !accepts_json(request.headers()) {
        let description = "this server answers application/json";
        return json_body::error(StatusCode::NOT_ACCEPTABLE, "not_acceptable", description);
    }
    if events::accepted(request.headers()) {
        request.extensions_mut().insert(TakesEvents);
    }
    request.headers_mut().insert(header::ACCEPT, ACCEPTED);
    if request.method() != Method::POST {
        return in_json(next.run(request).await).await;
    }
    if !media_type::is(request.headers(), "application/json") {
        let description = "the body must be application/json";
        return json_body::error(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", description);
    }
    let (parts, body) = request.into_parts();
    let body = match json_body::read(body).await {
        Ok(body) => body,
        Err(response) => return response,
    };
    match serde_json::from_slice::<Value>(&body) {
        Ok(Value::Array(messages)) => batch(&domain, &parts, messages, &next).await,
        Ok(message) => match read(&domain, &parts, message) {
            // As it came: writing it anew would change numbers.
            Ok(()) => in_json(next.run(Request::from_parts(parts, Body::from(body))).await).await,
            Err(response) => *response,
        },
        Err(_) => no_message(None, ErrorData::parse_error("not JSON", None)),
    }
}

/// Several messages at once, in their order. The answer has the answers to the requests among them.
async fn batch(domain: &Domain, parts: &Parts, messages: Vec<Value>, next: &Next) -> Response {
    let refused = |why: &'static str| no_message(None, ErrorData::invalid_request(why, None));
    let revision = parts.headers.get("mcp-protocol-version");
    if revision.is_some_and(|revision| revision != REVISION_WITH_BATCHES) {
        return refused("this revision of the Model Context Protocol has no batches");
    }
    if messages.is_empty() || messages.len() > BATCH_MAX {
        return refused("a batch has 1 to 50 messages");
    }
    if messages.iter().any(|message| message.get("method").is_some_and(|method| method == "initialize")) {
        return refused("initialize stands alone");
    }
    // Before anything is done: a client that gets the challenge sends the whole batch again.
    for message in &messages {
        if let Err(response) = read(domain, parts, message.clone())
            && response.status() == StatusCode::FORBIDDEN
        {
            return *response;
        }
    }
    let (mut answers, mut length) = (Vec::new(), 0);
    for (number, message) in messages.into_iter().enumerate() {
        let id = message.get("id").cloned();
        if length > BATCH_ANSWER_MAX {
            let id = id.and_then(|id| RequestId::deserialize(id).ok());
            let error =
                ErrorData::invalid_request("the answer is too long already: send this again alone", None);
            answers.extend(
                id.map(|id| serde_json::to_value(JsonRpcError::new(Some(id), error)))
                    .transpose()
                    .ok()
                    .flatten(),
            );
            continue;
        }
        if let Some(too_many) = counted(domain, parts, number) {
            return too_many;
        }
        let answer = match read(domain, parts, message.clone()) {
            Ok(()) => {
                let mut parts = parts.clone();
                parts.headers.remove(header::CONTENT_LENGTH);
                // The answers of a batch are one document.
                parts.extensions.remove::<TakesEvents>();
                next.clone().run(Request::from_parts(parts, Body::from(message.to_string()))).await
            }
            Err(response) => *response,
        };
        let body = answer.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        length += body.len();
        match serde_json::from_slice::<Value>(&body) {
            Ok(answer) if answer.get("jsonrpc").is_some() => answers.push(answer),
            // A notification, or an answer of the client's.
            _ if id.is_none() || message.get("method").is_none() => {}
            _ => {
                let id = id.and_then(|id| RequestId::deserialize(id).ok());
                let error = ErrorData::invalid_request(brief(&body), None);
                answers.extend(serde_json::to_value(JsonRpcError::new(id, error)));
            }
        }
    }
    if answers.is_empty() { StatusCode::ACCEPTED.into_response() } else { Json(answers).into_response() }
}

/// Counts a message of a batch as a call; the first was counted at the resource.
fn counted(domain: &Domain, parts: &Parts, number: usize) -> Option<Response> {
    let app = parts.extensions.get::<Caller>().and_then(Caller::app)?;
    let too_many = (number > 0).then(|| domain.limits.calls.take(&app.grant_id).err()).flatten()?;
    Some(refuse(&domain.config, Resource::Mcp, BearerError::from(too_many)))
}

/// Finds the refusals that rmcp could not give: for what is no message, it would call the body an unsupported media
/// type; for a tool call that a new consent could allow, it could only answer within JSON-RPC, and not send the challenge
/// (MCP authorization, «Runtime Insufficient Scope Errors»). Other refusals are left to the tool: a client that asks for
/// scopes again would only loop.
fn read(domain: &Domain, parts: &Parts, message: Value) -> Result<(), Box<Response>> {
    let id = message.get("id").and_then(|id| RequestId::deserialize(id).ok());
    let Ok(message) = serde_json::from_value::<ClientJsonRpcMessage>(message) else {
        let error = ErrorData::invalid_request("not a message of the Model Context Protocol", None);
        return Err(Box::new(no_message(id, error)));
    };
    let Some((ClientRequest::CallToolRequest(call), _)) = message.into_request() else { return Ok(()) };
    let procedure = domain.procedures.find(&call.params.name);
    let refusal = procedure
        .zip(parts.extensions.get::<Caller>())
        .and_then(|(procedure, caller)| caller.authorize(procedure.level).err());
    match refusal {
        Some(refusal @ Refusal::Scope { .. }) => {
            Err(Box::new(refuse(&domain.config, Resource::Mcp, BearerError::from(refusal))))
        }
        _ => Ok(()),
    }
}

/// The answer to a body that is no message (JSON-RPC 2.0 §5.1).
fn no_message(id: Option<RequestId>, error: ErrorData) -> Response {
    (StatusCode::BAD_REQUEST, Json(JsonRpcError::new(id, error))).into_response()
}

/// Takes every `Accept` under which JSON may come, or a stream of events, which clients name beside it; and none.
fn accepts_json(headers: &HeaderMap) -> bool {
    let ranges = ["*/*", "application/*", "application/json", "text/event-stream"];
    let mut values = headers.get_all(header::ACCEPT).iter().peekable();
    values.peek().is_none()
        || values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(|range| {
            let range = range.split(';').next().unwrap_or_default().trim();
            ranges.iter().any(|known| range.eq_ignore_ascii_case(known))
        })
}

/// A refusal of the library's, whose words are plain text, as JSON.
async fn in_json(response: Response) -> Response {
    let status = response.status();
    if !status.is_client_error() || media_type::is(response.headers(), "application/json") {
        return response;
    }
    let code = match status {
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
        _ => "invalid_request",
    };
    let (parts, body) = response.into_parts();
    let words = body.collect().await.map(|body| brief(body.to_bytes())).unwrap_or_default();
    let mut response = json_body::error(status, code, &words);
    if let Some(allow) = parts.headers.get(header::ALLOW) {
        response.headers_mut().insert(header::ALLOW, allow.clone());
    }
    response
}
