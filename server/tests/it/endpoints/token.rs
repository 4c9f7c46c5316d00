//! T1–T10: the token endpoint with authorization codes.

use domain::clock::SECOND;
use http::StatusCode;
use types::{
    client::{AuthMethod, ClientSource},
    grant::GrantStatus,
    role::ProductRole,
};

use crate::support::{ClientApp, ISSUER, MEMBER, TestApp, Tokens, pkce};

const REDIRECT: &str = "http://127.0.0.1/callback";

#[tokio::test]
async fn t1_a_code_becomes_tokens() {
    let (app, client) = TestApp::with_public_client().await;
    let code = app.code(MEMBER, &client, "mcp:read mcp:write").await;
    let answer = client.exchange(&app, &code).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("pragma"), "no-cache");
    assert_eq!(answer.header("content-type"), "application/json");
    let json = answer.json();
    assert_eq!(json["token_type"], "Bearer");
    assert_eq!(json["expires_in"], 3_600);
    assert_eq!(json["scope"], "mcp:read mcp:write");
    let claims = app.state.keys.verify(json["access_token"].as_str().unwrap(), ISSUER).unwrap();
    assert_eq!(claims.aud, [format!("{ISSUER}/mcp")]);
    assert_eq!(*claims.client_id, *client.id);
    assert_eq!(claims.sub, *app.user_id(MEMBER).await);
    assert_eq!(claims.exp - claims.iat, 3_600);
    assert!(json["refresh_token"].as_str().unwrap().len() > 40);
}

#[tokio::test]
async fn t1_without_the_grant_type_there_is_no_refresh_token() {
    let app = TestApp::start().await;
    let body = serde_json::json!({ "redirect_uris": [REDIRECT], "token_endpoint_auth_method": "none" });
    let id =
        app.post_json("/oauth/register", &body, &[]).await.json()["client_id"].as_str().unwrap().to_owned();
    let client = ClientApp::new(id, None, REDIRECT);
    let tokens = app.tokens(MEMBER, &client, "mcp:read").await;
    assert_eq!(tokens.refresh, "");
    assert_eq!(client.refresh(&app, "gpr_x").await.error(), "unauthorized_client");
}

#[tokio::test]
async fn t2_a_secret_is_taken_in_the_header_or_in_the_body() {
    let (app, client) = TestApp::with_confidential_client().await;
    let secret = client.secret.clone().unwrap();
    let (verifier, _) = pkce();
    let encoded: String = form_urlencoded::byte_serialize(client.id.as_bytes()).collect();
    let basic = |id: &str, secret: &str| {
        use base64::{Engine, engine::general_purpose::STANDARD};
        format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
    };
    for (headers, more) in [
        (vec![("authorization", basic(&client.id, &secret))], vec![]),
        (vec![("authorization", basic(&encoded, &secret))], vec![]),
        (
            vec![("authorization", basic(&client.id, &secret).replace("Basic", "bAsIc"))],
            vec![("client_id", client.id.as_str())],
        ),
        (vec![], vec![("client_id", client.id.as_str()), ("client_secret", secret.as_str())]),
    ] {
        let code = app.code(MEMBER, &client, "mcp:read").await;
        let pairs =
            [vec![("grant_type", "authorization_code"), ("code", &code), ("code_verifier", &verifier)], more]
                .concat();
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = app.post_form_with("/oauth/token", &pairs, &headers).await;
        assert_eq!(answer.status, StatusCode::OK, "{headers:?} {}", answer.body);
    }
    let both = [
        ("grant_type", "authorization_code"),
        ("code", "x"),
        ("code_verifier", &verifier),
        ("client_secret", secret.as_str()),
    ];
    let answer = app.post_form_with("/oauth/token", &both, &[("authorization", &client.basic())]).await;
    assert_eq!(answer.refusal(), "400 invalid_request");
    let query = format!("/oauth/token?client_id={}&client_secret={secret}", client.id);
    let answer = app.post_form(&query, &[("grant_type", "authorization_code"), ("code", "x")]).await;
    assert_eq!(answer.error(), "invalid_client");
}

