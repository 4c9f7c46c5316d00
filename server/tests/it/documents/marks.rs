//! C8, C9: what people said of an app that describes itself is about the app as it was; and who makes the server fetch
//! documents, and how often.

use domain::{
    clients::{self, status},
    clock::{MINUTE, SECOND},
};
use http::{Request, StatusCode, header};
use serde_json::{Value, json};

use crate::support::{
    ADMIN, Answer, ClientApp, MEMBER, OUTSIDER, OWNER, Reply, TestApp, VIEWER, Web, authorize_url,
};

const CALLBACK: &str = "https://app.example/cb";

/// The document of a program that proves itself with keys.
fn document(web: &Web) -> Value {
    json!({
        "client_id": web.url("/client.json"),
        "client_name": "Signer",
        "client_uri": "https://app.example",
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks_uri": web.url("/keys"),
    })
}

/// A public key; its number makes it another one.
fn key_set(number: u8) -> Value {
    let y = ["x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0", "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"];
    let x = ["f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"];
    let of = usize::from(number);
    json!({ "keys": [{ "kty": "EC", "crv": "P-256", "x": x[of], "y": y[of] }] })
}

/// The app's marks: resource server, and verified.
async fn marks(app: &TestApp, client: &ClientApp) -> (bool, bool) {
    let stored = clients::lookup(app.db().read(), &client.id).await.unwrap().unwrap();
    (stored.resource_server, stored.verified)
}

#[tokio::test]
async fn c8_other_keys_alone_take_the_mark_of_a_resource_server() {
    let registered = |document: &mut Value, number: u8| {
        document.as_object_mut().unwrap().remove("jwks_uri");
        document["jwks"] = key_set(number);
    };
    type Change<'a> = &'a dyn Fn(&mut Value, &Web);
    let cases: [(&str, Change<'_>, Change<'_>, (bool, bool)); 9] = [
        ("nothing", &|_, _| {}, &|_, _| {}, (true, true)),
        ("another address", &|_, _| {}, &|it, web| it["jwks_uri"] = json!(web.url("/others")), (false, true)),
        ("keys in place of an address", &|_, _| {}, &|it, _| registered(it, 0), (false, true)),
        ("other keys", &|it, _| registered(it, 0), &|it, _| registered(it, 1), (false, true)),
        (
            "no proof any more",
            &|_, _| {},
            &|it, _| {
                it["token_endpoint_auth_methods_supported"] = json!(["none", "private_key_jwt"]);
            },
            (false, true),
        ),
        ("the same keys", &|it, _| registered(it, 0), &|it, _| registered(it, 0), (true, true)),
        ("what it asks for", &|_, _| {}, &|it, _| it["scope"] = json!("api:read"), (true, true)),
        ("another name", &|_, _| {}, &|it, _| it["client_name"] = json!("Other"), (false, false)),
        (
            "other redirect URIs",
            &|_, _| {},
            &|it, _| {
                it["redirect_uris"] = json!([CALLBACK, "https://app.example/more"]);
            },
            (false, false),
        ),
    ];
    for (why, before, after, expected) in cases {
        let web = Web::start().await;
        let app = TestApp::start_in(&web, &["--outbound-loopback"]).await;
        let client = ClientApp::new(web.url("/client.json"), None, CALLBACK);
        let mut described = document(&web);
        before(&mut described, &web);
        web.put("/client.json", Reply::json(&described));
        let mut browser = app.signed_in(MEMBER).await;
        let mut ask = async || {
            let answer = browser.get(&authorize_url(&client, &[])).await;
            assert!(answer.location().starts_with("/consent/"), "{why}: {}", answer.body);
        };
        ask().await;
        status::set_resource_server(app.db().write(), &client.id, true).await.unwrap();
        status::set_verified(app.db().write(), &client.id, true).await.unwrap();
        let mut changed = document(&web);
        before(&mut changed, &web);
        after(&mut changed, &web);
        web.put("/client.json", Reply::json(&changed));
        app.clock.advance(5 * MINUTE - SECOND);
        ask().await;
        assert_eq!(marks(&app, &client).await, (true, true), "{why}: not fetched yet");
        app.clock.advance(SECOND);
        ask().await;
        assert_eq!(marks(&app, &client).await, expected, "{why}");
        let told = "SELECT COUNT(*) FROM audit_events WHERE action = 'client.serves_no_longer'";
        assert_eq!(app.number(told).await, i64::from(!expected.0), "{why}");
    }
}

