//! T2, T3, T10: a client proves itself in one way, as the one that it says it is, and does not guess for long.

use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    clients::{self, status},
    clock::MINUTE,
};
use http::{Request, StatusCode, header};
use serde_json::json;
use types::client::{AuthMethod, ClientSource};

use crate::support::{ADMIN, Answer, ClientApp, MEMBER, TestApp, Tokens, authorize_url};

const GRANT: [(&str, &str); 2] = [("grant_type", "refresh_token"), ("refresh_token", "gpr_x")];

fn basic(text: &str) -> String {
    format!("Basic {}", STANDARD.encode(text))
}

/// Sends the form with these `Authorization` headers to each endpoint where clients prove themselves.
async fn everywhere(app: &TestApp, headers: &[&str], more: &[(&str, &str)]) -> Vec<Answer> {
    let mut answers = Vec::new();
    for path in ["/oauth/token", "/oauth/revoke", "/oauth/introspect"] {
        let pairs = [&GRANT[..], &[("token", "gpr_x")], more].concat();
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let mut request =
            Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for value in headers {
            request = request.header(header::AUTHORIZATION, *value);
        }
        answers.push(app.send(request.body(body.into()).unwrap()).await);
    }
    answers
}

#[tokio::test]
async fn t2_one_client_in_one_way_at_every_endpoint() {
    let app = TestApp::start_with(&["--client-secret-limit", "1000"]).await;
    let (client, other) = (app.confidential_client().await, app.confidential_client().await);
    let secret = client.secret.clone().unwrap();
    let (good, theirs) = (client.basic(), other.basic());
    let (id, own) = (("client_id", client.id.as_str()), ("client_secret", secret.as_str()));
    let bare = basic(&format!("{}:", client.id));
    for (headers, more, error) in [
        (vec![good.as_str()], vec![], None),
        (vec![&good], vec![id], None),
        (vec![], vec![id, own], None),
        (vec![&good], vec![("client_id", other.id.as_str())], Some("invalid_request")),
        (vec![&good], vec![own], Some("invalid_request")),
        (vec![&good, &good], vec![], Some("invalid_request")),
        (vec![&good, &theirs], vec![], Some("invalid_request")),
        (vec![&good], vec![id, id], Some("invalid_request")),
        (vec![], vec![id, own, own], Some("invalid_request")),
        (vec![bare.as_str()], vec![], Some("invalid_client")),
        (vec![&bare], vec![id], Some("invalid_client")),
        (vec![], vec![id], Some("invalid_client")),
        (vec![], vec![("client_id", other.id.as_str()), own], Some("invalid_client")),
        (vec![], vec![own], Some("invalid_client")),
    ] {
        let answers = everywhere(&app, &headers, &more).await;
        for (answer, passed) in answers.iter().zip(["invalid_grant", "", ""]) {
            let said = if answer.status == StatusCode::OK { String::new() } else { answer.error() };
            assert_eq!(said, error.unwrap_or(passed), "{headers:?} {more:?}: {}", answer.body);
            let status = match error {
                Some("invalid_client") => StatusCode::UNAUTHORIZED,
                Some(_) => StatusCode::BAD_REQUEST,
                None => answer.status,
            };
            assert_eq!(answer.status, status, "{headers:?} {more:?}");
        }
    }
}