#[tokio::test]
async fn t2_the_header_may_have_every_byte_percent_encoded() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let (app, client) = TestApp::with_confidential_client().await;
    let code = app.code(MEMBER, &client, "mcp:read").await;
    let (verifier, _) = pkce();
    let pairs =
        [("grant_type", "authorization_code"), ("code", code.as_str()), ("code_verifier", verifier.as_str())];
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let secret = client.secret.as_deref().unwrap();
    for (secret, expected) in [("wrong", StatusCode::UNAUTHORIZED), (secret, StatusCode::OK)] {
        let basic = STANDARD.encode(format!("{}:{}", encoded(&client.id), encoded(secret)));
        let header = format!("Basic {basic}");
        let answer = app.post_form_with("/oauth/token", &pairs, &[("authorization", &header)]).await;
        assert_eq!(answer.status, expected, "{}", answer.body);
    }
}

#[tokio::test]
async fn t3_a_client_that_does_not_prove_itself_is_401() {
    let app = TestApp::start().await;
    let confidential = app.confidential_client().await;
    let public = app.public_client().await;
    let disabled = app.confidential_client().await;
    domain::clients::status::set_disabled(app.db().write(), &disabled.id, Some(app.now())).await.unwrap();
    let grant = [("grant_type", "authorization_code"), ("code", "x"), ("code_verifier", "y")];
    for more in [
        vec![],
        vec![("client_id", "app_unknown")],
        vec![("client_id", confidential.id.as_str())],
        vec![("client_id", confidential.id.as_str()), ("client_secret", "wrong")],
        vec![("client_id", public.id.as_str()), ("client_secret", "surplus")],
        vec![("client_id", "app_\0")],
    ] {
        let answer = app.post_form("/oauth/token", &[&grant[..], &more].concat()).await;
        assert_eq!(answer.refusal(), "401 invalid_client", "{more:?}");
        assert_eq!(answer.header("www-authenticate"), "");
    }
    let wrong = ClientApp { secret: Some("wrong".to_owned()), ..confidential.clone() };
    let nul = ClientApp { id: "app_\0".to_owned(), ..wrong.clone() };
    for header in
        [nul.basic(), wrong.basic(), "Basic !".to_owned(), "Basic".to_owned(), "Bearer x".to_owned()]
    {
        let answer = app.post_form_with("/oauth/token", &grant, &[("authorization", &header)]).await;
        assert_eq!(answer.refusal(), "401 invalid_client", "{header}");
        assert!(answer.header("www-authenticate").starts_with("Basic "), "{header}");
    }
    // One that proved itself but is switched off: invalid_client would make it register anew.
    let answer = app.post_form_with("/oauth/token", &grant, &[("authorization", &disabled.basic())]).await;
    assert_eq!(answer.refusal(), "400 invalid_grant");
}

#[tokio::test]
async fn t4_a_code_that_does_not_fit_is_invalid_grant() {
    let (app, client) = TestApp::with_public_client().await;
    let other = app.public_client().await;
    let (verifier, _) = pkce();
    let wrong = "w".repeat(43);
    let code = app.code(MEMBER, &client, "mcp:read").await;
    for (who, pairs) in [
        (&client, vec![("code", "gpc_unknown"), ("code_verifier", verifier.as_str())]),
        (&client, vec![("code", code.as_str()), ("code_verifier", wrong.as_str())]),
        (&client, vec![("code", code.as_str()), ("code_verifier", "short")]),
        (&other, vec![("code", code.as_str()), ("code_verifier", verifier.as_str())]),
        (
            &client,
            vec![
                ("code", code.as_str()),
                ("code_verifier", verifier.as_str()),
                ("redirect_uri", "http://127.0.0.1/other"),
            ],
        ),
    ] {
        let pairs = [vec![("grant_type", "authorization_code")], pairs].concat();
        let answer = who.post(&app, "/oauth/token", &pairs).await;
        assert_eq!(answer.refusal(), "400 invalid_grant", "{pairs:?}");
    }
    for missing in [vec![("code", code.as_str())], vec![("code_verifier", verifier.as_str())]] {
        let pairs = [vec![("grant_type", "authorization_code")], missing].concat();
        assert_eq!(client.post(&app, "/oauth/token", &pairs).await.error(), "invalid_request");
    }
    // None of this used the code up.
    let pairs = [
        ("grant_type", "authorization_code"),
        ("code", &code),
        ("code_verifier", &verifier),
        ("redirect_uri", REDIRECT),
    ];
    assert_eq!(client.post(&app, "/oauth/token", &pairs).await.status, StatusCode::OK);
}

