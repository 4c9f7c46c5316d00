//! Redirect URIs and addresses as strangers bend them.

use proptest::{prelude::*, sample::select};

use super::text::piece;

/// URIs that look like one of these to a reader that is not strict.
pub fn near_uri(uris: &'static [&'static str]) -> impl Strategy<Value = String> {
    let trick = select(TRICKS.to_vec());
    prop_oneof![
        3 => (select(uris), trick).prop_map(|(uri, trick)| trick(uri)),
        2 => (select(uris), any::<prop::sample::Index>(), piece()).prop_map(|(uri, at, piece)| {
            let (before, after) = uri.split_at(at.index(uri.len() + 1));
            format!("{before}{piece}{after}")
        }),
        1 => (select(uris), any::<prop::sample::Index>()).prop_map(|(uri, at)| {
            let mut uri = uri.to_owned();
            uri.remove(at.index(uri.len()));
            uri
        }),
        1 => select(uris).prop_map(str::to_owned),
    ]
}

/// Ways to make another URI of one, most of them seen in attacks. Some lead to the same place.
const TRICKS: &[fn(&str) -> String] = &[
    |uri| uri.replacen("://", "://zq1.example@", 1),
    |uri| uri.replacen("://", "://zq1.example\\@", 1),
    |uri| uri.replacen("://", "://zq1.example%40", 1),
    |uri| uri.replacen("://", "://:zq1@", 1),
    |uri| uri.replacen("://", ":\\\\", 1),
    |uri| uri.replacen("://", ":/", 1),
    |uri| uri.replacen("://", ":////", 1),
    |uri| uri.replacen("https:", "http:", 1),
    |uri| uri.replacen("http:", "https:", 1),
    |uri| uri.replacen("http", "HTTP", 1),
    |uri| uri.to_uppercase(),
    |uri| uri.replace('/', "%2f"),
    |uri| uri.replacen(".example/", ".example./", 1),
    |uri| uri.replacen(".example/", ".example:443/", 1),
    |uri| uri.replacen(".example/", ".example:8443/", 1),
    |uri| uri.replacen(".example/", ".example.zq1.example/", 1),
    |uri| uri.replacen("client.example", "client\u{3002}example", 1),
    |uri| uri.replacen("127.0.0.1", "127.0.0.1:5000", 1),
    |uri| uri.replacen("127.0.0.1", "127.0.0.1:65536", 1),
    |uri| uri.replacen("127.0.0.1", "127.0.0.1:", 1),
    |uri| uri.replacen("127.0.0.1", "127.0.0.1:+1", 1),
    |uri| uri.replacen("127.0.0.1", "127.0.0.1:1@zq1.example", 1),
    |uri| uri.replacen("127.0.0.1", "127.0.0.1.zq1.example", 1),
    |uri| uri.replacen("127.0.0.1", "127.1", 1),
    |uri| uri.replacen("127.0.0.1", "2130706433", 1),
    |uri| uri.replacen("127.0.0.1", "localhost", 1),
    |uri| uri.replacen("127.0.0.1", "[::1]", 1),
    |uri| uri.replacen("[::1]", "[::1]:7", 1),
    |uri| uri.replacen("[::1]", "[0:0:0:0:0:0:0:1]", 1),
    |uri| format!("{uri}/"),
    |uri| format!("{uri}/.."),
    |uri| format!("{uri}/../../zq1"),
    |uri| format!("{uri}%2f..%2fzq1"),
    |uri| format!("{uri}.zq1.example"),
    |uri| format!("{uri}@zq1.example"),
    |uri| format!("{uri}?zq1=1"),
    |uri| format!("{uri}#zq1"),
    |uri| format!("{uri};zq1"),
    |uri| format!("{uri} "),
    |uri| format!(" {uri}"),
    |uri| format!("{uri}\0"),
    |uri| format!("{uri}\r\nZq1: 1"),
    |uri| format!("javascript:zq1//{uri}"),
    |uri| format!("//{uri}"),
    |uri| format!("https://zq1.example/?{uri}"),
];
