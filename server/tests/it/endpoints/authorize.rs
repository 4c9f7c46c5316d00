//! A1–A9: the authorization endpoint.

use http::StatusCode;
use types::client::{AuthMethod, ClientSource};

use crate::support::{Answer, ISSUER, MEMBER, OWNER, TestApp, Tokens, VIEWER, authorize_url};

#[tokio::test]
async fn a1_an_unknown_client_or_address_is_told_to_the_person_only() {
    let (app, client) = TestApp::with_public_client().await;
    let two = ["https://client.example/a", "https://client.example/b"];
    let two = app.client("Two", ClientSource::Dynamic, AuthMethod::None, &two).await;
    let disabled = app.public_client().await;
    domain::clients::status::set_disabled(app.db().write(), &disabled.id, Some(app.now())).await.unwrap();
    let base = authorize_url(&client, &[]);
    let id = format!("client_id={}", client.id);
    for url in [
        base.replace(&id, "client_id=app_unknown"),
        base.replace(&id, ""),
        base.replace(&id, "client_id=%00"),
        base.replace(&id, &format!("{id}&{id}")),
        authorize_url(&disabled, &[]),
        authorize_url(&two, &[]).replace("redirect_uri=https%3A%2F%2Fclient.example%2Fa", ""),
        authorize_url(&client, &[("redirect_uri", "https://evil.example/")]),
        authorize_url(&client, &[("redirect_uri", "javascript:alert(1)")]),
        authorize_url(&client, &[("redirect_uri", "\"><script>alert(1)</script>")]),
        format!("{base}&redirect_uri=https%3A%2F%2Fevil.example%2F"),
        format!("{base}&x={}", "a".repeat(20_000)),
        "/oauth/authorize".to_owned(),
    ] {
        let answer = app.browser().get(&url).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{url}");
        assert_eq!(answer.header("location"), "", "{url}");
        assert!(answer.header("content-type").starts_with("text/html"));
        assert!(!answer.body.contains("<script>alert"), "{url}");
    }
}

#[tokio::test]
async fn a1_the_only_registered_address_need_not_be_named() {
    let (app, client) = TestApp::with_confidential_client().await;
    let url = authorize_url(&client, &[]).replace("redirect_uri=https%3A%2F%2Fclient.example%2Fcallback", "");
    assert!(app.browser().get(&url).await.location().starts_with("/sign-in?next="));
}

#[tokio::test]
async fn a2_addresses_match_exactly_but_for_the_loopback_port() {
    let app = TestApp::start().await;
    let loopback = app.public_client().await;
    let web = app.confidential_client().await;
    for (client, uri, good) in [
        (&loopback, "http://127.0.0.1:51234/callback", true),
        (&loopback, "http://127.0.0.1/callback/", false),
        (&loopback, "http://localhost/callback", false),
        (&loopback, "http://127.0.0.1/Callback", false),
        (&loopback, "http://127.0.0.1/callback?x=1", false),
        (&web, "https://client.example/callback", true),
        (&web, "https://client.example:8443/callback", false),
        (&web, "https://client.example/callback/sub", false),
        (&web, "https://CLIENT.example/callback", false),
        (&web, "http://client.example/callback", false),
    ] {
        let answer = app.browser().get(&authorize_url(client, &[("redirect_uri", uri)])).await;
        let expected = if good { StatusCode::SEE_OTHER } else { StatusCode::BAD_REQUEST };
        assert_eq!(answer.status, expected, "{uri}");
    }
}

/// Found by `hostile`: `%80` came back as `%EF%BF%BD`.
#[tokio::test]
async fn a3_a_state_that_is_no_text_does_not_come_back_as_another() {
    let (app, client) = TestApp::with_confidential_client().await;
    let url = authorize_url(&client, &[("scope", "openid"), ("state", "")]);
    let answer = app.get(&format!("{url}&state=a%80")).await;
    assert_eq!(answer.location_param("error").as_deref(), Some("invalid_scope"));
    assert_eq!(answer.location_param("state"), None);
}