#[tokio::test]
async fn t3_a_client_without_a_secret_proves_nothing_with_one() {
    let app = TestApp::start().await;
    let public = app.public_client().await;
    let tokens = app.tokens(MEMBER, &public, "api:read").await;
    let refresh = [("grant_type", "refresh_token"), ("refresh_token", tokens.refresh.as_str())];
    let with = basic(&format!("{}:surplus", public.id));
    let answer = app.post_form_with("/oauth/token", &refresh, &[("authorization", &with)]).await;
    assert_eq!(answer.refusal(), "401 invalid_client");
    assert!(answer.body.contains("has no secret"), "{}", answer.body);
    // Its ID in the header and nothing behind it says no more than its ID in the body.
    let without = basic(&format!("{}:", public.id));
    let answer = app.post_form_with("/oauth/token", &refresh, &[("authorization", &without)]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

#[tokio::test]
async fn t10_after_too_many_guesses_a_right_one_is_not_looked_at() {
    let app = TestApp::start_with(&["--client-secret-limit", "2"]).await;
    let client = app.confidential_client().await;
    let wrong = ClientApp { secret: Some("gpk_wrong".to_owned()), ..client.clone() };
    for path in ["/oauth/token", "/oauth/introspect"] {
        let answer = wrong.post(&app, path, &[&GRANT[..], &[("token", "x")]].concat()).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    for path in ["/oauth/token", "/oauth/revoke", "/oauth/introspect"] {
        let answer = client.post(&app, path, &[&GRANT[..], &[("token", "x")]].concat()).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{path}");
        assert_eq!(answer.error(), "temporarily_unavailable");
    }
    app.clock.advance(10 * MINUTE);
    assert_eq!(client.refresh(&app, "gpr_x").await.error(), "invalid_grant");
    // Right ones in between do not make room for more guesses.
    for asking in [&wrong, &client, &client] {
        let expected = if asking.secret == client.secret { "invalid_grant" } else { "invalid_client" };
        assert_eq!(asking.refresh(&app, "gpr_x").await.error(), expected);
    }
    assert_eq!(wrong.refresh(&app, "gpr_x").await.error(), "invalid_client");
    assert_eq!(wrong.refresh(&app, "gpr_x").await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn t6_a_client_does_only_what_it_is_registered_for() {
    let (app, client) = TestApp::with_confidential_client().await;
    let tokens = app.tokens(MEMBER, &client, "api:read").await;
    let code = app.code(MEMBER, &client, "api:read").await;
    let set = async |kinds: &str| {
        app.execute(&format!("UPDATE clients SET grant_types = '{kinds}' WHERE id = '{}'", client.id)).await;
    };
    set("refresh_token").await;
    assert_eq!(client.exchange(&app, &code).await.error(), "unauthorized_client");
    let answer = app.browser().get(&authorize_url(&client, &[])).await;
    assert_eq!(answer.location_param("error").as_deref(), Some("unauthorized_client"));
    assert_eq!(client.refresh(&app, &tokens.refresh).await.status, StatusCode::OK);
    set("authorization_code").await;
    let refused = client.refresh(&app, &tokens.refresh).await;
    assert_eq!(refused.refusal(), "400 unauthorized_client");
    let only = Tokens::of(&client.exchange(&app, &code).await);
    assert_eq!(only.refresh, "");
    // Being registered for it lets nobody act by itself.
    set("authorization_code client_credentials").await;
    let own = client.post(&app, "/oauth/token", &[("grant_type", "client_credentials")]).await;
    assert_eq!(own.error(), "unauthorized_client");
}

#[tokio::test]
async fn a3_only_what_people_answer_for_sends_an_error_back_unasked() {
    let app = TestApp::start().await;
    let uris = ["https://client.example/cb"];
    for (source, verified, direct) in [
        (ClientSource::Admin, false, true),
        (ClientSource::User, false, false),
        (ClientSource::Dynamic, false, false),
        (ClientSource::User, true, true),
        (ClientSource::Dynamic, true, true),
    ] {
        let client = app.client("Any", source, AuthMethod::None, &uris).await;
        status::set_verified(app.db().write(), &client.id, verified).await.unwrap();
        let stored = clients::lookup(app.db().read(), &client.id).await.unwrap().unwrap();
        assert_eq!(stored.is_trusted(), direct, "{source:?} {verified}");
        let url = authorize_url(&client, &[("response_type", "token")]);
        let answer = app.browser().get(&url).await;
        assert_eq!(answer.location().starts_with(uris[0]), direct, "{source:?} {verified}");
        let signed_in = app.signed_in(MEMBER).await.get(&url).await;
        assert_eq!(signed_in.status == StatusCode::SEE_OTHER, direct, "{source:?} {verified}");
    }
}

/// Nobody gives a client proofs that describes itself: it would never hear of them, and whoever holds them would be it.
#[tokio::test]
async fn a_client_that_describes_itself_gets_no_proof_from_anybody() {
    let app = TestApp::start().await;
    let uris = ["https://client.example/cb"];
    let client = app.client("Tool", ClientSource::Dynamic, AuthMethod::SecretBasic, &uris).await;
    let mut admin = app.signed_in(ADMIN).await;
    for source in ["dynamic", "metadata_document"] {
        app.execute(&format!("UPDATE clients SET source = '{source}' WHERE id = '{}'", client.id)).await;
        for (function, more) in [
            ("add_client_secret", json!({})),
            ("set_client_keys", json!({ "keys": "https://client.example/keys" })),
        ] {
            let mut arguments = json!({ "client_id": client.id });
            arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let refused = admin.call(function, &arguments).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{source} {function}: {}", refused.body);
            assert!(refused.body.contains("describes itself"), "{}", refused.body);
        }
    }
    assert_eq!(app.number("SELECT COUNT(*) FROM client_secrets").await, 1);
    assert_eq!(app.number("SELECT COUNT(*) FROM clients WHERE jwks_uri IS NOT NULL").await, 0);
}
