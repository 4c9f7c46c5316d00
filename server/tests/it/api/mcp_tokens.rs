//! M1, M2, M8, M9: which tokens open `/mcp`, and how long; what everybody else is told.

use domain::{
    accounts::users,
    clients::status,
    clock::{HOUR, MINUTE, SECOND},
    crypto::{
        jwt::{AccessClaims, KeyRing},
        signing_key::SigningKey,
    },
};
use http::{Method, StatusCode, header};
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::support::{
    ISSUER, MEMBER, OWNER, TestApp, Tokens, log_of,
    mcp::{
        PLAIN_CHALLENGE, READ, WRITE, assert_invalid_token, initialize, list, message, modern, post,
        structured, titles,
    },
};

#[tokio::test]
async fn m1_without_a_token_every_request_is_challenged() {
    let app = TestApp::start().await;
    for body in [
        initialize("2025-06-18"),
        modern("server/discover", json!({})),
        message("tools/list", json!({})),
        json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }),
        json!([]),
        json!("nonsense"),
    ] {
        let answer = app.post_json("/mcp", &body, &[]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{body}");
        assert_eq!(answer.headers.get_all(header::WWW_AUTHENTICATE).iter().count(), 1);
        assert_eq!(answer.header("www-authenticate"), PLAIN_CHALLENGE, "{body}");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("content-type"), "application/json");
    }
    for method in [Method::GET, Method::DELETE, Method::PUT, Method::HEAD] {
        let answer = list(&app, method.clone(), "/mcp", &[]).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method}");
        assert_eq!(answer.header("www-authenticate"), PLAIN_CHALLENGE, "{method}");
    }
}

#[tokio::test]
async fn m1_the_challenge_leads_to_the_metadata_of_exactly_this_resource() {
    let app = TestApp::start().await;
    let challenge =
        app.post_json("/mcp", &initialize("2025-11-25"), &[]).await.header("www-authenticate").to_owned();
    let url = challenge.split("resource_metadata=\"").nth(1).unwrap().split('"').next().unwrap();
    let metadata = app.get(url.strip_prefix(ISSUER).unwrap()).await.json();
    assert_eq!(metadata["resource"], format!("{ISSUER}/mcp"));
}

