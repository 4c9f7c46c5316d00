//! Input of strangers: text, its encodings, and changes of good requests.

use proptest::{collection::vec, prelude::*, sample::select};

/// Stands in everything that tries to get out of its place.
pub const MARK: &str = "zq1";

/// Pieces that are known to break out of something, mean something somewhere, or be read in two ways.
const PIECES: &[&str] = &[
    "<zq1>",
    "</zq1>",
    "<zq1 ",
    "\"zq1=",
    "'zq1=",
    "\" zq1=\"",
    "' zq1='",
    "\"><zq1>",
    "\" onload=zq1 x=\"",
    "`zq1`",
    "</script><zq1>",
    "</title><zq1>",
    "--><zq1>",
    "]]><zq1>",
    "<!--zq1",
    "<script>zq1()</script>",
    "<img src=x onerror=zq1>",
    "\\\"-zq1-\\\"",
    "\\",
    "javascript:zq1()",
    "JaVaScRiPt://zq1/%0azq1()",
    "data:text/html,<zq1>",
    "vbscript:zq1",
    "\r\nZq1: 1",
    "\r\n\r\n<zq1>",
    "\n",
    "\r",
    "\0",
    "\u{b}",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "\u{2029}",
    "\u{202e}zq1\u{202c}",
    "\u{2066}",
    "\u{200b}",
    "\u{feff}",
    "\u{fffd}",
    "\u{e000}",
    "\u{10ffff}",
    "𝖟𝖖𝟏",
    "e\u{301}",
    "\u{301}\u{20dd}",
    "👩\u{200d}🚒\u{fe0f}",
    "\u{200d}",
    "\u{fe0f}",
    "1\u{fe0f}\u{20e3}",
    "ی\u{200c}خ",
    "\u{94d}\u{200d}",
    "ß",
    "İ",
    "＜zq1＞",
    "＂",
    "ÿ",
    "%",
    "%%",
    "%00",
    "%FF",
    "%0d%0aZq1:%201",
    "%250d%250aZq1:1",
    "%3Czq1%3E",
    "%zz",
    "%c0%af",
    "&",
    "&amp;",
    "&lt;zq1&gt;",
    "&#60;zq1&#62;",
    "&quot;zq1=",
    "=",
    "+",
    ";",
    ",",
    " ",
    "\t",
    "?",
    "#",
    "/",
    "//",
    "\\\\",
    "..",
    "/../",
    "..%2f",
    "@",
    ":",
    "*",
    "[",
    "]",
    "{{7*7}}",
    "${zq1}",
    "'; DROP TABLE grants;--",
    "//zq1.example",
    "https://zq1.example/",
    "http://127.0.0.1:1/",
    "http://localhost",
    "http://[::1]",
    "https://client.example/callback",
    "cursor://zq1",
    "mcp:read",
    "mcp:read mcp:write",
    "api:admin",
    "openid",
    "http://127.0.0.1:4000/mcp",
    "http://127.0.0.1:4000/api",
    "null",
    "-1",
    "99999999999999999999",
    "1e999",
    "code",
    "token",
    "S256",
    "plain",
    "none",
    "login",
    "approve",
    "deny",
    "authorization_code",
    "refresh_token",
    "client_credentials",
    "__proto__",
    "app_",
    "ey.ey.ey",
];

/// One of them.
pub fn piece() -> impl Strategy<Value = &'static str> {
    select(PIECES)
}

/// Any text, mostly hostile.
pub fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => piece().prop_map(str::to_owned),
        3 => vec(piece(), 0..6).prop_map(|pieces| pieces.concat()),
        2 => any::<String>(),
        1 => (piece(), 1..6_000_usize).prop_map(|(piece, length)| piece.repeat(length / piece.len() + 1)),
    ]
}

/// Any bytes, mostly hostile text.
pub fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => text().prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..20),
        1 => (text(), any::<u8>()).prop_map(|(text, byte)| [text.as_bytes(), &[byte]].concat()),
    ]
}

/// A way in which bytes become part of a form or query.
#[derive(Clone, Copy, Debug)]
enum Encoding {
    /// As browsers do it.
    Form,
    /// Every byte as `%XX`.
    Every,
    /// As browsers do it, and then once more.
    Twice,
    /// Only what no URI can hold.
    Raw,
}

