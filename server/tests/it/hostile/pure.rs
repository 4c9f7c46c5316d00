//! The rules that stand behind the endpoints, by themselves: cheap, so that many cases are tried.

use domain::{
    crypto::{client_keys::KeySet, secret::sha256},
    oauth::{
        params::Params,
        pkce::Challenge,
        redirect_uri::{describe, hosts, matches, with_answer},
        scope::{registrable, requested},
        text::{keeps_to_itself, presentable, website},
    },
};
use proptest::{collection::vec, prelude::*};
use serde_json::json;
use server::web::oauth_error::wire_description;
use types::{
    paths::{local_path, sign_in_then},
    redirect_uri::{KNOWN_SCHEMES, RedirectRules},
    scope::{AccessLevel, ScopeSet},
};
use url::Url;

use crate::support::{
    ISSUER,
    hostile::{
        URIS, all, assert_description, bytes, decoded, encoded, holds, members, near_uri, object, runtime,
        text,
    },
};

/// A3: an answer goes where the redirect URI says, with what it had and what was added.
#[test]
fn an_answer_only_adds_parameters() {
    let rules = RedirectRules { known_schemes: KNOWN_SCHEMES.map(str::to_owned).to_vec() };
    let cases = (near_uri(URIS), prop::option::of(text()), text());
    holds(&runtime(), 2_000, &cases, async |(uri, state, code)| {
        let _ = (describe(&uri), hosts(std::slice::from_ref(&uri)));
        if rules.check(&uri).is_err() {
            return;
        }
        let answer = with_answer(&uri, &[("code", &code)], state.as_deref(), ISSUER);
        assert!(answer.starts_with(&uri) && answer.bytes().all(|byte| byte.is_ascii_graphic()), "{answer}");
        let (before, after) = (Url::parse(&uri).unwrap(), Url::parse(&answer).unwrap());
        let place = |url: &Url| {
            let host = url.host_str().map(str::to_owned);
            (
                url.scheme().to_owned(),
                host,
                url.port(),
                url.path().to_owned(),
                url.fragment().map(str::to_owned),
            )
        };
        assert_eq!(place(&before), place(&after));
        let added = [("code", Some(code)), ("state", state), ("iss", Some(ISSUER.to_owned()))];
        let added = added.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let expected: Vec<_> = before.query_pairs().into_owned().chain(added).collect();
        assert_eq!(after.query_pairs().into_owned().collect::<Vec<_>>(), expected);
    });
}

/// A2: what matches is the registered URI itself, or leads to the same computer under another port.
#[test]
fn what_matches_leads_to_the_registered_place() {
    let registered = prop::sample::select(URIS);
    holds(&runtime(), 3_000, &(registered, near_uri(URIS)), async |(registered, asked)| {
        if !matches(registered, &asked) || registered == asked {
            return;
        }
        let (mut asked, mut registered) = (Url::parse(&asked).unwrap(), Url::parse(registered).unwrap());
        assert_eq!(asked.scheme(), "http");
        assert!(["127.0.0.1", "[::1]", "localhost"].contains(&asked.host_str().unwrap()), "{asked}");
        asked.set_port(None).unwrap();
        registered.set_port(None).unwrap();
        assert_eq!(asked, registered);
    });
}

/// A9, T6: parameters are read as they were sent.
#[test]
fn parameters_are_read_as_they_were_sent() {
    let pairs = vec((prop::sample::select(&["a", "b", "c"][..]), encoded(bytes())), 0..6);
    holds(&runtime(), 1_000, &pairs, async |pairs| {
        let text: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let text = text.join("&");
        let (read, sent) = (Params::parse(text.as_bytes()), decoded(text.as_bytes()));
        for name in ["a", "b", "c"] {
            let values: Vec<_> = all(&sent, name).collect();
            assert_eq!(read.all(name).collect::<Vec<_>>(), values);
            assert_eq!(read.first(name), values.first().copied());
            assert_eq!(read.one(name).is_err(), values.len() > 1);
        }
    });
}

/// A3, T4: only the 43 characters that S256 gives are a challenge, and only its verifier answers it.
#[test]
fn only_its_verifier_answers_a_challenge() {
    let verifiers = prop_oneof![text(), "[A-Za-z0-9._~-]{40,130}"];
    holds(&runtime(), 1_000, &(verifiers, text()), async |(verifier, other)| {
        assert!(Challenge::parse(Some(&other), Some("S256")).is_err());
        assert!(Challenge::parse(Some(&sha256(b"x")), Some(&other)).is_err() || other == "S256");
        let challenge = Challenge::parse(Some(&sha256(verifier.as_bytes())), Some("S256")).unwrap();
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let fit = (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved);
        assert_eq!(challenge.check(&verifier).is_ok(), fit);
        assert!(challenge.check(&other).is_err() || other == verifier);
    });
}

