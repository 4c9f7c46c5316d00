//! `/oauth/authorize`, and the consent page behind it.

use axum::body::Body;
use http::{Request, StatusCode};
use proptest::{collection::vec, prelude::*};
use types::paths;

use crate::support::{
    hostile::{
        Change, Header, URIS, World, assert_headers, assert_local, assert_safe, button, bytes, changed,
        changes, decoded, encoded, headers, holds, near_uri, runtime,
    },
    pkce,
};

const NAMES: &[&str] = &[
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "resource",
    "request",
    "request_uri",
    "prompt",
    "nonce",
    "response_mode",
    "login_hint",
];

#[derive(Clone, Debug)]
enum Query {
    /// A good one, changed.
    Changed(Vec<Change>),
    /// Whatever a URI can hold.
    Raw(String),
}

#[derive(Clone, Debug)]
struct Case {
    person: usize,
    client: usize,
    query: Query,
    headers: Vec<Header>,
}

fn cases() -> impl Strategy<Value = Case> {
    let near = near_uri(URIS).prop_map(|uri| ("redirect_uri", uri));
    let query = prop_oneof![
        9 => changes(NAMES, near).prop_map(Query::Changed),
        1 => vec(prop_oneof![encoded(bytes()), Just("&".to_owned()), Just("=".to_owned())], 0..12)
            .prop_map(|parts| Query::Raw(parts.concat())),
    ];
    (0..World::PEOPLE, 0..World::CLIENTS, query, headers())
        .prop_map(|(person, client, query, headers)| Case { person, client, query, headers })
}

/// A1, A2, A3, A4, A8, A9, U1.
#[test]
fn a_hostile_authorization_request_goes_nowhere_it_should_not() {
    let runtime = runtime();
    let world = runtime.block_on(World::start());
    let _inside = runtime.enter();
    holds(&runtime, 250, &cases(), async |case| authorized(&world, case).await);
}

async fn authorized(world: &World, Case { person, client, query, headers }: Case) {
    let known = &world.clients[client];
    let (_, challenge) = pkce();
    let query = match query {
        Query::Raw(query) => query,
        Query::Changed(changes) => changed(
            &[
                ("response_type", "code"),
                ("client_id", &known.client.id),
                ("redirect_uri", &known.client.redirect_uri),
                ("code_challenge", &challenge),
                ("code_challenge_method", "S256"),
                ("scope", "mcp:read mcp:write"),
                ("state", "xyz"),
            ],
            &changes,
        ),
    };
    // What is no URI reaches no handler.
    let Ok(mut request) = Request::get(format!("{}?{query}", paths::AUTHORIZE)).body(Body::empty()) else {
        return;
    };
    request.headers_mut().extend(headers.into_iter().map(|(name, value)| (Some(name), value)));
    let mut browser = world.browser(person);
    let answer = browser.send_whole(request).await;

    assert_headers(&answer);
    assert!(answer.headers.get("access-control-allow-origin").is_none());
    let sent = decoded(query.as_bytes());
    let may_lead = |address: &str| {
        known.assert_answer(address, &sent);
        true
    };
    match answer.status {
        StatusCode::SEE_OTHER if answer.location().starts_with('/') => {
            assert_local(&answer, &query);
            if answer.location().starts_with(paths::SIGN_IN) {
                let page = browser.get(answer.location()).await;
                assert_eq!(page.status, StatusCode::OK, "{}", page.body);
                assert_headers(&page);
                assert_safe(&page.body, |_| false);
            }
            if let Some(handle) = answer.location().strip_prefix("/consent/") {
                let page = browser.get(&paths::consent(handle)).await;
                assert_eq!(page.status, StatusCode::OK, "{}", page.body);
                assert_headers(&page);
                assert_safe(&page.body, |_| false);
                assert!(page.body.contains("name=\"csrf\""), "it asks: {}", page.body);
            }
        }
        StatusCode::SEE_OTHER => {
            assert!(known.trusted, "sent to {} unasked", answer.location());
            known.assert_answer(answer.location(), &sent);
        }
        StatusCode::BAD_REQUEST => {
            assert_safe(&answer.body, may_lead);
            assert!(button(&answer.body).is_none() || (person > 0 && !known.trusted), "a link for nobody");
        }
        // A header says that a body comes that is too large.
        StatusCode::PAYLOAD_TOO_LARGE => {}
        other => panic!("{other}: {}", answer.body),
    }
}
