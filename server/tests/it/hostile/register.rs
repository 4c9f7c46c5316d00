//! `/oauth/register`, and the pages that show what it stored.

use axum::body::Body;
use http::{Request, StatusCode};
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Value, json};
use types::{paths, redirect_uri::KNOWN_SCHEMES};
use url::Url;

use crate::support::{
    ClientApp, authorize_url,
    hostile::{
        Header, Member, URIS, World, assert_description, assert_headers, assert_safe, headers, holds,
        members, near_uri, object, raw, runtime,
    },
};

const NAMES: &[&str] = &[
    "redirect_uris",
    "client_name",
    "client_uri",
    "logo_uri",
    "scope",
    "grant_types",
    "response_types",
    "token_endpoint_auth_method",
    "application_type",
    "jwks",
    "jwks_uri",
    "contacts",
    "software_statement",
    "client_id",
];

#[derive(Clone, Debug)]
enum Content {
    Object(Vec<Member>),
    Raw(Vec<u8>),
}

fn cases() -> impl Strategy<Value = (Content, Vec<Header>)> {
    let uris = vec(prop_oneof![near_uri(URIS), select(URIS).prop_map(str::to_owned)], 1..4)
        .prop_map(|uris| ("redirect_uris", json!(uris).to_string()));
    let methods = select(&["none", "client_secret_basic", "client_secret_post", "private_key_jwt"][..])
        .prop_map(|method| ("token_endpoint_auth_method", json!(method).to_string()));
    let content = prop_oneof![
        6 => members(NAMES, prop_oneof![3 => uris, 1 => methods]).prop_map(Content::Object),
        1 => raw().prop_map(Content::Raw),
    ];
    (content, headers())
}

/// R3, R4, R5, R6, R7, U1.
#[test]
fn a_hostile_registration_is_refused_or_harmless() {
    let runtime = runtime();
    let world = runtime.block_on(World::start());
    let _inside = runtime.enter();
    holds(&runtime, 400, &cases(), async |(content, headers)| registered(&world, content, headers).await);
}

async fn registered(world: &World, content: Content, headers: Vec<Header>) {
    let body = match content {
        Content::Raw(body) => body,
        Content::Object(members) => {
            let good = [
                ("client_name", json!("An <zq1> app \"zq1=")),
                ("redirect_uris", json!(["https://app.example/cb"])),
            ];
            object(&good, &members).into_bytes()
        }
    };
    let clients = async || world.app.number("SELECT COUNT(*) FROM clients").await;
    let before = clients().await;
    let mut request = Request::post(paths::REGISTER).body(Body::from(body.clone())).unwrap();
    request.headers_mut().extend(headers.into_iter().map(|(name, value)| (Some(name), value)));
    let answer = world.app.send(request).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("content-type"), "application/json", "{}: {}", answer.status, answer.body);
    let json = answer.json();
    if answer.status != StatusCode::CREATED {
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
        assert!(["invalid_redirect_uri", "invalid_client_metadata"].contains(&answer.error().as_str()));
        assert_description(json["error_description"].as_str().unwrap());
        assert_eq!(clients().await, before);
        return;
    }
    assert_eq!(clients().await, before + 1);

    let sent: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(json["redirect_uris"], sent["redirect_uris"]);
    let uris: Vec<&str> =
        json["redirect_uris"].as_array().unwrap().iter().map(|uri| uri.as_str().unwrap()).collect();
    assert!((1..=20).contains(&uris.len()));
    for uri in &uris {
        assert!(may_be_registered(uri), "{uri}");
    }
    let text = |name: &str| json[name].as_str().map(str::to_owned);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let (id, secret) = (text("client_id").unwrap(), text("client_secret"));
    assert!(id.bytes().all(plain) && secret.iter().all(|secret| secret.bytes().all(plain)), "{json}");
    assert_eq!(secret.is_some(), text("token_endpoint_auth_method").unwrap().starts_with("client_secret"));
    assert!(!text("scope").unwrap_or_default().contains("admin"), "{json}");
    assert!(!json["grant_types"].to_string().contains("client_credentials"), "{json}");
    let name = text("client_name").unwrap();
    assert!(!name.is_empty() && name.chars().count() <= 100 && !name.contains(char::is_control), "{name:?}");
    let website = text("client_uri");
    if let Some(website) = &website {
        let url = Url::parse(website).unwrap();
        assert!(["https", "http"].contains(&url.scheme()), "{website}");
        assert_eq!((url.username(), url.password()), ("", None), "{website}");
    }

    // What people see of it: the one who is asked, and administrators.
    let may_lead = |address: &str| website.as_deref() == Some(address);
    let client = ClientApp::new(id.clone(), None, uris[0]);
    let mut member = world.browser(1);
    let request = member.get(&authorize_url(&client, &[])).await;
    assert!(request.location().starts_with("/consent/"), "{}", request.location());
    let mut admin = world.browser(2);
    for page in [
        member.get(request.location()).await,
        admin.get(&paths::admin_client(&id)).await,
        admin.get(paths::ADMIN_CLIENTS).await,
    ] {
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert_headers(&page);
        assert_safe(&page.body, may_lead);
    }
}

/// R5, said once more: https, http on this computer, or a private-use scheme; nothing that a reader could take for
/// something else.
fn may_be_registered(uri: &str) -> bool {
    let graphic = uri.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\\"<>`#*".contains(&byte));
    // The parser knows international names, and refuses some that lead nowhere.
    let Ok(url) = Url::parse(uri) else {
        return graphic && uri.contains("xn--");
    };
    let kind = match url.scheme() {
        "https" => url.has_host(),
        "http" => ["127.0.0.1", "[::1]", "localhost"].contains(&url.host_str().unwrap_or_default()),
        scheme => scheme.contains('.') || KNOWN_SCHEMES.contains(&scheme),
    };
    graphic && uri.len() <= 2_048 && kind && url.username().is_empty() && url.password().is_none()
}