/// A6, R7: unknown scopes are dropped, what is stored is read back, and nobody registers admin.
#[test]
fn scopes_are_known_ones_or_none() {
    holds(&runtime(), 1_000, &vec(text(), 0..6), async |words| {
        let text = words.join(" ");
        let known = ScopeSet::parse_known(&text);
        assert!(known.iter().all(|scope| text.split(' ').any(|word| word == scope.to_string())), "{known}");
        if let Ok((scopes, resources)) = requested(Some(&text), None, None) {
            assert_eq!(ScopeSet::parse_known(&scopes.to_string()), scopes);
            assert!(!resources.is_empty() && scopes == known.expanded());
        }
        assert!(registrable(&text).iter().all(|scope| scope.level != AccessLevel::Admin));
    });
}

/// R6: odd keys are refused or passed over, and what they did not sign is not theirs.
#[test]
fn odd_keys_sign_nothing() {
    let parts = &[
        ("kty", r#""OKP""#),
        ("kty", r#""EC""#),
        ("kty", r#""RSA""#),
        ("kty", r#""oct""#),
        ("crv", r#""P-384""#),
        ("n", r#""////""#),
        ("e", r#""AQAB""#),
        ("x", r#""11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUR""#),
        ("use", r#""enc""#),
        ("alg", r#""HS256""#),
        ("kid", r#""k""#),
    ][..];
    let near = prop::sample::select(parts).prop_map(|(name, value)| (name, value.to_owned()));
    let keys =
        vec(members(&["kty", "crv", "x", "y", "n", "e", "alg", "use", "kid", "key_ops", "d"], near), 1..3);
    let tokens = prop::sample::select(
        &[
            "eyJhbGciOiJFZERTQSJ9.e30.AAAA",
            "eyJhbGciOiJFUzI1NiIsImtpZCI6ImsifQ.e30.AA",
            "eyJhbGciOiJSUzI1NiJ9.e30.",
        ][..],
    );
    holds(
        &runtime(),
        1_000,
        &(keys, prop_oneof![3 => tokens.prop_map(str::to_owned), 1 => text()]),
        async |(keys, token)| {
            let good = [
                ("kty", json!("OKP")),
                ("crv", json!("Ed25519")),
                ("x", json!("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")),
            ];
            let keys: Vec<_> = keys.iter().map(|key| object(&good, key)).collect();
            let Ok(set) = serde_json::from_str(&format!(r#"{{"keys":[{}]}}"#, keys.join(","))) else {
                return;
            };
            if let Ok(set) = KeySet::parse(&set) {
                assert!(set.verify::<serde_json::Value>(&token).is_err(), "{token}");
            }
        },
    );
}

/// U1, A4: text to show, descriptions on the wire, websites, and where sign-in leads.
#[test]
fn text_of_strangers_stays_text() {
    let texts = prop_oneof![3 => text(), 1 => near_uri(URIS)];
    holds(&runtime(), 2_000, &(texts, 1..100_usize), async |(text, max)| {
        let shown = presentable(&text, max);
        let hides = ['\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}', '\n', '\0'];
        assert!(shown.chars().count() <= max && !shown.contains(hides) && !shown.contains(char::is_control));
        assert_eq!(keeps_to_itself(&shown), Ok(()), "{}", shown.escape_unicode());
        let joiners = ['\u{200c}', '\u{200d}'];
        assert!(!shown.starts_with(joiners) && !shown.ends_with(joiners), "{}", shown.escape_unicode());
        assert_eq!(presentable(&shown, max), shown, "what was cleaned stays");
        if !text.is_empty() {
            assert_description(&wire_description(&text));
        }
        if let Some((host, url)) = website(&text) {
            let parsed = Url::parse(&url).unwrap();
            assert!(parsed.host_str() == Some(&host) && ["https", "http"].contains(&parsed.scheme()));
            assert_eq!((parsed.username(), parsed.password()), ("", None), "{url}");
        }
        let issuer = Url::parse(ISSUER).unwrap();
        for next in [text.clone(), format!("/{text}")] {
            assert_eq!(issuer.join(local_path(&next)).unwrap().origin(), issuer.origin(), "{next:?}");
            let there = issuer.join(&sign_in_then(&next)).unwrap();
            assert_eq!((there.origin(), there.path()), (issuer.origin(), "/sign-in"));
            assert_eq!(there.query_pairs().next().unwrap().1, next);
        }
    });
}
