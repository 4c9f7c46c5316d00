//! `/oauth/token`, `/oauth/revoke` and `/oauth/introspect`.

use axum::body::Body;
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, Method, Request, StatusCode, header};
use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::json;
use types::paths;

use crate::support::{
    Answer, ClientApp, MEMBER, Tokens,
    hostile::{
        Change, Header, MARK, URIS, World, assert_description, bytes, changed, changes, decoded, first,
        header, headers, holds, near_uri, runtime,
    },
};

const NAMES: &[&str] = &[
    "grant_type",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "code",
    "code_verifier",
    "redirect_uri",
    "refresh_token",
    "scope",
    "resource",
    "token",
    "token_type_hint",
];

/// The error codes of these endpoints (RFC 6749 §5.2, RFC 8707 §2; the last answers too many requests).
const ERRORS: [&str; 8] = [
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
    "invalid_target",
    "temporarily_unavailable",
];

/// A request before it is changed. Each lacks one thing that no change can bring.
#[derive(Clone, Copy, Debug)]
enum Good {
    /// A live code, without its verifier.
    Code,
    /// A live refresh token, at another client.
    Refresh,
    /// A client with a secret, without the secret.
    Unproven,
    /// A client that is proven with a signature of nobody's.
    Signed,
}

#[derive(Clone, Debug)]
enum Content {
    Form(Good, Vec<Change>),
    Raw(Vec<u8>),
    /// A good form with one value of this length.
    Long(Good, usize),
}

#[derive(Clone, Debug)]
struct Case {
    path: &'static str,
    method: Method,
    content: Content,
    content_type: Option<Header>,
    authorization: Vec<Header>,
    headers: Vec<Header>,
}

fn content() -> impl Strategy<Value = Content> {
    let good = || select(&[Good::Code, Good::Refresh, Good::Unproven, Good::Signed][..]);
    let near = prop_oneof![near_uri(URIS).prop_map(|uri| ("redirect_uri", uri)), assertion()];
    prop_oneof![
        8 => (good(), changes(NAMES, near)).prop_map(|(good, changes)| Content::Form(good, changes)),
        1 => bytes().prop_map(Content::Raw),
        1 => (good(), select(&[10_000, 65_000, 65_536, 70_000, 300_000][..]))
            .prop_map(|(good, length)| Content::Long(good, length)),
    ]
}

/// Headers and claims that mislead who trusts them.
const JWT_PARTS: &[&str] = &[
    r#"{"alg":"EdDSA"}"#,
    r#"{"alg":"EdDSA","kid":"\u0000","typ":"\ud800"}"#,
    r#"{"alg":"none"}"#,
    r#"{"alg":"HS256"}"#,
    r#"{"alg":"RS256","kid":"x","crit":["x"]}"#,
    r#"{"alg":"ES256","jku":"https://zq1.example/","jwk":{"kty":"oct","k":"AA"}}"#,
    r#"{"alg":"RS256","x5c":[1],"typ":[]}"#,
    r#"{"sub":"x","iss":"x","aud":[],"exp":1e400}"#,
    r#"{"sub":"\u0000","iss":"","aud":{},"exp":-1}"#,
    r#"{"sub":"x","aud":"http://127.0.0.1:4000","exp":99999999999,"jti":7}"#,
];

/// Texts that look like a JWT.
fn assertion() -> impl Strategy<Value = (&'static str, String)> {
    let part = prop_oneof![bytes(), select(JWT_PARTS).prop_map(|part| part.as_bytes().to_vec()),];
    let encoded = part.prop_map(|part| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(part));
    vec(encoded, 0..5).prop_map(|parts| ("client_assertion", parts.join(".")))
}

fn authorization() -> impl Strategy<Value = Header> {
    let pair = (bytes(), bytes()).prop_map(|(id, secret)| [&id[..], b":", &secret].concat());
    let basic = prop_oneof![3 => pair, 1 => bytes()]
        .prop_map(|text| format!("Basic {}", STANDARD.encode(text)).into_bytes());
    let other = (select(&["Basic ", "basic", "BASIC  ", "Bearer ", "DPoP ", "Digest ", ""][..]), bytes())
        .prop_map(|(scheme, rest)| [scheme.as_bytes(), &rest].concat());
    prop_oneof![basic, other].prop_map(|value| header("authorization", value))
}

fn cases() -> impl Strategy<Value = Case> {
    let types = &[
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=utf-16",
        "APPLICATION/X-WWW-FORM-URLENCODED;",
        "application/json",
        "multipart/form-data; boundary=x",
        "text/plain",
        ", ,",
    ][..];
    let content_type = prop_oneof![
        6 => Just(Some(header("content-type", types[0].as_bytes().to_vec()))),
        2 => select(types).prop_map(|text| Some(header("content-type", text.as_bytes().to_vec()))),
        1 => bytes().prop_map(|text| Some(header("content-type", text))),
        1 => Just(None),
    ];
    let method = prop_oneof![
        12 => Just(Method::POST),
        1 => select(vec![Method::GET, Method::HEAD, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS]),
    ];
    let authorization = prop_oneof![3 => Just(Vec::new()), 2 => vec(authorization(), 1..3)];
    let path = select(&[paths::TOKEN, paths::REVOKE, paths::INTROSPECT][..]);
    (path, method, content(), content_type, authorization, headers()).prop_map(
        |(path, method, content, content_type, authorization, headers)| Case {
            path,
            method,
            content,
            content_type,
            authorization,
            headers,
        },
    )
}

