//! JSON as strangers write it, and changes of a good object.

use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Value, json};

use super::text::{bytes, text};

/// Any value.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let members = vec((text(), inner.clone()), 0..6).prop_map(|members| members.into_iter().collect());
        prop_oneof![vec(inner, 0..6).prop_map(Value::Array), members.prop_map(Value::Object)]
    })
}

/// Any text that may stand where JSON has a value, most of it JSON.
pub fn json_text() -> impl Strategy<Value = String> {
    let odd = &[
        r#""\ud800""#,
        r#""\udc00\ud800""#,
        r#""\u0000""#,
        r#""\u202ezq1""#,
        r#""\u003czq1\u003e""#,
        "1e999",
        "-0",
        "1e-999",
        "0.1e1",
        "123456789012345678901234567890",
        "NaN",
        "'x'",
        "{",
        "]",
        "\"",
        "",
        "tru",
        "\u{feff}null",
        r#"{"a":1,"a":2}"#,
        r#"{"keys":[]}"#,
        r#"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}"#,
        r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#,
        r#"{"keys":[{"kty":"EC","crv":"P-256","x":"\u0000","y":[]}]}"#,
        r#"["none"]"#,
        r#"["code"]"#,
        r#""none""#,
        r#""private_key_jwt""#,
        r#"["refresh_token"]"#,
        r#"["authorization_code","refresh_token"]"#,
        r#""https://app.example/\"zq1=""#,
        r#""https://user:zq1@app.example/<zq1>""#,
        r#""https://:zq1@app.example/""#,
    ][..];
    prop_oneof![
        4 => value().prop_map(|value| value.to_string()),
        4 => select(odd).prop_map(str::to_owned),
        1 => (select(&["[", "{\"a\":"][..]), 1..20_000_usize).prop_map(|(open, depth)| open.repeat(depth)),
        1 => (1..200_usize).prop_map(|depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth))),
        1 => (text(), 1..3_000_usize).prop_map(|(text, many)| json!(vec![text; many.min(60_000 / (many + 1))]).to_string()),
    ]
}

/// A member of an object: its name and the text of its value.
pub type Member = (String, String);

/// Changes of an object with these members; `near` are good values and such that look so.
pub fn members(
    names: &'static [&'static str],
    near: impl Strategy<Value = (&'static str, String)> + 'static,
) -> impl Strategy<Value = Vec<Member>> {
    let member = prop_oneof![
        3 => (select(names), json_text()).prop_map(|(name, value)| (name.to_owned(), value)),
        2 => (select(names), text()).prop_map(|(name, text)| (name.to_owned(), json!(text).to_string())),
        1 => (text(), json_text()).prop_map(|(name, value)| (name, value)),
        4 => near.prop_map(|(name, value)| (name.to_owned(), value)),
    ];
    vec(member, 0..4)
}

/// The text of an object with these members; what comes later counts.
pub fn object(good: &[(&str, Value)], members: &[Member]) -> String {
    let good = good.iter().map(|(name, value)| format!("{}:{value}", json!(name)));
    let members = members.iter().map(|(name, value)| format!("{}:{value}", json!(name)));
    format!("{{{}}}", good.chain(members).collect::<Vec<_>>().join(","))
}

/// Bytes that need not be JSON at all.
pub fn raw() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        json_text().prop_map(String::into_bytes),
        bytes(),
        (1..100_000_usize).prop_map(|length| vec![b' '; length]),
    ]
}
