//! T4, T5: what a code is worth over time, and what proves that it is one's own.

use domain::clock::{DAY, HOUR, MINUTE, Millis, SECOND};
use http::StatusCode;

use crate::support::{
    Answer, CALLBACK, ClientApp, ISSUER, MEMBER, OWNER, TestApp, Tokens, VIEWER, authorize_url, pkce,
};

/// Exchanges a code with this verifier.
async fn exchange_with(app: &TestApp, client: &ClientApp, code: &str, verifier: &str) -> Answer {
    let pairs = [("grant_type", "authorization_code"), ("code", code), ("code_verifier", verifier)];
    client.post(app, "/oauth/token", &pairs).await
}

fn is_invalid_grant(answer: &Answer, why: &str) {
    assert_eq!(answer.refusal(), "400 invalid_grant", "{why}");
}

#[tokio::test]
async fn t4_only_what_made_the_challenge_answers_it() {
    let (app, client) = TestApp::with_public_client().await;
    let code = app.code(MEMBER, &client, "api:read").await;
    let (verifier, challenge) = pkce();
    // The challenge stands in the browser's history and in logs on the way: it is no secret.
    for (wrong, why) in [
        (challenge.clone(), "the challenge itself"),
        (format!("{challenge}="), "the challenge, padded"),
        (verifier.to_uppercase(), "another case"),
        (verifier[..verifier.len() - 1].to_owned(), "the beginning"),
        (format!("{verifier}-"), "more than all"),
        (format!("{verifier} "), "a space behind"),
    ] {
        is_invalid_grant(&exchange_with(&app, &client, &code, &wrong).await, why);
    }
    Tokens::of(&exchange_with(&app, &client, &code, &verifier).await);
}

#[tokio::test]
async fn t4_a_verifier_has_between_43_and_128_characters() {
    use domain::crypto::secret::sha256;
    let (app, client) = TestApp::with_public_client().await;
    for (length, good) in [(42, false), (43, true), (128, true), (129, false)] {
        let verifier = "v".repeat(length);
        let challenge = sha256(verifier.as_bytes());
        let more = [("scope", "api:read"), ("code_challenge", challenge.as_str())];
        let code = app.code_for(MEMBER, &client, ("acme", "support"), &more, "api:read").await;
        let answer = exchange_with(&app, &client, &code, &verifier).await;
        assert_eq!(answer.status == StatusCode::OK, good, "{length}: {}", answer.body);
    }
}

#[tokio::test]
async fn t5_a_code_is_remembered_as_long_as_what_it_brought_and_a_day_more() {
    let (app, client) = TestApp::with_public_client().await;
    // The access token of a code lives an hour; a day later nothing is known of either.
    for (after, kills) in [
        (11 * SECOND, true),
        (HOUR, true),
        (DAY, true),
        (DAY + 2 * MINUTE, true),
        (DAY + HOUR, true),
        (DAY + HOUR + SECOND, false),
    ] {
        let code = app.code(MEMBER, &client, "api:read").await;
        let first = Tokens::of(&client.exchange(&app, &code).await);
        let swept: Millis = after / 2;
        for step in [swept, after - swept] {
            app.clock.advance(step);
            app.sweep().await;
        }
        let fresh = Tokens::of(&client.refresh(&app, &first.refresh).await);
        assert_eq!(app.call_api(&fresh).await.status, StatusCode::OK, "{after}");
        is_invalid_grant(&client.exchange(&app, &code).await, "used");
        let expected = if kills { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
        assert_eq!(app.call_api(&fresh).await.status, expected, "a replay after {after} ms");
        let refreshed = client.refresh(&app, &fresh.refresh).await.status;
        assert_eq!(refreshed == StatusCode::OK, !kills, "a replay after {after} ms");
    }
}

#[tokio::test]
async fn t5_a_replay_is_on_record_with_its_reason_and_address() {
    let (app, client) = TestApp::with_public_client().await;
    let code = app.code(MEMBER, &client, "api:read").await;
    Tokens::of(&client.exchange(&app, &code).await);
    app.clock.advance(DAY);
    app.sweep().await;
    for _ in 0..2 {
        is_invalid_grant(&client.exchange(&app, &code).await, "used");
    }
    let ends = "SELECT COUNT(*) FROM audit_events WHERE action = 'grant.revoked' AND detail = 'code_replayed'
        AND actor_id IS NULL AND address <> ''";
    assert_eq!(app.number(ends).await, 1, "it ends once");
    let page = app.signed_in(MEMBER).await.get("/o/acme/settings/apps?status=revoked").await.body;
    assert!(page.contains("an authorization code was used twice"), "{page}");
}

#[tokio::test]
async fn t5_only_a_valid_second_use_kills() {
    let app = TestApp::start().await;
    let (client, other) = (app.public_client().await, app.public_client().await);
    let code = app.code(MEMBER, &client, "api:read").await;
    let tokens = Tokens::of(&client.exchange(&app, &code).await);
    app.clock.advance(MINUTE);
    let (verifier, challenge) = pkce();
    // Another client, a wrong verifier, another redirect URI, and a client that has to prove itself first.
    is_invalid_grant(&other.exchange(&app, &code).await, "another client");
    is_invalid_grant(&exchange_with(&app, &client, &code, &challenge).await, "a wrong verifier");
    let moved = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("code_verifier", verifier.as_str()),
        ("redirect_uri", "http://127.0.0.1/other"),
    ];
    is_invalid_grant(&client.post(&app, "/oauth/token", &moved).await, "another redirect URI");
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    is_invalid_grant(&client.exchange(&app, &code).await, "used");
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn t4_the_redirect_uri_of_a_code_is_that_of_its_request_port_and_all() {
    let (app, client) = TestApp::with_public_client().await;
    let (verifier, _) = pkce();
    let asked = "http://127.0.0.1:5001/callback";
    for (sent, good) in [
        ("http://127.0.0.1:5002/callback", false),
        ("http://127.0.0.1/callback", false),
        ("http://127.0.0.1:5001/callback/", false),
        ("http://127.0.0.1:5001/Callback", false),
        (asked, true),
    ] {
        let more = [("scope", "api:read"), ("redirect_uri", asked)];
        let code = app.code_for(MEMBER, &client, ("acme", "support"), &more, "api:read").await;
        let pairs = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("code_verifier", verifier.as_str()),
            ("redirect_uri", sent),
        ];
        let answer = client.post(&app, "/oauth/token", &pairs).await;
        assert_eq!(answer.status == StatusCode::OK, good, "{sent}: {}", answer.body);
    }
}

