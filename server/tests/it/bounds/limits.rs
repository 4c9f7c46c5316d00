//! Limits: what is too often, for whom, and that it ends. Nobody can lock another out.

use std::net::SocketAddr;

use axum::{body::Body, extract::ConnectInfo};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    clock::{DAY, HOUR, MINUTE, SECOND},
    demo,
};
use http::{Request, StatusCode, header};
use types::client::{AuthMethod, ClientSource};

use crate::support::{Answer, ClientApp, MEMBER, OWNER, TestApp, assert_later, authorize_url};

/// Two households, and one more address of the second.
const HERE: &str = "198.51.100.1";
const THERE: &str = "2001:db8:1:2::1";
const NEXT_TO_THERE: &str = "2001:db8:1:2:3:4:5:6";

impl TestApp {
    async fn sign_in_from(&self, address: &str, email: &str, password: &str) -> Answer {
        let pairs = [("email", email), ("password", password)];
        self.send_from(address, Request::post("/sign-in"), &pairs).await
    }

    async fn authorize_from(&self, address: &str, client: &ClientApp) -> Answer {
        self.send_from(address, Request::get(authorize_url(client, &[])), &[]).await
    }

    /// Asks the token endpoint for something that it does not have, or the revocation endpoint for the same.
    async fn ask_from(&self, address: &str, path: &str, client: &ClientApp) -> Answer {
        let mut pairs = vec![("grant_type", "refresh_token"), ("refresh_token", "gpr_x"), ("token", "gpr_x")];
        let mut request = Request::post(path);
        if client.secret.is_some() {
            request = request.header(header::AUTHORIZATION, client.basic());
        } else {
            pairs.push(("client_id", &client.id));
        }
        self.send_from(address, request, &pairs).await
    }
}

fn nobody(id: &str) -> ClientApp {
    ClientApp::new(id.to_owned(), None, "https://nobody.example/cb")
}

#[tokio::test]
async fn a_stranger_elsewhere_cannot_lock_a_person_out() {
    let app = TestApp::start().await;
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    for _ in 0..10 {
        assert_eq!(app.sign_in_from(HERE, MEMBER, "wrong").await.status, wrong);
    }
    for (email, password) in [(MEMBER, "wrong"), (MEMBER, demo::PASSWORD), ("MEMBER@example.com", "wrong")] {
        let answer = app.sign_in_from(HERE, email, password).await;
        assert_later(&answer, StatusCode::TOO_MANY_REQUESTS, 15 * 60);
        assert!(answer.body.contains("Too many attempts. Try again in 15 min."), "{}", answer.body);
    }
    // The person elsewhere, and somebody else here.
    let other = OWNER;
    assert_eq!(app.sign_in_from(THERE, MEMBER, demo::PASSWORD).await.location(), "/");
    assert_eq!(app.sign_in_from(HERE, other, demo::PASSWORD).await.location(), "/");
    // A household counts as one.
    for address in [THERE, NEXT_TO_THERE].into_iter().cycle().take(10) {
        assert_eq!(app.sign_in_from(address, MEMBER, "wrong").await.status, wrong);
    }
    assert_later(
        &app.sign_in_from(NEXT_TO_THERE, MEMBER, demo::PASSWORD).await,
        StatusCode::TOO_MANY_REQUESTS,
        15 * 60,
    );
    app.clock.advance(15 * MINUTE - SECOND);
    assert_later(&app.sign_in_from(HERE, MEMBER, demo::PASSWORD).await, StatusCode::TOO_MANY_REQUESTS, 1);
    app.clock.advance(SECOND);
    for address in [HERE, THERE] {
        assert_eq!(app.sign_in_from(address, MEMBER, demo::PASSWORD).await.location(), "/");
    }
}

#[tokio::test]
async fn an_address_that_guesses_at_many_accounts_locks_itself_out() {
    let app = TestApp::start_with(&["--sign-in-address-limit", "3"]).await;
    for number in 0..3 {
        app.sign_in_from(HERE, &format!("nobody{number}@example.com"), "wrong").await;
    }
    assert_later(
        &app.sign_in_from(HERE, MEMBER, demo::PASSWORD).await,
        StatusCode::TOO_MANY_REQUESTS,
        15 * 60,
    );
    assert_eq!(app.sign_in_from(THERE, MEMBER, demo::PASSWORD).await.location(), "/");
    app.clock.advance(15 * MINUTE);
    assert_eq!(app.sign_in_from(HERE, MEMBER, demo::PASSWORD).await.location(), "/");
}

#[tokio::test]
async fn who_tries_one_account_again_and_again_does_not_lock_the_household_out() {
    let app = TestApp::start_with(&["--sign-in-account-limit", "2", "--sign-in-address-limit", "3"]).await;
    for _ in 0..10 {
        app.sign_in_from(HERE, MEMBER, "wrong").await;
    }
    assert_later(
        &app.sign_in_from(HERE, MEMBER, demo::PASSWORD).await,
        StatusCode::TOO_MANY_REQUESTS,
        15 * 60,
    );
    assert_eq!(app.sign_in_from(HERE, OWNER, demo::PASSWORD).await.location(), "/");
}