#[tokio::test]
async fn t5_second_use_of_a_code_kills_its_tokens_unless_it_comes_at_once() {
    let (app, client) = TestApp::with_public_client().await;
    let code = app.code(MEMBER, &client, "api:read").await;
    let tokens = Tokens::of(&client.exchange(&app, &code).await);
    app.clock.advance(10 * SECOND);
    assert_eq!(client.exchange(&app, &code).await.error(), "invalid_grant");
    assert_eq!(
        app.call_api(&tokens).await.status,
        StatusCode::OK,
        "parallel honest clients keep their tokens"
    );
    // Without the verifier nobody kills anything.
    app.clock.advance(SECOND);
    let wrong = "w".repeat(43);
    let pairs =
        [("grant_type", "authorization_code"), ("code", code.as_str()), ("code_verifier", wrong.as_str())];
    assert_eq!(client.post(&app, "/oauth/token", &pairs).await.error(), "invalid_grant");
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::OK);
    // A late valid use is a thief's, or the victim's of one.
    assert_eq!(client.exchange(&app, &code).await.error(), "invalid_grant");
    assert_eq!(app.call_api(&tokens).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(client.refresh(&app, &tokens.refresh).await.error(), "invalid_grant");
}

#[tokio::test]
async fn t6_malformed_requests_are_told_what_is_wrong() {
    let (app, client) = TestApp::with_public_client().await;
    let answer = app.get("/oauth/token").await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    let json = serde_json::json!({ "grant_type": "authorization_code" });
    let answer = app.post_json("/oauth/token", &json, &[]).await;
    assert_eq!(answer.refusal(), "400 invalid_request");
    let id = ("client_id", client.id.as_str());
    let huge = "x".repeat(100_000);
    for (pairs, error) in [
        (vec![id], "invalid_request"),
        (vec![id, ("grant_type", "")], "invalid_request"),
        (vec![id, ("grant_type", "refresh_token"), ("grant_type", "refresh_token")], "invalid_request"),
        (vec![id, id, ("grant_type", "refresh_token"), ("refresh_token", "x")], "invalid_request"),
        (
            vec![
                id,
                ("grant_type", "authorization_code"),
                ("code", "a"),
                ("code", "b"),
                ("code_verifier", "c"),
            ],
            "invalid_request",
        ),
        (vec![id, ("grant_type", "refresh_token"), ("refresh_token", huge.as_str())], "invalid_request"),
        (vec![id, ("grant_type", "refresh_token")], "invalid_request"),
        (vec![id, ("grant_type", "urn:unknown")], "unsupported_grant_type"),
    ] {
        let answer = app.post_form("/oauth/token", &pairs).await;
        assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, error));
    }
}

#[tokio::test]
async fn t7_the_resource_has_to_be_that_of_the_grant() {
    let (app, client) = TestApp::with_public_client().await;
    let (verifier, _) = pkce();
    for (resource, error) in [
        ("http://127.0.0.1:4000/api", Some("invalid_target")),
        ("https://other.example/mcp", Some("invalid_target")),
        ("http://127.0.0.1:4000/mcp/", None),
    ] {
        let code = app.code(MEMBER, &client, "mcp:read").await;
        let pairs = [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("code_verifier", &verifier),
            ("resource", resource),
        ];
        let answer = client.post(&app, "/oauth/token", &pairs).await;
        match error {
            Some(error) => {
                assert_eq!((answer.status, answer.error().as_str()), (StatusCode::BAD_REQUEST, error))
            }
            None => assert_eq!(answer.status, StatusCode::OK, "{}", answer.body),
        }
    }
}