#[tokio::test]
async fn t7_a_code_for_both_resources_gives_a_token_for_one_and_a_refresh_token_for_no_more() {
    let (app, client) = TestApp::with_public_client().await;
    let (mcp, api) = (format!("{ISSUER}/mcp"), format!("{ISSUER}/api"));
    let scopes = "mcp:read api:read api:write";
    let more = [("scope", scopes), ("resource", mcp.as_str()), ("resource", api.as_str())];
    let code = app.code_for(MEMBER, &client, ("acme", "support"), &more, scopes).await;
    let (verifier, _) = pkce();
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", code.as_str()),
        ("code_verifier", verifier.as_str()),
        ("resource", api.as_str()),
    ];
    let answer = client.post(&app, "/oauth/token", &pairs).await;
    let tokens = Tokens::of(&answer);
    assert_eq!(tokens.scope, "api:read api:write");
    let audience = |tokens: &Tokens| app.state.keys.verify(&tokens.access, ISSUER).unwrap().aud;
    assert_eq!(audience(&tokens), [api.as_str()]);
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    let tool = app.call_tool(&tokens, "list_work_items", serde_json::json!({})).await;
    assert_eq!(tool.status, StatusCode::UNAUTHORIZED, "{}", tool.body);
    let next = Tokens::of(&client.refresh(&app, &tokens.refresh).await);
    assert_eq!((audience(&next), next.scope.as_str()), (vec![api], "api:read api:write"));
}

#[tokio::test]
async fn t9_a_code_of_a_request_that_nobody_answered_yes_to_is_none() {
    let app = TestApp::start().await;
    let client = ClientApp::new(app.confidential_client().await.id, None, CALLBACK);
    let mut browser = app.signed_in(MEMBER).await;
    let answer = browser.get(&authorize_url(&client, &[])).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "an address that it did not register");
    let client = app.public_client().await;
    let form = browser.open_consent(&authorize_url(&client, &[])).await;
    // The handle is no code, and a refusal brings none.
    is_invalid_grant(&client.exchange(&app, &form.0).await, "a handle");
    let product = app.product_id("acme", "support").await;
    let denied = browser.decide(&form, "deny", &product, "mcp:read").await;
    assert_eq!(denied.location_param("code"), None);
    assert_eq!(app.number("SELECT COUNT(*) FROM grants").await, 0);
    assert_eq!(app.number("SELECT COUNT(*) FROM codes").await, 0);
}

/// A code that was never exchanged is no access: whoever only clicked does not know the app as it was.
#[tokio::test]
async fn u1_a_change_is_told_to_those_who_let_the_app_in_before() {
    let (app, client) = TestApp::with_public_client().await;
    app.code(MEMBER, &client, "api:read").await;
    app.tokens(VIEWER, &client, "api:read").await;
    app.clock.advance(HOUR);
    app.execute(&format!("UPDATE clients SET changed_at = {} WHERE id = '{}'", app.now(), client.id)).await;
    for (email, told) in [(MEMBER, false), (VIEWER, true), (OWNER, false)] {
        let seen = app.signed_in(email).await.consent_page(&client).await.app.changed_at;
        assert_eq!(seen.is_some(), told, "{email}");
    }
    app.clock.advance(HOUR);
    app.tokens(VIEWER, &client, "api:read").await;
    let seen = app.signed_in(VIEWER).await.consent_page(&client).await.app.changed_at;
    assert_eq!(seen, None, "they know it as it is");
}