#[tokio::test]
async fn m1_preflights_need_no_token() {
    let app = TestApp::start().await;
    let wanted = "authorization,content-type,mcp-protocol-version,mcp-method,mcp-name,last-event-id";
    let headers = [
        ("origin", "http://localhost:6274"),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", wanted),
    ];
    let answer = list(&app, Method::OPTIONS, "/mcp", &headers).await;
    assert!(answer.status.is_success(), "{}", answer.status);
    assert_eq!(answer.header("access-control-allow-origin"), "http://localhost:6274");
    let allowed = answer.header("access-control-allow-headers").to_owned();
    for header in wanted.split(',') {
        assert!(allowed.split(',').any(|name| name == header), "{header} is not in {allowed}");
    }
    let answer = list(&app, Method::POST, "/mcp", &headers[..1]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    assert_eq!(answer.header("access-control-allow-origin"), "http://localhost:6274");
    assert!(answer.header("access-control-expose-headers").contains("www-authenticate"));
}

#[tokio::test]
async fn m2_what_is_no_token_of_this_server_is_invalid() {
    let app = TestApp::start().await;
    let good = app.member(WRITE).await;
    let claims = app.state.keys.verify(&good.access, ISSUER).unwrap();
    let foreign =
        KeyRing::new(vec![SigningKey::from_pkcs8(&SigningKey::generate_pkcs8().unwrap()).unwrap()]).unwrap();
    let (head, signature) = good.access.rsplit_once('.').unwrap();
    let (first, claims_part) = head.split_once('.').unwrap();
    let bad = [
        ("garbage", "garbage".to_owned()),
        ("the refresh token", good.refresh.clone()),
        ("another signature", format!("{head}.{}", signature.chars().rev().collect::<String>())),
        ("no signature", format!("{head}.")),
        ("other claims", format!("{first}.{}x.{signature}", &claims_part[..claims_part.len() - 1])),
        ("another server's key", foreign.sign(&claims).unwrap()),
        ("alg none", format!("eyJ0eXAiOiJhdCtqd3QiLCJhbGciOiJub25lIn0.{claims_part}.")),
        ("very long", "x".repeat(6_000)),
    ];
    for (why, access) in bad {
        let tokens = Tokens { access, ..good.clone() };
        assert_invalid_token(&post(&app, &tokens, &initialize("2025-06-18")).await, why);
    }
    assert_eq!(post(&app, &good, &initialize("2025-06-18")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn m2_claims_that_do_not_fit_are_invalid() {
    let app = TestApp::start().await;
    let good = app.member(WRITE).await;
    type Change = fn(&mut AccessClaims);
    let bad: [(&str, Change); 9] = [
        ("another issuer", |claims| claims.iss = "http://127.0.0.1:4001".to_owned()),
        ("the REST API's audience", |claims| claims.aud = vec![format!("{ISSUER}/api")]),
        ("another server's audience", |claims| claims.aud = vec!["https://evil.example/mcp".to_owned()]),
        ("the issuer as audience", |claims| claims.aud = vec![ISSUER.to_owned()]),
        ("an audience below this one", |claims| claims.aud = vec![format!("{ISSUER}/mcp/x")]),
        ("an audience that begins like this one", |claims| claims.aud = vec![format!("{ISSUER}/mcpx")]),
        ("no audience", |claims| claims.aud = vec![]),
        ("an unknown grant", |claims| claims.grant = "grt_unknown".parse().unwrap()),
        ("an end in the past", |claims| claims.exp = claims.iat),
    ];
    for (why, change) in bad {
        let tokens = app.resigned(&good, change);
        assert_invalid_token(&post(&app, &tokens, &initialize("2025-06-18")).await, why);
    }
}

#[tokio::test]
async fn m2_a_token_ends_with_its_hour() {
    let app = TestApp::start().await;
    let tokens = app.member(READ).await;
    app.clock.advance(HOUR - SECOND);
    assert_eq!(post(&app, &tokens, &message("tools/list", json!({}))).await.status, StatusCode::OK);
    app.clock.advance(SECOND);
    assert_invalid_token(&post(&app, &tokens, &message("tools/list", json!({}))).await, "expired");
}

#[tokio::test]
async fn m2_a_token_for_the_rest_api_does_not_open_mcp() {
    let app = TestApp::start().await;
    let tokens = app.member("api:read api:write").await;
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    assert_invalid_token(&post(&app, &tokens, &initialize("2025-06-18")).await, "a REST token");
}

#[tokio::test]
async fn m2_a_token_in_the_query_is_not_seen() {
    let app = TestApp::start().await;
    let tokens = app.member(READ).await;
    let path = format!("/mcp?access_token={}", tokens.access);
    let answer = list(&app, Method::POST, &path, &[]).await;
    assert_eq!(
        (answer.status, answer.header("www-authenticate")),
        (StatusCode::UNAUTHORIZED, PLAIN_CHALLENGE)
    );
}

#[tokio::test]
async fn m2_a_cookie_opens_nothing() {
    let app = TestApp::start().await;
    let browser = app.signed_in(OWNER).await;
    let answer = app
        .post_json("/mcp", &initialize("2025-06-18"), &[("cookie", browser.cookie_header().as_str())])
        .await;
    assert_eq!(
        (answer.status, answer.header("www-authenticate")),
        (StatusCode::UNAUTHORIZED, PLAIN_CHALLENGE)
    );
}

#[tokio::test]
async fn m2_the_scheme_may_be_written_in_any_case() {
    let app = TestApp::start().await;
    let tokens = app.member(READ).await;
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let authorization = format!("{scheme} {}", tokens.access);
        let answer = app
            .post_json("/mcp", &message("tools/list", json!({})), &[("authorization", &authorization)])
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{scheme}");
    }
}

#[tokio::test]
async fn m2_malformed_credentials_are_a_bad_request() {
    let app = TestApp::start().await;
    let tokens = app.member(READ).await;
    let bearer = tokens.bearer();
    let (two, basic) = (format!("{bearer}, {bearer}"), app.confidential_client().await.basic());
    let cases: [&[(&str, &str)]; 7] = [
        &[("authorization", &bearer), ("authorization", &bearer)],
        &[("authorization", &bearer), ("authorization", "Bearer other")],
        &[("authorization", &two)],
        &[("authorization", &basic)],
        &[("authorization", "Bearer")],
        &[("authorization", "Bearer ")],
        &[("authorization", "")],
    ];
    for headers in cases {
        let answer = app.post_json("/mcp", &message("tools/list", json!({})), headers).await;
        assert_eq!(answer.refusal(), "400 invalid_request", "{headers:?}");
        assert!(
            answer.header("www-authenticate").starts_with("Bearer error=\"invalid_request\""),
            "{headers:?}"
        );
    }
}

#[tokio::test]
async fn m2_disabled_people_and_clients_are_out_at_once() {
    let (app, client) = TestApp::with_public_client().await;
    let (first, second) = (app.tokens(MEMBER, &client, READ).await, app.member(READ).await);
    status::set_disabled(app.db().write(), &client.id, Some(app.now())).await.unwrap();
    assert_invalid_token(&post(&app, &first, &message("tools/list", json!({}))).await, "disabled client");
    assert_eq!(post(&app, &second, &message("tools/list", json!({}))).await.status, StatusCode::OK);
    users::disable(app.db().write(), &app.user_id(MEMBER).await, app.now()).await.unwrap();
    assert_invalid_token(&post(&app, &second, &message("tools/list", json!({}))).await, "disabled person");
    status::set_disabled(app.db().write(), &client.id, None).await.unwrap();
    assert_invalid_token(&post(&app, &first, &message("tools/list", json!({}))).await, "disabled person");
}

#[tokio::test]
async fn m8_a_revoked_grant_is_out_on_the_next_call() {
    let (app, client) = TestApp::with_public_client().await;
    let (revoked, other) =
        (app.tokens(MEMBER, &client, WRITE).await, app.tokens(MEMBER, &client, WRITE).await);
    assert_eq!(titles(&app, &revoked).await.len(), 5);
    let mut browser = app.signed_in(MEMBER).await;
    let answer = browser.call("revoke_grant", &json!({ "grant_id": app.grant_of(&revoked) })).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_invalid_token(&app.call_tool(&revoked, "list_work_items", json!({})).await, "revoked");
    assert_eq!(client.refresh(&app, &revoked.refresh).await.error(), "invalid_grant");
    assert_eq!(titles(&app, &other).await.len(), 5, "another grant of the same client lives");
}

#[tokio::test]
async fn m8_a_revoked_token_is_out_on_the_next_call() {
    let (app, client) = TestApp::with_public_client().await;
    let tokens = app.tokens(MEMBER, &client, WRITE).await;
    assert_eq!(titles(&app, &tokens).await.len(), 5);
    let answer = client.post(&app, "/oauth/revoke", &[("token", &tokens.access)]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_invalid_token(&app.call_tool(&tokens, "list_work_items", json!({})).await, "revoked token");
}

#[tokio::test]
async fn m8_uses_are_counted_for_their_grant() {
    let app = TestApp::start().await;
    let tokens = app.member(WRITE).await;
    for _ in 0..3 {
        titles(&app, &tokens).await;
    }
    app.state.usage.flush(app.db()).await.unwrap();
    let query = format!("SELECT use_count FROM grants WHERE id = '{}'", app.grant_of(&tokens));
    let row = app.db().read().query_one_raw(sea_orm::Statement::from_string(app.db().backend(), query)).await;
    assert_eq!(row.unwrap().unwrap().try_get::<i64>("", "use_count").unwrap(), 3);
}

#[tokio::test]
async fn p1_calls_count_together_at_both_doors() {
    let app = TestApp::start_with(&["--call-limit", "2"]).await;
    let client = app.public_client().await;
    let (mcp, api) = (format!("{ISSUER}/mcp"), format!("{ISSUER}/api"));
    let scopes = "mcp:read api:read";
    let more = [("scope", scopes), ("resource", mcp.as_str()), ("resource", api.as_str())];
    let code = app.code_for(MEMBER, &client, ("acme", "support"), &more, scopes).await;
    let tokens = Tokens::of(&client.exchange(&app, &code).await);
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    structured(&app.call_tool(&tokens, "list_work_items", json!({})).await);
    let calls = [app.call_tool(&tokens, "list_work_items", json!({})).await, app.call_api(&tokens).await];
    for answer in calls {
        assert_eq!(answer.refusal(), "429 temporarily_unavailable");
        assert!((1..=61).contains(&answer.header("retry-after").parse::<u32>().unwrap()));
        assert_eq!(answer.header("www-authenticate"), "", "no token would help");
    }
    app.clock.advance(MINUTE);
    structured(&app.call_tool(&tokens, "list_work_items", json!({})).await);
}

#[tokio::test]
async fn m9_the_token_is_never_logged() {
    let app = TestApp::start().await;
    let tokens = app.member(READ).await;
    let text = log_of(async {
        titles(&app, &tokens).await;
        app.call_tool(&tokens, "create_work_item", json!({ "title": "x" })).await;
        app.call_tool(&tokens, "nonsense", json!({})).await;
        app.call_api(&tokens).await;
        post(&app, &app.resigned(&tokens, |claims| claims.exp = 0), &initialize("2025-06-18")).await;
    })
    .await;
    assert!(text.contains("call refused"), "nothing was captured: {text}");
    let signature = tokens.access.rsplit('.').next().unwrap();
    for secret in [tokens.access.as_str(), signature, "Bearer ey"] {
        assert!(!text.contains(secret), "the log has {secret}");
    }
}
