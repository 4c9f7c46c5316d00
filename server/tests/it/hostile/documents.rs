//! Client ID metadata documents: their addresses, their text, and what a site can answer in place of one.

use domain::oauth::client_document::{ClientDocument, DocumentUrl};
use http::StatusCode;
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::json;
use types::{
    client::AuthMethod,
    redirect_uri::{KNOWN_SCHEMES, RedirectRules},
};
use url::Url;

use crate::support::{
    ClientApp, Reply, authorize_url,
    hostile::{
        Member, URIS, World, assert_headers, assert_safe, holds, members, near_uri, object, raw, runtime,
        text,
    },
};

const ADDRESSES: &[&str] = &[
    "https://app.example/client.json",
    "https://app.example:8443/a/b?v=1",
    "https://xn--bcher-kva.example/c",
    "https://192.0.2.7/c",
    "https://[2001:db8::1]/c",
];

const NAMES: &[&str] = &[
    "client_id",
    "client_name",
    "redirect_uris",
    "client_uri",
    "logo_uri",
    "token_endpoint_auth_method",
    "token_endpoint_auth_methods_supported",
    "grant_types",
    "response_types",
    "scope",
    "application_type",
    "jwks",
    "jwks_uri",
    "client_secret",
    "client_secret_expires_at",
];

#[derive(Clone, Debug)]
enum Content {
    Object(Vec<Member>),
    Raw(Vec<u8>),
}

fn content() -> impl Strategy<Value = Content> {
    let near = vec(prop_oneof![near_uri(URIS), select(URIS).prop_map(str::to_owned)], 1..4)
        .prop_map(|uris| ("redirect_uris", json!(uris).to_string()));
    prop_oneof![
        5 => members(NAMES, near).prop_map(Content::Object),
        1 => raw().prop_map(Content::Raw),
    ]
}

/// The bytes of a document for this client ID.
fn document(content: &Content, id: &str) -> Vec<u8> {
    match content {
        Content::Raw(bytes) => bytes.clone(),
        Content::Object(members) => {
            let good = [
                ("client_id", json!(id)),
                ("client_name", json!("An <zq1> app \"zq1=")),
                ("redirect_uris", json!(["https://app.example/cb"])),
            ];
            object(&good, members).into_bytes()
        }
    }
}

/// C3.
#[test]
fn only_plain_addresses_pass_as_those_of_documents() {
    let runtime = runtime();
    let addresses = prop_oneof![
        4 => near_uri(ADDRESSES),
        1 => text(),
        1 => text().prop_map(|text| format!("https://app.example/{text}")),
        1 => text().prop_map(|text| format!("https://{text}")),
    ];
    holds(&runtime, 3_000, &addresses, async |address| {
        let Ok(taken) = DocumentUrl::parse(&address) else {
            return;
        };
        assert_eq!(taken.as_str(), address);
        let url = Url::parse(&address).unwrap();
        assert_eq!(url.as_str(), address, "there is another spelling");
        assert_eq!(url.scheme(), "https");
        let path = address.split('?').next().unwrap();
        assert!(url.path().len() > 1 && !path.contains("/../") && !path.contains("/./"));
        assert_eq!((url.username(), url.password(), url.fragment()), ("", None, None));
        assert!(url.host_str().is_some_and(|host| host == taken.host() && !host.is_empty()));
        assert!(address.len() <= 2_048 && address.bytes().all(|byte| byte.is_ascii_graphic()));
        assert!(DocumentUrl::is_meant_by(&address));
    });
}

/// C2, C6.
#[test]
fn only_documents_that_keep_the_rules_are_read() {
    let runtime = runtime();
    let url = DocumentUrl::parse(ADDRESSES[0]).unwrap();
    let rules = RedirectRules { known_schemes: KNOWN_SCHEMES.map(str::to_owned).to_vec() };
    holds(&runtime, 1_500, &content(), async |content| {
        let body = document(&content, ADDRESSES[0]);
        let Ok(read) = ClientDocument::parse(&body, &url, &rules) else {
            return;
        };
        let said: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(said["client_id"], ADDRESSES[0]);
        assert!(said.get("client_secret").is_none() && said.get("client_secret_expires_at").is_none());
        assert_eq!(said["redirect_uris"], json!(read.metadata.redirect_uris));
        assert!(read.metadata.redirect_uris.iter().all(|uri| rules.check(uri).is_ok()));
        assert!(!read.metadata.redirect_uris.is_empty() && !read.metadata.name.is_empty());
        assert!(matches!(read.metadata.auth_method, AuthMethod::None | AuthMethod::PrivateKeyJwt));
        assert!(read.logo.is_none_or(|logo| logo.starts_with("https://")));
    });
}