/// Everything that there is to steal.
struct Treasure {
    /// Has a public key, whose private half nobody here has.
    keyed: String,
    public: ClientApp,
    confidential: ClientApp,
    code: String,
    tokens: Tokens,
}

/// T2, T3, T4, T6, F4, V1, I1.
#[test]
fn hostile_token_requests_get_nothing_and_break_nothing() {
    let runtime = runtime();
    let world = runtime.block_on(World::start());
    let _inside = runtime.enter();
    let treasure = runtime.block_on(async {
        let public = world.app.public_client().await;
        let confidential = world.app.confidential_client().await;
        let code = world.app.code(MEMBER, &public, "mcp:read").await;
        let tokens = world.app.tokens(MEMBER, &confidential, "mcp:read api:read").await;
        let keyed = json!({
            "redirect_uris": ["https://app.example/cb"],
            "token_endpoint_auth_method": "private_key_jwt",
            "jwks": { "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }] },
        });
        let keyed = world.app.post_json(paths::REGISTER, &keyed, &[]).await.json();
        let keyed = keyed["client_id"].as_str().unwrap().to_owned();
        Treasure { keyed, public, confidential, code, tokens }
    });
    let count = async || {
        let refresh = world.app.number("SELECT COUNT(*) FROM refresh_tokens").await;
        let active = world.app.number("SELECT COUNT(*) FROM grants WHERE status = 'active'").await;
        (world.given().await, refresh, active)
    };
    let before = runtime.block_on(count());
    holds(&runtime, 600, &cases(), async |case| refused(&world, &treasure, case).await);

    runtime.block_on(async {
        assert_eq!(count().await, before, "something was given or taken");
        // What was there to steal is still there, for those whose it is.
        Tokens::of(&treasure.public.exchange(&world.app, &treasure.code).await);
        assert_eq!(world.app.call_api(&treasure.tokens).await.status, StatusCode::OK);
        Tokens::of(&treasure.confidential.refresh(&world.app, &treasure.tokens.refresh).await);
    });
}

async fn refused(world: &World, treasure: &Treasure, case: Case) {
    let body = match case.content {
        Content::Raw(bytes) => bytes,
        Content::Form(good, changes) => changed(&form(treasure, good), &changes).into_bytes(),
        Content::Long(good, length) => {
            changed(&form(treasure, good), &[Change::Set("resource", "x".repeat(length))]).into_bytes()
        }
    };
    let mut request = Request::new(Body::from(body));
    *request.method_mut() = case.method.clone();
    *request.uri_mut() = case.path.parse().unwrap();
    let more = case.content_type.into_iter().chain(case.authorization).chain(case.headers);
    for (name, value) in more {
        request.headers_mut().append(name, value);
    }
    let answer = world.app.send(request).await;
    assert_json(&answer);
    match (case.method.as_str(), answer.status) {
        ("POST", StatusCode::OK) => {
            // Nothing is said about what is unknown or another's, and it is left alone.
            assert_eq!(case.path, paths::REVOKE, "{}", answer.body);
            assert_eq!(answer.body, "{}");
        }
        ("POST", StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED) => {}
        ("OPTIONS", StatusCode::OK) => assert_eq!(answer.body, ""),
        ("POST", other) => panic!("{other}: {}", answer.body),
        (_, other) => assert_eq!(other, StatusCode::METHOD_NOT_ALLOWED),
    }
}

fn form(treasure: &Treasure, good: Good) -> Vec<(&'static str, &str)> {
    let Treasure { keyed, public, confidential, code, tokens } = treasure;
    match good {
        Good::Code => vec![
            ("grant_type", "authorization_code"),
            ("client_id", &public.id),
            ("code", code),
            ("code_verifier", "wrong-verifier-wrong-verifier-wrong-verifier"),
            ("redirect_uri", &public.redirect_uri),
            ("token", &tokens.access),
        ],
        Good::Refresh => vec![
            ("grant_type", "refresh_token"),
            ("client_id", &public.id),
            ("refresh_token", &tokens.refresh),
            ("token", &tokens.refresh),
        ],
        Good::Unproven => vec![
            ("grant_type", "refresh_token"),
            ("client_id", &confidential.id),
            ("client_secret", "wrong"),
            ("refresh_token", &tokens.refresh),
            ("token", &tokens.refresh),
        ],
        Good::Signed => vec![
            ("grant_type", "client_credentials"),
            ("client_id", keyed),
            ("client_assertion", "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.AAAA"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("token", &tokens.access),
        ],
    }
}

/// Fails unless the answer of an endpoint of the protocol is one that it may give.
fn assert_json(answer: &Answer) {
    assert!(!answer.status.is_server_error(), "{}: {}", answer.status, answer.body);
    for name in answer.headers.keys() {
        assert!(!name.as_str().contains(MARK), "{name}");
    }
    // The answer to a preflight is no answer of the endpoint.
    if answer.status == StatusCode::OK && answer.headers.contains_key("access-control-allow-methods") {
        return;
    }
    assert_eq!(answer.header("cache-control"), "no-store");
    if answer.status == StatusCode::BAD_REQUEST || answer.status == StatusCode::UNAUTHORIZED {
        let error = answer.json();
        let code = error["error"].as_str().unwrap();
        assert!(ERRORS.contains(&code), "{error}");
        assert_eq!(answer.status == StatusCode::UNAUTHORIZED, code == "invalid_client", "{error}");
        assert_description(error["error_description"].as_str().unwrap());
        assert_eq!(answer.header("content-type"), "application/json");
    }
}

/// I1, T2: a client that is proven learns about its own tokens and about nothing else.
#[test]
fn hostile_tokens_are_not_active() {
    let runtime = runtime();
    let world = runtime.block_on(World::start());
    let _inside = runtime.enter();
    let (client, tokens) = runtime.block_on(async {
        let client = world.app.confidential_client().await;
        let tokens = world.app.tokens(MEMBER, &client, "mcp:read").await;
        (client, tokens)
    });
    let near = select(vec![tokens.access.clone(), tokens.refresh.clone()]).prop_flat_map(|token| {
        (any::<prop::sample::Index>(), any::<char>()).prop_map(move |(at, character)| {
            let mut token = token.clone();
            token.replace_range(at.index(token.len()).., &character.to_string());
            ("token", token)
        })
    });
    let live = [tokens.access.clone(), tokens.refresh.clone()];
    holds(&runtime, 150, &changes(&["token", "token_type_hint"], near), async |changes| {
        let body = changed(&[("token", &tokens.access)], &changes);
        let sent = decoded(body.as_bytes());
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, client.basic().parse().unwrap());
        headers.insert(header::CONTENT_TYPE, "application/x-www-form-urlencoded".parse().unwrap());
        let mut request = Request::post(paths::INTROSPECT).body(Body::from(body)).unwrap();
        *request.headers_mut() = headers;
        let answer = world.app.send(request).await;
        assert_json(&answer);
        if answer.status == StatusCode::OK {
            let known = first(&sent, "token").is_some_and(|token| live.iter().any(|live| live == token));
            assert_eq!(answer.json()["active"], known, "{}", answer.body);
            assert!(known || answer.json() == json!({ "active": false }));
        } else {
            assert_eq!(answer.error(), "invalid_request");
        }
    });
}

/// T7, F3: whatever a refresh asks for, it gets no more than was granted.
#[test]
fn a_refresh_never_brings_more_than_the_grant() {
    let runtime = runtime();
    let world = runtime.block_on(World::start());
    let _inside = runtime.enter();
    let client = runtime.block_on(world.app.confidential_client());
    let tokens = runtime.block_on(world.app.tokens(MEMBER, &client, "mcp:read mcp:write"));
    let current = std::cell::RefCell::new(tokens.refresh);
    let near = select(
        &[
            ("scope", "mcp:read"),
            ("scope", "mcp:admin"),
            ("scope", "api:read mcp:read"),
            ("scope", "  mcp:read  mcp:write "),
            ("resource", "http://127.0.0.1:4000/mcp/"),
            ("resource", "HTTP://127.0.0.1:4000/mcp"),
            ("resource", "http://127.0.0.1:4000/api"),
            ("resource", "http://127.0.0.1:4000/mcp#"),
            ("resource", "http://127.0.0.1:4000@zq1.example/mcp"),
        ][..],
    );
    let near = near.prop_map(|(name, value)| (name, value.to_owned()));
    holds(&runtime, 100, &changes(&["scope", "resource", "redirect_uri"], near), async |changes| {
        let good = [("grant_type", "refresh_token"), ("refresh_token", &*current.borrow())]
            .map(|(n, v)| (n, v.to_owned()));
        let good: Vec<_> = good.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let body = changed(&good, &changes);
        let request = Request::post(paths::TOKEN)
            .header(header::AUTHORIZATION, client.basic())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let answer = world.app.send(request.body(Body::from(body)).unwrap()).await;
        assert_json(&answer);
        if answer.status == StatusCode::OK {
            let tokens = Tokens::of(&answer);
            assert!(["mcp:read", "mcp:read mcp:write"].contains(&tokens.scope.as_str()), "{}", tokens.scope);
            *current.borrow_mut() = tokens.refresh;
        } else {
            assert!(
                ["invalid_request", "invalid_scope", "invalid_target"].contains(&answer.error().as_str())
            );
        }
    });
    // The grant has outlived all of it.
    let last = current.into_inner();
    Tokens::of(&runtime.block_on(client.refresh(&world.app, &last)));
}