#[tokio::test]
async fn a3_errors_go_back_to_a_trusted_client_with_state_and_iss() {
    let (app, client) = TestApp::with_confidential_client().await;
    let state = "a%2Fb +ü&=";
    let (long, longest, longer) = ("x".repeat(44), "x".repeat(128), "x".repeat(129));
    for (more, error) in [
        (vec![("response_type", "token")], "unsupported_response_type"),
        (vec![("response_type", "")], "invalid_request"),
        (vec![("code_challenge", "")], "invalid_request"),
        (vec![("code_challenge_method", "")], "invalid_request"),
        (vec![("code_challenge_method", "plain")], "invalid_request"),
        (vec![("code_challenge", "short")], "invalid_request"),
        (vec![("code_challenge", long.as_str())], "invalid_request"),
        (vec![("code_challenge", longest.as_str())], "invalid_request"),
        (vec![("code_challenge", longer.as_str())], "invalid_request"),
        (vec![("scope", "mcp:read"), ("scope", "mcp:write")], "invalid_request"),
        (vec![("resource", "https://other.example/mcp")], "invalid_target"),
        (vec![("resource", "http://127.0.0.1:4000/mcp#x")], "invalid_target"),
        (vec![("resource", "/mcp")], "invalid_target"),
        (vec![("resource", "http://127.0.0.1:4000/mcp"), ("resource", "x")], "invalid_target"),
        (vec![("scope", "openid profile")], "invalid_scope"),
        (vec![("scope", "api:read"), ("resource", "http://127.0.0.1:4000/mcp")], "invalid_scope"),
        (vec![("request", "eyJ")], "request_not_supported"),
        (vec![("request_uri", "urn:x")], "request_uri_not_supported"),
    ] {
        let more = [more, vec![("state", state)]].concat();
        let answer = app.browser().get(&authorize_url(&client, &more)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{more:?}: {}", answer.body);
        assert!(answer.location().starts_with("https://client.example/callback?"), "{}", answer.location());
        assert_eq!(answer.location_param("error").as_deref(), Some(error), "{more:?}");
        assert_eq!(answer.location_param("state").as_deref(), Some(state), "{more:?}");
        assert_eq!(answer.location_param("iss").as_deref(), Some(ISSUER), "{more:?}");
        let description = answer.location_param("error_description").unwrap();
        assert!(description.is_ascii() && !description.contains(['"', '\\']), "{description}");
    }
}

#[tokio::test]
async fn a3_errors_keep_the_query_of_the_redirect_uri() {
    let app = TestApp::start().await;
    let client =
        app.client("Q", ClientSource::Admin, AuthMethod::None, &["https://client.example/cb?tenant=1"]).await;
    let answer = app.browser().get(&authorize_url(&client, &[("response_type", "token")])).await;
    assert!(
        answer.location().starts_with("https://client.example/cb?tenant=1&error="),
        "{}",
        answer.location()
    );
}

#[tokio::test]
async fn a3_an_untrusted_client_sends_nobody_anywhere_unasked() {
    let (app, client) = TestApp::with_public_client().await;
    let url = authorize_url(&client, &[("response_type", "token")]);
    let answer = app.browser().get(&url).await;
    assert!(answer.location().starts_with("/sign-in?next=/oauth/authorize%3F"), "{}", answer.location());
    let mut browser = app.signed_in(MEMBER).await;
    let answer = browser.get(&url).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(answer.body.contains("Return to Test client"));
    assert!(
        answer.body.contains("http://127.0.0.1/callback?error=unsupported_response_type"),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn a4_sign_in_leads_back_to_the_same_request() {
    let (app, client) = TestApp::with_public_client().await;
    let mut browser = app.browser();
    let answer = browser.get(&authorize_url(&client, &[])).await;
    let next = url::Url::parse(&format!("{ISSUER}{}", answer.location())).unwrap();
    let next = next.query_pairs().find(|(name, _)| name == "next").unwrap().1.into_owned();
    assert!(next.starts_with("/consent/"), "{next}");
    let pairs = [("email", MEMBER), ("password", domain::demo::PASSWORD), ("next", next.as_str())];
    let answer = browser.post("/sign-in", &pairs).await;
    assert_eq!(answer.location(), next);
    assert!(browser.get(&next).await.body.contains("Authorize Test client"));
    // The request is stored: nothing of it is in the URL, and another browser cannot use it.
    let mut other = app.signed_in(MEMBER).await;
    assert!(!other.get(&next).await.body.contains("Authorize Test client"));
}

/// Found by `hostile`: a backslash or a letter that is not ASCII, sent as it is, led to the start page instead.
#[tokio::test]
async fn a4_sign_in_leads_back_to_a_request_that_is_spelled_loosely() {
    let (app, client) = TestApp::with_public_client().await;
    let mut browser = app.browser();
    // An error of an untrusted client: signed-out people sign in first.
    let url =
        format!("{}&state=a\\b\u{e4}\u{85}", authorize_url(&client, &[("scope", "openid"), ("state", "")]));
    let next = browser.get(&url).await.next_param("next").unwrap();
    let pairs = [("email", MEMBER), ("password", domain::demo::PASSWORD), ("next", next.as_str())];
    let back = browser.post("/sign-in", &pairs).await.location().to_owned();
    assert!(back.starts_with("/oauth/authorize?"), "{back}");
    let page = browser.get(&back).await.body;
    assert!(page.contains("state=a%5Cb%C3%A4%C2%85"), "{page}");
}

#[tokio::test]
async fn a4_another_account_keeps_the_request() {
    let (app, client) = TestApp::with_public_client().await;
    let mut browser = app.signed_in(VIEWER).await;
    let (handle, _) = browser.open_consent(&authorize_url(&client, &[])).await;
    let next = format!("/consent/{handle}");
    let answer = browser.post("/sign-out", &[("next", &next)]).await;
    assert_eq!(answer.location(), format!("/sign-in?next={next}"));
    browser.sign_in(MEMBER).await;
    let page = browser.get(&next).await;
    assert!(page.body.contains("Authorize Test client") && page.body.contains(MEMBER));
}

#[tokio::test]
async fn a5_the_resource_decides_the_audience_however_it_is_spelled() {
    let (app, client) = TestApp::with_public_client().await;
    for (resources, scope, audience) in [
        (vec!["http://127.0.0.1:4000/mcp"], "mcp:read api:read", vec!["/mcp"]),
        (vec!["http://127.0.0.1:4000/mcp/"], "mcp:read", vec!["/mcp"]),
        (vec!["HTTP://127.0.0.1:4000/mcp"], "mcp:read", vec!["/mcp"]),
        (vec!["http://127.0.0.1:4000/api"], "api:read", vec!["/api"]),
        (vec![], "api:read", vec!["/api"]),
        (
            vec!["http://127.0.0.1:4000/mcp", "http://127.0.0.1:4000/api"],
            "mcp:read api:read",
            vec!["/mcp", "/api"],
        ),
    ] {
        let mut more: Vec<_> = resources.iter().map(|&resource| ("resource", resource)).collect();
        more.push(("scope", scope));
        let chosen = if audience.len() == 2 {
            scope
        } else if audience[0] == "/mcp" {
            "mcp:read"
        } else {
            "api:read"
        };
        let code = app.code_for(MEMBER, &client, ("acme", "support"), &more, chosen).await;
        let tokens = Tokens::of(&client.exchange(&app, &code).await);
        let claims = app.state.keys.verify(&tokens.access, ISSUER).unwrap();
        let expected: Vec<_> = audience.iter().map(|path| format!("{ISSUER}{path}")).collect();
        assert_eq!(claims.aud, expected, "{resources:?}");
        assert_eq!(tokens.scope, chosen);
    }
}

#[tokio::test]
async fn a6_unknown_scopes_are_dropped_and_writing_brings_reading() {
    let (app, client) = TestApp::with_public_client().await;
    let more = [("scope", "openid mcp:write offline_access")];
    let code = app.code_for(MEMBER, &client, ("acme", "support"), &more, "mcp:write").await;
    assert_eq!(client.exchange(&app, &code).await.json()["scope"], "mcp:read mcp:write");
}

#[tokio::test]
async fn a6_admin_is_for_those_who_hold_the_role() {
    let (app, client) = TestApp::with_public_client().await;
    let mut browser = app.signed_in(MEMBER).await;
    let form = browser.open_consent(&authorize_url(&client, &[("scope", "mcp:admin")])).await;
    let answer = browser.approve(&form, "mcp:admin").await;
    assert!(answer.location().starts_with("/consent/"), "{}", answer.location());
    let tokens = app.tokens(OWNER, &client, "mcp:admin").await;
    assert_eq!(tokens.scope, "mcp:read mcp:write mcp:execute mcp:admin");
}

#[tokio::test]
async fn a7_the_consent_page_is_always_shown() {
    let app = TestApp::start().await;
    let mut browser = app.signed_in(MEMBER).await;
    // prompt=none is a parameter of OpenID Connect, which is unknown here.
    let prompts = [None, None, Some("consent"), Some("none"), Some("login"), Some("consent none")];
    for client in [app.public_client().await, app.confidential_client().await] {
        for (round, prompt) in prompts.into_iter().enumerate() {
            let mut more = vec![("scope", "api:read")];
            more.extend(prompt.map(|prompt| ("prompt", prompt)));
            // The page comes, and nothing is granted before it is answered.
            let form = browser.open_consent(&authorize_url(&client, &more)).await;
            let granted = format!("SELECT COUNT(*) FROM grants WHERE client_id = '{}'", client.id);
            assert_eq!(app.number(&granted).await, i64::try_from(round).unwrap(), "{prompt:?}");
            let answer = browser.approve(&form, "api:read").await;
            let code = answer.location_param("code").unwrap();
            assert_eq!(client.exchange(&app, &code).await.status, StatusCode::OK);
        }
    }
    // Nobody is signed in: the page comes after that, whatever the prompt.
    let client = app.confidential_client().await;
    let answer = app.browser().get(&authorize_url(&client, &[("prompt", "none")])).await;
    assert!(answer.location().starts_with("/sign-in?next=/consent/"), "{}", answer.location());
}

#[track_caller]
fn assert_has_page_headers(answer: &Answer, what: &str) {
    assert!(answer.header("content-type").starts_with("text/html"), "{what}");
    let policy = answer.header("content-security-policy");
    for part in ["frame-ancestors 'none'", "script-src 'self' 'nonce-", "'wasm-unsafe-eval'"] {
        assert!(policy.contains(part), "{what}: {policy}");
    }
    assert!(!policy.contains("unsafe-inline"), "{what}: {policy}");
    assert_has_safe_headers(answer, what);
}

#[track_caller]
fn assert_has_safe_headers(answer: &Answer, what: &str) {
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("frame-ancestors 'none'"), "{what}: {policy}");
    assert_eq!(answer.header("x-frame-options"), "DENY", "{what}");
    assert_eq!(answer.header("cache-control"), "no-store", "{what}");
    assert_eq!(answer.header("referrer-policy"), "same-origin", "{what}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{what}");
}

#[tokio::test]
async fn a8_every_page_of_the_flow_has_its_headers() {
    let (app, client) = TestApp::with_public_client().await;
    let mut browser = app.signed_in(MEMBER).await;
    let (handle, _) = browser.open_consent(&authorize_url(&client, &[])).await;
    for path in [
        "/sign-in".to_owned(),
        format!("/consent/{handle}"),
        "/consent/unknown".to_owned(),
        "/oauth/authorize".to_owned(),
    ] {
        // Whoever is signed in does not see the sign-in page.
        let mut stranger = app.browser();
        let browser = if path == "/sign-in" { &mut stranger } else { &mut browser };
        let (got, head) = (browser.get(&path).await, browser.head(&path).await);
        assert_has_page_headers(&got, &path);
        assert_has_page_headers(&head, &format!("HEAD {path}"));
        assert_eq!((head.status, head.body.as_str()), (got.status, ""), "HEAD {path}");
    }
    let redirect = app.browser().get(&authorize_url(&client, &[])).await;
    assert_eq!(redirect.header("cache-control"), "no-store");
    assert_eq!(redirect.header("x-frame-options"), "DENY");
}

#[tokio::test]
async fn a8_refused_forms_have_the_headers_of_pages() {
    let (app, client) = TestApp::with_public_client().await;
    let mut browser = app.signed_in(MEMBER).await;
    let (handle, csrf) = browser.open_consent(&authorize_url(&client, &[])).await;
    let forged = browser.decide(&(handle.clone(), "x".to_owned()), "approve", "prd_x", "mcp:read").await;
    let foreign = browser.decide(&(handle, csrf), "approve", "prd_x", "mcp:read").await;
    for (answer, what) in [(forged, "a forged form"), (foreign, "a foreign product")] {
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{what}");
        assert_has_page_headers(&answer, what);
    }
    let wrong = [("email", MEMBER), ("password", "wrong")];
    let answer = app.browser().post("/sign-in", &wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_has_page_headers(&answer, "a wrong password");
    // What comes from another site gets no page at all.
    for path in ["/oauth/consent", "/sign-in"] {
        let answer = browser.post_from(path, &wrong, &[("sec-fetch-site", "cross-site")]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        assert_has_safe_headers(&answer, path);
    }
}

#[tokio::test]
async fn a9_unknown_parameters_are_ignored_and_empty_ones_absent() {
    let (app, client) = TestApp::with_public_client().await;
    let url =
        format!("{}&foo=bar&foo=baz&scope=&resource=&prompt=consent&nonce=n", authorize_url(&client, &[]));
    assert!(app.browser().get(&url).await.location().starts_with("/sign-in?next=/consent/"));
}
