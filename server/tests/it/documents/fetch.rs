//! Requests to addresses that others name: what is sent, and answers that come piece by piece.

use domain::fetch::{AddressPolicy, FetchError, FetchRequest};
use http::{HeaderValue, header};

use crate::support::{Reply, Web};

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn a_form_is_posted_with_its_headers_and_an_error_is_an_answer() {
    let web = Web::start().await;
    web.put(
        "/token",
        Reply { status: 400, ..Reply::text("application/json", r#"{"error":"invalid_grant"}"#) },
    );
    let client = web.outbound(AddressPolicy::PublicAndLoopback);
    let url = web.url("/token");
    let mut request = FetchRequest::post(&url, FORM, b"grant_type=refresh_token".to_vec());
    request.headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Basic eDp5"));
    request.accept = "application/json";
    let response = client.send(request).await.unwrap();
    assert_eq!(response.status(), 400);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.whole(100).await.unwrap(), br#"{"error":"invalid_grant"}"#);
    assert_eq!(web.bodies(), ["grant_type=refresh_token"]);
    let head = web.requests().remove(0).to_lowercase();
    for line in ["post /token http/1.1", "authorization: basic edp5", "accept: application/json", FORM] {
        assert!(head.contains(line), "{line} in {head}");
    }
}

#[tokio::test]
async fn pieces_are_there_before_the_whole_and_no_more_is_kept_than_wanted() {
    let web = Web::start().await;
    let stalling =
        Reply { stalls_after: Some(5), ..Reply::text("text/event-stream", "data: one\n\ndata: two\n\n") };
    web.put("/events", stalling);
    web.put("/long", Reply::text("text/plain", &"x".repeat(1_000)));
    let client = web.outbound(AddressPolicy::PublicAndLoopback);
    let mut response = client.send(FetchRequest::get(&web.url("/events"))).await.unwrap();
    assert_eq!(response.chunk().await.unwrap().as_deref(), Some(&b"data:"[..]));
    drop(response);
    for (max, outcome) in [(999, Err(FetchError::TooLong(999))), (1_000, Ok(1_000))] {
        let response = client.send(FetchRequest::get(&web.url("/long"))).await.unwrap();
        assert_eq!(response.whole(max).await.map(|body| body.len()), outcome);
    }
}

#[tokio::test]
async fn a_request_has_a_time_of_its_own() {
    let web = Web::start().await;
    web.put("/slow", Reply { stalls_after: Some(1), ..Reply::text("text/plain", "xx") });
    let client = web.outbound(AddressPolicy::PublicAndLoopback);
    let url = web.url("/slow");
    let timeout = Some(std::time::Duration::from_millis(300));
    let mut response = client.send(FetchRequest { timeout, ..FetchRequest::get(&url) }).await.unwrap();
    assert!(response.chunk().await.unwrap().is_some());
    assert_eq!(response.chunk().await.unwrap_err(), FetchError::Slow);
}

#[tokio::test]
async fn what_is_posted_goes_to_public_addresses_only_and_follows_nothing() {
    let web = Web::start().await;
    web.lead("inside.example", &["10.0.0.1"]);
    let client = web.outbound(AddressPolicy::PublicAndLoopback);
    for url in ["https://10.0.0.1/x", &web.url_at("inside.example", "/x"), "https://[fd00::1]/"] {
        let refused = client.send(FetchRequest::post(url, FORM, b"secret=x".to_vec())).await;
        assert_eq!(refused.unwrap_err(), FetchError::NotPublic, "{url}");
    }
    for url in ["http://app.example/x", "https://u:p@app.example/x"] {
        let refused = client.send(FetchRequest::post(url, FORM, Vec::new())).await;
        assert_eq!(refused.unwrap_err(), FetchError::Url, "{url}");
    }
    web.put(
        "/moved",
        Reply { status: 307, ..Reply::text("text/plain", "") }.with("location", &web.url("/other")),
    );
    let response =
        client.send(FetchRequest::post(&web.url("/moved"), FORM, b"secret=x".to_vec())).await.unwrap();
    assert_eq!((response.status().as_u16(), web.requests().len()), (307, 1));
}