#[tokio::test]
async fn c8_the_button_of_an_administrator_counts_as_any_other_fetch() {
    let web = Web::start().await;
    let app = TestApp::start_in(&web, &["--outbound-loopback"]).await;
    let client = ClientApp::new(web.url("/client.json"), None, CALLBACK);
    web.put("/client.json", Reply::json(&document(&web)));
    app.signed_in(MEMBER).await.get(&authorize_url(&client, &[])).await;
    status::set_resource_server(app.db().write(), &client.id, true).await.unwrap();
    let mut changed = document(&web);
    changed["jwks_uri"] = json!(web.url("/others"));
    web.put("/client.json", Reply::json(&changed));
    let arguments = json!({ "client_id": client.id });
    for email in [MEMBER, OWNER] {
        let refused = app.signed_in(email).await.call("refresh_client_document", &arguments).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
    }
    assert_eq!(web.connections(), 1);
    let mut admin = app.signed_in(ADMIN).await;
    let answer = admin.call("refresh_client_document", &arguments).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(marks(&app, &client).await, (false, false));
    // What is no document is not fetched, whoever asks.
    let other = app.confidential_client().await;
    let answer = admin.call("refresh_client_document", &json!({ "client_id": other.id })).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

/// Asks for a document that is not there, as a signed-in person at an address.
async fn ask_from(app: &TestApp, web: &Web, email: &str, address: &str, path: &str) -> Answer {
    let browser = app.signed_in(email).await;
    let client = ClientApp::new(web.url(path), None, CALLBACK);
    let request = Request::get(authorize_url(&client, &[]))
        .header(header::COOKIE, browser.cookie_header())
        .header("x-forwarded-for", address);
    app.send_from("10.0.0.1", request, &[]).await
}

const PEOPLE: [&str; 5] = [ADMIN, OWNER, MEMBER, VIEWER, OUTSIDER];

/// Three documents in ten minutes, and as many from a host as one likes.
const FLAGS: [&str; 5] =
    ["--outbound-loopback", "--client-document-limit", "3", "--trusted-proxies", "10.0.0.0/8"];

#[tokio::test]
async fn c9_one_person_fetches_no_more_from_many_addresses() {
    let web = Web::start().await;
    let app = TestApp::start_in(&web, &FLAGS).await;
    let ask = async |email, number: usize| {
        let address = format!("198.51.{number}.1");
        ask_from(&app, &web, email, &address, &format!("/{number}.json")).await.status
    };
    for number in 0..3 {
        assert_eq!(ask(MEMBER, number).await, StatusCode::BAD_REQUEST, "there is none");
    }
    for number in 3..5 {
        assert_eq!(ask(MEMBER, number).await, StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(web.connections(), 3);
    // Those addresses are free for others.
    assert_eq!(ask(VIEWER, 4).await, StatusCode::BAD_REQUEST);
    app.clock.advance(10 * MINUTE - SECOND);
    assert_eq!(ask(MEMBER, 5).await, StatusCode::TOO_MANY_REQUESTS);
    app.clock.advance(SECOND);
    assert_eq!(ask(MEMBER, 6).await, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn c9_many_people_fetch_no_more_at_one_address() {
    let web = Web::start().await;
    let app = TestApp::start_in(&web, &FLAGS).await;
    // One household counts as one, whatever the last half of its address says.
    let here = |number: usize| format!("2001:db8:1:2::{number:x}");
    let ask = async |email, address: &str| {
        ask_from(&app, &web, email, address, &format!("/{email}.json")).await.status
    };
    for (number, email) in PEOPLE.iter().enumerate() {
        let expected = if number < 3 { StatusCode::BAD_REQUEST } else { StatusCode::TOO_MANY_REQUESTS };
        assert_eq!(ask(email, &here(number)).await, expected, "{email}");
    }
    assert_eq!(web.connections(), 3);
    // Those people are free elsewhere.
    for email in PEOPLE {
        assert_eq!(
            ask(email, "203.0.113.9").await == StatusCode::BAD_REQUEST,
            email != PEOPLE[3] && email != PEOPLE[4]
        );
    }
    assert_eq!(web.connections(), 6);
    app.clock.advance(10 * MINUTE);
    assert_eq!(ask(PEOPLE[4], &here(9)).await, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn c9_many_people_at_many_addresses_fetch_no_more_from_one_host() {
    let web = Web::start().await;
    let flags = ["--outbound-loopback", "--outbound-host-limit", "3", "--trusted-proxies", "10.0.0.0/8"];
    let app = TestApp::start_in(&web, &flags).await;
    for (number, email) in PEOPLE.iter().enumerate() {
        let address = format!("198.51.{number}.1");
        let answer = ask_from(&app, &web, email, &address, &format!("/{number}.json")).await;
        let expected = if number < 3 { StatusCode::BAD_REQUEST } else { StatusCode::TOO_MANY_REQUESTS };
        assert_eq!(answer.status, expected, "{email}");
    }
    assert_eq!(web.connections(), 3);
}