#[tokio::test]
async fn t8_passwords_are_never_taken() {
    let (app, client) = TestApp::with_public_client().await;
    for kind in ["password", "implicit", "urn:ietf:params:oauth:grant-type:token-exchange"] {
        let pairs = [("grant_type", kind), ("username", MEMBER), ("password", "x")];
        assert_eq!(client.post(&app, "/oauth/token", &pairs).await.error(), "unsupported_grant_type");
    }
}

#[tokio::test]
async fn t9_a_code_lives_a_minute_and_is_stored_hashed() {
    let (app, client) = TestApp::with_public_client().await;
    let code = app.code(MEMBER, &client, "mcp:read").await;
    use sea_orm::EntityTrait;
    let stored = domain::grants::tables::code::Entity::find().all(app.db().read()).await.unwrap();
    assert!(!format!("{stored:?}").contains(&code[4..]));
    app.clock.advance(60 * SECOND);
    assert_eq!(client.exchange(&app, &code).await.error(), "invalid_grant");
    // What nobody exchanged ends, and is not shown.
    app.sweep_at(app.now() + SECOND).await;
    let grants = domain::grants::tables::grant::Entity::find().all(app.db().read()).await.unwrap();
    assert!(grants.iter().all(|grant| grant.status == GrantStatus::Expired), "{grants:?}");
}

#[tokio::test]
async fn t10_guessing_a_secret_ends_in_429_for_the_guesser_only() {
    let (app, client) = TestApp::with_confidential_client().await;
    let other =
        app.client("Other", ClientSource::Admin, AuthMethod::SecretPost, &["https://other.example/cb"]).await;
    let wrong = ClientApp { secret: Some("wrong".to_owned()), ..client.clone() };
    // Right ones cost nothing.
    for _ in 0..20 {
        assert_eq!(client.refresh(&app, "gpr_x").await.error(), "invalid_grant");
    }
    for _ in 0..10 {
        assert_eq!(wrong.refresh(&app, "gpr_x").await.status, StatusCode::UNAUTHORIZED);
    }
    let answer = wrong.refresh(&app, "gpr_x").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.header("retry-after").parse::<u32>().unwrap() > 0);
    assert_eq!(other.refresh(&app, "gpr_x").await.error(), "invalid_grant");
    app.clock.advance(10 * domain::clock::MINUTE);
    assert_eq!(client.refresh(&app, "gpr_x").await.error(), "invalid_grant");
}

#[tokio::test]
async fn t4_a_code_gives_only_what_the_person_still_has() {
    let (app, client) = TestApp::with_public_client().await;
    let code = app.code(MEMBER, &client, "mcp:read mcp:write").await;
    app.set_role(MEMBER, "acme", "support", ProductRole::Viewer).await;
    assert_eq!(client.exchange(&app, &code).await.json()["scope"], "mcp:read");
    let code = app.code(MEMBER, &client, "mcp:read").await;
    let user = app.user_id(MEMBER).await;
    domain::accounts::users::disable(app.db().write(), &user, app.now()).await.unwrap();
    assert_eq!(client.exchange(&app, &code).await.error(), "invalid_grant");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn t10_many_right_secrets_at_once_are_no_guessing() {
    let app = std::sync::Arc::new(TestApp::start().await);
    let client = app.confidential_client().await;
    let tasks: Vec<_> = (0..40)
        .map(|_| {
            let (app, client) = (app.clone(), client.clone());
            tokio::spawn(async move { client.refresh(&app, "gpr_x").await.error() })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), "invalid_grant");
    }
}