#[tokio::test]
async fn who_sets_the_clock_neither_opens_a_limit_nor_keeps_one_shut() {
    let app = TestApp::start_with(&["--sign-in-account-limit", "1", "--authorize-limit", "1"]).await;
    let client = app.public_client().await;
    for turn in [HOUR, -HOUR, -DAY, DAY] {
        assert!(app.authorize_from(HERE, &client).await.status.is_redirection());
        assert_eq!(app.sign_in_from(HERE, MEMBER, "wrong").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        app.clock.turn(turn);
        assert_later(&app.authorize_from(HERE, &client).await, StatusCode::TOO_MANY_REQUESTS, 60);
        let answer = app.sign_in_from(HERE, MEMBER, demo::PASSWORD).await;
        assert_later(&answer, StatusCode::TOO_MANY_REQUESTS, 15 * 60);
        assert!(answer.body.contains("Try again in 15 min."), "{}", answer.body);
        app.clock.advance(15 * MINUTE);
        assert_eq!(app.sign_in_from(HERE, MEMBER, demo::PASSWORD).await.location(), "/");
    }
}

#[tokio::test]
async fn authorization_requests_are_limited_per_client_and_address() {
    let app = TestApp::start().await;
    let (client, other) = (app.public_client().await, app.confidential_client().await);
    let stored = "SELECT COUNT(*) FROM authorization_requests";
    for _ in 0..120 {
        assert!(app.authorize_from(HERE, &client).await.location().starts_with("/sign-in?next="));
    }
    let answer = app.authorize_from(HERE, &client).await;
    assert_later(&answer, StatusCode::TOO_MANY_REQUESTS, 60);
    assert!(answer.header("content-type").starts_with("text/html"), "{:?}", answer.headers);
    assert!(answer.body.contains("asked too often") && answer.body.contains("This app cannot be authorized"));
    assert_eq!((answer.header("location"), answer.header("set-cookie")), ("", ""));
    assert_eq!(app.number(stored).await, 120, "nothing more is stored");
    assert!(app.authorize_from(THERE, &client).await.status.is_redirection());
    assert!(app.authorize_from(HERE, &other).await.status.is_redirection());
    app.clock.advance(MINUTE - SECOND);
    assert_later(&app.authorize_from(HERE, &client).await, StatusCode::TOO_MANY_REQUESTS, 1);
    app.clock.advance(SECOND);
    assert!(app.authorize_from(HERE, &client).await.status.is_redirection());
}

#[tokio::test]
async fn authorization_requests_of_unknown_clients_count_together() {
    let app = TestApp::start_with(&["--authorize-limit", "2"]).await;
    let client = app.public_client().await;
    for id in ["app_1", "app_2"] {
        assert_eq!(app.authorize_from(HERE, &nobody(id)).await.status, StatusCode::BAD_REQUEST);
    }
    assert_later(&app.authorize_from(HERE, &nobody("app_3")).await, StatusCode::TOO_MANY_REQUESTS, 60);
    let without_any = Request::get("/oauth/authorize");
    assert_later(&app.send_from(HERE, without_any, &[]).await, StatusCode::TOO_MANY_REQUESTS, 60);
    assert_eq!(app.authorize_from(THERE, &nobody("app_3")).await.status, StatusCode::BAD_REQUEST);
    assert!(app.authorize_from(HERE, &client).await.status.is_redirection());
    app.clock.advance(MINUTE);
    assert_eq!(app.authorize_from(HERE, &nobody("app_3")).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn errors_that_go_back_to_the_client_count_too() {
    let app = TestApp::start_with(&["--authorize-limit", "1"]).await;
    let client = app.confidential_client().await;
    let url = authorize_url(&client, &[("response_type", "token")]);
    assert!(app.send_from(HERE, Request::get(&url), &[]).await.location().contains("error="));
    assert_later(&app.send_from(HERE, Request::get(&url), &[]).await, StatusCode::TOO_MANY_REQUESTS, 60);
}

#[tokio::test]
async fn token_and_revocation_requests_are_limited_together_per_client_and_address() {
    let app = TestApp::start().await;
    let (client, other) = (app.public_client().await, app.confidential_client().await);
    let (token, revoke) = ("/oauth/token", "/oauth/revoke");
    for number in 0..600 {
        let path = if number % 2 == 0 { token } else { revoke };
        let expected = if number % 2 == 0 { StatusCode::BAD_REQUEST } else { StatusCode::OK };
        assert_eq!(app.ask_from(HERE, path, &client).await.status, expected);
    }
    for path in [token, revoke] {
        let answer = app.ask_from(HERE, path, &client).await;
        assert_later(&answer, StatusCode::TOO_MANY_REQUESTS, 60);
        assert_eq!(answer.error(), "temporarily_unavailable");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
    }
    assert_eq!(app.ask_from(THERE, token, &client).await.error(), "invalid_grant");
    assert_eq!(app.ask_from(HERE, token, &other).await.error(), "invalid_grant");
    app.clock.advance(MINUTE - SECOND);
    assert_later(&app.ask_from(HERE, token, &client).await, StatusCode::TOO_MANY_REQUESTS, 1);
    app.clock.advance(SECOND);
    assert_eq!(app.ask_from(HERE, token, &client).await.error(), "invalid_grant");
}

#[tokio::test]
async fn a_code_is_neither_looked_for_nor_used_up_when_there_were_too_many_requests() {
    let app = TestApp::start_with(&["--token-limit", "1", "--code-lifetime", "5m"]).await;
    let client = app.public_client().await;
    let code = app.code(MEMBER, &client, "api:read").await;
    // From where tests come.
    assert_eq!(client.refresh(&app, "gpr_x").await.error(), "invalid_grant");
    assert_later(&client.exchange(&app, &code).await, StatusCode::TOO_MANY_REQUESTS, 60);
    app.clock.advance(MINUTE);
    assert_eq!(client.exchange(&app, &code).await.status, StatusCode::OK);
}

#[tokio::test]
async fn t10_requests_count_before_secrets_and_unknown_clients_count_together() {
    let app = TestApp::start_with(&["--token-limit", "2", "--client-secret-limit", "1"]).await;
    let client = app.confidential_client().await;
    let wrong = ClientApp { secret: Some("wrong".to_owned()), ..client.clone() };
    let token = "/oauth/token";
    assert_eq!(app.ask_from(HERE, token, &client).await.error(), "invalid_grant");
    assert_eq!(app.ask_from(HERE, token, &wrong).await.error(), "invalid_client");
    assert_later(&app.ask_from(HERE, token, &client).await, StatusCode::TOO_MANY_REQUESTS, 60);
    // A wrong secret elsewhere counts there only.
    assert_eq!(app.ask_from(THERE, token, &client).await.error(), "invalid_grant");
    for id in ["app_1", "app_2"] {
        assert_eq!(app.ask_from(HERE, token, &nobody(id)).await.error(), "invalid_client");
    }
    assert_later(&app.ask_from(HERE, token, &nobody("app_3")).await, StatusCode::TOO_MANY_REQUESTS, 60);
    let basic = format!("Basic {}", STANDARD.encode("app_4:x"));
    let request = Request::post(token).header(header::AUTHORIZATION, basic);
    let pairs = [("grant_type", "refresh_token"), ("refresh_token", "gpr_x")];
    assert_later(&app.send_from(HERE, request, &pairs).await, StatusCode::TOO_MANY_REQUESTS, 60);
    assert_eq!(app.ask_from(THERE, token, &nobody("app_3")).await.error(), "invalid_client");
    app.clock.advance(MINUTE);
    assert_eq!(app.ask_from(HERE, token, &nobody("app_3")).await.error(), "invalid_client");
}

#[tokio::test]
async fn r8_registrations_are_limited_per_address() {
    let app = TestApp::start_with(&["--register-limit", "2"]).await;
    let register = async |address: &str| {
        let body = r#"{"redirect_uris":["https://client.example/cb"]}"#;
        let mut request = Request::post("/oauth/register")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body))
            .unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address.parse().unwrap(), 50_000)));
        app.send(request).await
    };
    for _ in 0..2 {
        assert_eq!(register(HERE).await.status, StatusCode::CREATED);
    }
    assert_later(&register(HERE).await, StatusCode::TOO_MANY_REQUESTS, 3_600);
    assert_eq!(register(THERE).await.status, StatusCode::CREATED);
    app.clock.advance(60 * MINUTE);
    assert_eq!(register(HERE).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn behind_a_trusted_proxy_everybody_counts_for_themselves() {
    let app = TestApp::start_with(&["--trusted-proxies", "10.0.0.0/8", "--authorize-limit", "1"]).await;
    let uris = ["https://client.example/cb"];
    let client = app.client("Web", ClientSource::Admin, AuthMethod::None, &uris).await;
    let ask = async |peer: &str, forwarded: &str| {
        let request = Request::get(authorize_url(&client, &[])).header("x-forwarded-for", forwarded);
        app.send_from(peer, request, &[]).await.status
    };
    assert_eq!(ask("10.0.0.1", HERE).await, StatusCode::SEE_OTHER);
    assert_eq!(ask("10.0.0.1", THERE).await, StatusCode::SEE_OTHER);
    assert_eq!(ask("10.0.0.1", NEXT_TO_THERE).await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ask("10.0.0.1", &format!("192.0.2.7, {HERE}")).await, StatusCode::TOO_MANY_REQUESTS);
    // Whoever comes directly cannot be another.
    assert_eq!(ask("203.0.113.5", "192.0.2.8").await, StatusCode::SEE_OTHER);
    assert_eq!(ask("203.0.113.5", "192.0.2.9").await, StatusCode::TOO_MANY_REQUESTS);
}