fn encode(bytes: &[u8], encoding: Encoding) -> String {
    match encoding {
        Encoding::Form => form_urlencoded::byte_serialize(bytes).collect(),
        Encoding::Every => bytes.iter().map(|byte| format!("%{byte:02x}")).collect(),
        Encoding::Twice => {
            form_urlencoded::byte_serialize(encode(bytes, Encoding::Form).as_bytes()).collect()
        }
        Encoding::Raw => bytes.utf8_chunks().fold(String::new(), |mut raw, chunk| {
            for character in chunk.valid().chars() {
                let text = character.to_string();
                let fits = character != '#' && format!("/?{text}").parse::<http::Uri>().is_ok();
                raw += &if fits { text } else { encode(text.as_bytes(), Encoding::Every) };
            }
            raw + &encode(chunk.invalid(), Encoding::Every)
        }),
    }
}

/// These bytes in any encoding.
pub fn encoded(bytes: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = String> {
    let encodings = [Encoding::Form, Encoding::Form, Encoding::Every, Encoding::Twice, Encoding::Raw];
    (bytes, select(encodings.to_vec())).prop_map(|(bytes, encoding)| encode(&bytes, encoding))
}

/// One change of a good form or query. Values are encoded already.
#[derive(Clone, Debug)]
pub enum Change {
    Drop(&'static str),
    Repeat(&'static str),
    Set(&'static str, String),
    Add(String, String),
}

/// Changes of a form or query with these parameters. `near` is what looks much like a good value of one of them.
pub fn changes(
    names: &'static [&'static str],
    near: impl Strategy<Value = (&'static str, String)> + 'static,
) -> impl Strategy<Value = Vec<Change>> {
    let near = near.prop_flat_map(|(name, value)| {
        encoded(Just(value.into_bytes())).prop_map(move |value| Change::Set(name, value))
    });
    let change = prop_oneof![
        2 => select(names).prop_map(Change::Drop),
        1 => select(names).prop_map(Change::Repeat),
        5 => (select(names), encoded(bytes())).prop_map(|(name, value)| Change::Set(name, value)),
        1 => (select(names), encoded(bytes())).prop_map(|(name, value)| Change::Add(name.to_owned(), value)),
        1 => (encoded(bytes()), encoded(bytes())).prop_map(|(name, value)| Change::Add(name, value)),
        4 => near,
    ];
    vec(change, 0..5)
}

/// A good form or query after these changes.
pub fn changed(good: &[(&str, &str)], changes: &[Change]) -> String {
    let encoded = |value: &str| encode(value.as_bytes(), Encoding::Form);
    let mut pairs: Vec<_> = good.iter().map(|&(name, value)| (name.to_owned(), encoded(value))).collect();
    for change in changes {
        match change {
            Change::Drop(name) => pairs.retain(|(other, _)| other != name),
            Change::Repeat(name) => {
                let again = pairs.iter().find(|(other, _)| other == name).cloned();
                pairs.extend(again);
            }
            Change::Set(name, value) => {
                pairs.retain(|(other, _)| other != name);
                pairs.push(((*name).to_owned(), value.clone()));
            }
            Change::Add(name, value) => pairs.push((name.clone(), value.clone())),
        }
    }
    let pairs: Vec<_> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    pairs.join("&")
}

/// The parameters of a form or query, as bytes: read here once more, apart from what the server does.
pub fn decoded(encoded: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let pairs = encoded.split(|&byte| byte == b'&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| {
        let middle = pair.iter().position(|&byte| byte == b'=').unwrap_or(pair.len());
        (unescaped(&pair[..middle]), unescaped(pair.get(middle + 1..).unwrap_or_default()))
    });
    pairs.collect()
}

fn unescaped(text: &[u8]) -> Vec<u8> {
    let digit = |at: usize| text.get(at).and_then(|&byte| char::from(byte).to_digit(16));
    let (mut bytes, mut at) = (Vec::new(), 0);
    while let Some(&byte) = text.get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).unwrap());
                at += 2;
            }
            (b'+', ..) => bytes.push(b' '),
            _ => bytes.push(byte),
        }
        at += 1;
    }
    bytes
}

/// The first value of a parameter that counts: not empty, text, and without NUL.
pub fn first<'a>(pairs: &'a [(Vec<u8>, Vec<u8>)], name: &str) -> Option<&'a str> {
    all(pairs, name).next()
}

/// Every value of a parameter that counts.
pub fn all<'a>(pairs: &'a [(Vec<u8>, Vec<u8>)], name: &str) -> impl Iterator<Item = &'a str> {
    let values = pairs.iter().filter(move |(other, _)| other == name.as_bytes());
    let texts = values.filter_map(|(_, value)| std::str::from_utf8(value).ok());
    texts.filter(|text| !text.is_empty() && !text.contains(['\0', '\u{fffd}']))
}
