//! Pages at addresses that strangers made up, and signing in.

use axum::body::Body;
use http::{Request, StatusCode, header};
use proptest::{prelude::*, sample::select};
use types::paths;
use url::Url;

use crate::support::{
    Answer, ISSUER, MEMBER,
    hostile::{
        World, assert_headers, assert_safe, bytes, changed, changes, encoded, headers, holds, near_uri,
        runtime,
    },
};
use domain::demo;

/// Paths that stand before the part that strangers choose.
const PLACES: &[&str] = &[
    "/",
    "/consent/",
    "/consent/x?problem=",
    "/consent/x?product=",
    "/sign-in?next=",
    "/sign-in?",
    "/oauth/",
    "/o/acme/",
    "/o/acme/support?page=",
    "/o/acme/settings/apps?",
    "/settings/oauth-apps/",
    "/admin/oauth-clients/",
    "/admin/oauth-clients?search=",
    "/admin/oauth-clients?page=",
    "/client-logos/",
    "/.well-known/",
    "/pkg/",
];

/// U1, A8: whatever the address of a page says stays text, and leads nowhere else.
#[test]
fn hostile_addresses_are_only_text() {
    let runtime = runtime();
    let world = runtime.block_on(World::start());
    let _inside = runtime.enter();
    let cases = (0..World::PEOPLE, select(PLACES), encoded(bytes()), headers());
    holds(&runtime, 150, &cases, async |(person, place, rest, headers)| {
        let Ok(mut request) = Request::get(format!("{place}{rest}")).body(Body::empty()) else {
            return;
        };
        request.headers_mut().extend(headers.into_iter().map(|(name, value)| (Some(name), value)));
        assert_harmless(&world.browser(person).send_whole(request).await);
    });
}

/// Places that are near this server's own.
const NEXTS: &[&str] = &["/o/acme/support", "http://127.0.0.1:4000/", "/oauth/authorize?client_id=x"];

/// A4: sign-in leads to this server only, whatever the form says, and nobody gets in without the password.
#[test]
fn a_hostile_sign_in_leads_nowhere_else() {
    let runtime = runtime();
    let world = runtime.block_on(World::start());
    let _inside = runtime.enter();
    let near = near_uri(NEXTS).prop_map(|uri| ("next", uri));
    let cases = (changes(&["email", "password", "next"], near), any::<bool>());
    holds(&runtime, 150, &cases, async |(changes, right)| {
        let password = if right { demo::PASSWORD } else { "wrong" };
        let form = changed(&[("email", MEMBER), ("password", password), ("next", "/")], &changes);
        let request = Request::post(paths::SIGN_IN)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, ISSUER);
        let answer = world.browser(0).send_whole(request.body(Body::from(form)).unwrap()).await;
        assert_harmless(&answer);
        assert!(right || answer.status != StatusCode::SEE_OTHER);
        assert_eq!(answer.headers.contains_key(header::SET_COOKIE), answer.status == StatusCode::SEE_OTHER);
    });
}

fn assert_harmless(answer: &Answer) {
    assert!(!answer.status.is_server_error(), "{}: {}", answer.status, answer.body);
    if answer.status.is_redirection() {
        let target = Url::parse(ISSUER).unwrap().join(answer.location()).unwrap();
        assert_eq!(target.origin().ascii_serialization(), ISSUER, "{}", answer.location());
    } else if answer.header("content-type").starts_with("text/html") {
        assert_headers(answer);
        assert_safe(&answer.body, |_| false);
    }
}
