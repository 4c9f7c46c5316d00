//! Answers in parts, for those who accept a stream of events (WHATWG HTML §9.2.5): `progress` for each step of a run,
//! then `result` with the answer or `error` with what would have been the body of a refusal.

use std::convert::Infallible;

use axum::response::{
    IntoResponse, Response, Sse,
    sse::{Event, KeepAlive},
};
use futures_util::stream::unfold;
use http::{HeaderMap, header};
use http_body_util::BodyExt;
use serde_json::Value;

use domain::procedures::{Part, ProcedureError, Running};

/// The media type of a stream of events.
const EVENT_STREAM: &str = "text/event-stream";

/// Says if who sent these headers takes a stream of events, by name.
pub(super) fn accepted(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|range| range.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(EVENT_STREAM))
}

/// Answers a run. One that fails before its first step is refused as any other, with a status; when the caller goes, the
/// run ends.
pub(super) async fn answer(
    mut running: Running,
    failure: impl Fn(ProcedureError) -> Response + Send + 'static,
) -> Response {
    let first = match running.next().await {
        Some(Part::End(Err(error))) => return failure(error),
        first => first,
    };
    let parts = unfold((running, first, failure), |(mut running, first, failure)| async move {
        let part = match first {
            Some(part) => part,
            None => running.next().await?,
        };
        let event = match part {
            Part::Step(step) => Event::default().event("progress").json_data(step),
            Part::End(Ok(answer)) => Event::default().event("result").json_data(answer),
            Part::End(Err(error)) => Event::default().event("error").json_data(body_of(failure(error)).await),
        };
        let event = event.expect("JSON has no line breaks that would break an event");
        Some((Ok::<_, Infallible>(event), (running, None, failure)))
    });
    Sse::new(parts).keep_alive(KeepAlive::default()).into_response()
}

/// The JSON of a refusal.
async fn body_of(refusal: Response) -> Value {
    let body = refusal.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    serde_json::from_slice(&body).unwrap_or_default()
}
