//! `POST /oauth/consent`, and the answer that the client gets in the end.

use axum::body::Body;
use http::{HeaderMap, Request, StatusCode, header};
use proptest::{prelude::*, sample::select};
use types::paths;

use crate::support::{
    ISSUER, hidden,
    hostile::{
        Change, Header, URIS, World, assert_headers, assert_safe, changed, changes, decoded, encoded, first,
        headers, holds, runtime, text,
    },
    pkce,
};

const NAMES: &[&str] = &["handle", "csrf", "decision", "product", "scope"];

#[derive(Clone, Debug)]
struct Case {
    client: usize,
    uri: usize,
    state: String,
    scope: &'static str,
    form: Vec<Change>,
    headers: Vec<Header>,
    decision: &'static str,
}

fn cases() -> impl Strategy<Value = Case> {
    let near = select(
        &[
            ("scope", "mcp:admin"),
            ("scope", "mcp:read mcp:write"),
            ("scope", "api:read"),
            ("decision", "deny"),
            ("decision", "Approve"),
            ("product", "prd_0"),
        ][..],
    );
    let near = near.prop_map(|(name, value)| (name, value.to_owned()));
    // A state that counts, and fits into a query in every encoding.
    let state = text().prop_filter("a state", |state| {
        state.len() < 500 && !state.is_empty() && !state.contains(['\0', '\u{fffd}'])
    });
    let state = encoded(state.prop_map(String::into_bytes));
    let scopes = select(&["mcp:read", "mcp:read mcp:write api:read", "api:write", "mcp:admin api:admin"][..]);
    let form = changes(NAMES, near);
    (0..World::CLIENTS, 0..URIS.len(), state, scopes, form, headers(), select(&["approve", "deny"][..]))
        .prop_map(|(client, uri, state, scope, form, headers, decision)| Case {
            client,
            uri,
            state,
            scope,
            form,
            headers,
            decision,
        })
}

/// U1, U2, U3, U4.
#[test]
fn only_the_form_of_the_page_grants_something() {
    let runtime = runtime();
    let world = runtime.block_on(World::start());
    let _inside = runtime.enter();
    let product = runtime.block_on(world.app.product_id("acme", "support"));
    holds(&runtime, 80, &cases(), async |case| decided(&world, &product, case).await);
}

async fn decided(world: &World, product: &str, case: Case) {
    let known = &world.clients[case.client];
    let uri = &known.uris[case.uri % known.uris.len()];
    let (_, challenge) = pkce();
    let query = changed(
        &[
            ("response_type", "code"),
            ("client_id", &known.client.id),
            ("redirect_uri", uri),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("scope", case.scope),
        ],
        &[Change::Set("state", case.state)],
    );
    let sent = decoded(query.as_bytes());
    let mut browser = world.browser(1);
    let handle = browser.get(&format!("{}?{query}", paths::AUTHORIZE)).await;
    let page = browser.get(handle.location()).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert_safe(&page.body, |_| false);
    let (handle, csrf) = (hidden(&page.body, "handle"), hidden(&page.body, "csrf"));
    let good = [
        ("handle", handle.as_str()),
        ("csrf", &csrf),
        ("decision", "approve"),
        ("product", product),
        ("scope", "mcp:read"),
    ];

    let before = world.given().await;
    let form = changed(&good, &case.form);
    let pairs = decoded(form.as_bytes());
    let whole = first(&pairs, "csrf") == Some(&csrf) && first(&pairs, "handle") == Some(&handle);
    let answer = browser.send_whole(posted(form, case.headers)).await;
    assert_headers(&answer);
    let after = world.given().await;
    let answered = answer.status == StatusCode::SEE_OTHER && !answer.location().starts_with('/');
    match answer.status {
        StatusCode::SEE_OTHER if answered => {
            assert!(whole, "answered without its CSRF token");
            known.assert_answer(answer.location(), &sent);
            let granted = i64::from(first(&pairs, "decision") == Some("approve"));
            assert_eq!(after, (before.0 + granted, before.1 + granted));
        }
        StatusCode::SEE_OTHER => {
            let back = answer.location();
            assert!(back.starts_with("/consent/") || back == paths::SIGN_IN, "{back}");
        }
        StatusCode::FORBIDDEN if answer.header("content-type").starts_with("text/plain") => {}
        StatusCode::FORBIDDEN => assert_safe(&answer.body, |_| false),
        StatusCode::PAYLOAD_TOO_LARGE | StatusCode::BAD_REQUEST => {}
        other => panic!("{other}: {}", answer.body),
    }
    if answered {
        return;
    }
    assert_eq!(before, after, "granted without an answer");
    // Nothing of that used the request up: the page's own form still answers it.
    let right = good.map(|(name, value)| (name, if name == "decision" { case.decision } else { value }));
    let right = if case.scope.contains("mcp:read") { &right[..] } else { &right[..4] };
    let answer = browser.post(paths::CONSENT_POST, right).await;
    if case.decision == "deny" || right.len() == 5 {
        known.assert_answer(answer.location(), &sent);
    } else {
        assert!(answer.location().ends_with("problem=none"), "{}", answer.location());
    }
}

/// A form as pages send it, with these headers in place of its own.
fn posted(form: String, headers: Vec<Header>) -> Request<Body> {
    let mut all = HeaderMap::new();
    all.insert(header::CONTENT_TYPE, "application/x-www-form-urlencoded".parse().unwrap());
    all.insert(header::ORIGIN, ISSUER.parse().unwrap());
    for (name, _) in &headers {
        all.remove(name);
    }
    all.extend(headers.into_iter().map(|(name, value)| (Some(name), value)));
    let mut request = Request::post(paths::CONSENT_POST).body(Body::from(form)).unwrap();
    *request.headers_mut() = all;
    request
}