/// Everything that a site may answer.
fn replies() -> impl Strategy<Value = (u16, Vec<(String, String)>)> {
    let headers = select(
        &[
            ("cache-control", "max-age=99999999999999999999"),
            ("cache-control", "max-age=-1, private"),
            ("cache-control", "max-age=\"60\", max-age=0"),
            ("cache-control", "no-store"),
            ("content-length", "3"),
            ("content-length", "99999999999"),
            ("content-length", "-1"),
            ("content-encoding", "gzip"),
            ("transfer-encoding", "chunked"),
            ("location", "http://127.0.0.1:4000/"),
            ("set-cookie", "gatepass_4000=x"),
            ("etag", "\u{202e}"),
            ("age", "99999999999999999999"),
            ("expires", "-1"),
            ("date", "zq1"),
        ][..],
    )
    .prop_map(|(name, value)| (name.to_owned(), value.to_owned()));
    let other = text().prop_map(|value| ("cache-control".to_owned(), value));
    let media_type = prop_oneof![
        5 => Just("application/json".to_owned()),
        1 => select(&["application/x+json; q", "text/html", "application/json\u{e9}", "image/png", ""][..])
            .prop_map(str::to_owned),
        1 => text(),
    ];
    let media_type = media_type.prop_map(|media_type| ("content-type".to_owned(), media_type));
    let more = prop_oneof![2 => Just(Vec::new()), 1 => vec(prop_oneof![3 => headers, 1 => other], 0..4)];
    let status = prop_oneof![
        8 => Just(200),
        1 => select(&[100, 101, 201, 204, 206, 301, 304, 307, 404, 429, 500, 503, 999, 0, 65_535][..]),
    ];
    (status, media_type, more)
        .prop_map(|(status, media_type, more)| (status, std::iter::once(media_type).chain(more).collect()))
}

/// C1, C2, C5, C6, U1.
#[test]
fn whatever_a_site_answers_the_page_is_safe() {
    let runtime = runtime();
    let world = runtime.block_on(World::start());
    let _inside = runtime.enter();
    let number = std::cell::Cell::new(0);
    let cases = (content(), replies(), prop::option::of((raw(), replies())));
    holds(&runtime, 60, &cases, async |(content, (status, headers), logo)| {
        number.set(number.get() + 1);
        let (path, picture) = (format!("/c/{}", number.get()), format!("/logo/{}", number.get()));
        let url = world.web.url(&path);
        let mut content = content;
        if let (Content::Object(members), Some((body, (status, headers)))) = (&mut content, logo) {
            members.push(("logo_uri".to_owned(), json!(world.web.url(&picture)).to_string()));
            world.web.put(&picture, Reply { status, headers, body, stalls_after: None });
        }
        let body = document(&content, &url);
        world.web.put(&path, Reply { status, headers, body: body.clone(), stalls_after: None });
        let said: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        let uri = said["redirect_uris"][0].as_str().unwrap_or("https://app.example/cb");

        let mut browser = world.browser(1);
        let answer = browser.get(&authorize_url(&ClientApp::new(url, None, uri), &[])).await;
        assert_headers(&answer);
        if answer.status == StatusCode::BAD_REQUEST {
            assert_safe(&answer.body, |_| false);
            return;
        }
        assert!(answer.location().starts_with("/consent/"), "{}", answer.location());
        let page = browser.get(answer.location()).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert_headers(&page);
        let websites = said["client_uri"].as_str().and_then(|website| Url::parse(website).ok());
        assert_safe(&page.body, |address| {
            websites.as_ref().is_some_and(|website| website.as_str() == address)
        });
        if let Some((_, logo)) = page.body.split_once("src=\"/client-logos/") {
            let logo = browser.get(&format!("/client-logos/{}", logo.split('"').next().unwrap())).await;
            let kind = logo.header("content-type");
            assert!(["image/png", "image/jpeg", "image/gif", "image/webp"].contains(&kind), "{kind}");
            assert_eq!((logo.status, logo.header("x-content-type-options")), (StatusCode::OK, "nosniff"));
        }
    });
}
