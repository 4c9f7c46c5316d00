//! Pages, read as browsers read them: whether anything that a stranger sent got out of its place.

use super::text::MARK;
use crate::support::Answer;

struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
}

/// Fails if the page holds markup, an attribute or script of a stranger's, or a link off this server other than those
/// that `may_lead` admits.
pub fn assert_safe(page: &str, may_lead: impl Fn(&str) -> bool) {
    let (tags, scripts) = read(page);
    assert!(!tags.is_empty(), "no page: {page}");
    for Tag { name, attributes } in tags {
        assert!(!name.contains(MARK), "the tag {name} in {page}");
        for (attribute, value) in attributes {
            assert!(
                !attribute.contains(MARK) && !attribute.starts_with("on"),
                "{attribute} of {name} in {page}"
            );
            if matches!(attribute.as_str(), "href" | "src" | "action" | "formaction" | "content") {
                let local =
                    value.starts_with(['/', '#']) && !value.starts_with("//") && !value.contains('\\');
                let safe = attribute == "content" || local || may_lead(&value);
                assert!(safe, "{attribute}={value:?} of {name}");
            }
        }
    }
    for script in scripts {
        assert!(!script.contains("<!--"), "a comment in a script: {script}");
        assert!(!without_strings(&script).contains(MARK), "outside of a string: {script}");
    }
}

/// Where the button of a page leads, if it leads off this server.
pub fn button(page: &str) -> Option<String> {
    let links = read(page).0.into_iter().filter(|tag| tag.name == "a");
    let mut addresses = links.filter_map(|tag| {
        let of = |name: &str| tag.attributes.iter().find(|(other, _)| other == name);
        let leaves = of("rel").is_some_and(|(_, rel)| rel.contains("noreferrer")) && of("class").is_some();
        of("href").filter(|_| leaves).map(|(_, address)| address.clone())
    });
    addresses.next()
}

/// Fails unless the answer has the headers of a page, and none that a stranger made up.
pub fn assert_headers(answer: &Answer) {
    for (name, value) in &answer.headers {
        assert!(!name.as_str().contains(MARK), "{name}");
        assert!(!value.as_bytes().iter().any(|byte| b"\r\n\0".contains(byte)), "{name}: {value:?}");
    }
    assert_eq!(answer.header("cache-control"), "no-store");
    assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"));
    assert_eq!(answer.header("x-frame-options"), "DENY");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
}

/// The tags of a page, and the text of its scripts (WHATWG HTML §13.2.5).
fn read(page: &str) -> (Vec<Tag>, Vec<String>) {
    let (mut tags, mut scripts) = (Vec::new(), Vec::new());
    let mut rest = page;
    while let Some((_, after)) = rest.split_once('<') {
        if let Some(comment) = after.strip_prefix("!--") {
            let (comment, after) = comment.split_once("-->").expect("comments end");
            assert!(!comment.contains(MARK), "in a comment: {comment}");
            rest = after;
        } else if let Some(declaration) = after.strip_prefix('!') {
            rest = declaration.split_once('>').expect("declarations end").1;
        } else if after.starts_with(|first: char| first == '/' || first.is_ascii_alphabetic()) {
            let opens = !after.starts_with('/');
            let (tag, after) = tag(after.strip_prefix('/').unwrap_or(after));
            rest = after;
            if opens && matches!(tag.name.as_str(), "script" | "style" | "title" | "textarea") {
                let end = after.to_ascii_lowercase().find(&format!("</{}", tag.name)).expect("it ends");
                if tag.name == "script" {
                    scripts.push(after[..end].to_owned());
                }
                rest = &after[end..];
            }
            tags.push(tag);
        } else {
            panic!("a raw < before {after}");
        }
    }
    (tags, scripts)
}

fn tag(text: &str) -> (Tag, &str) {
    let ends = |character: char| character.is_ascii_whitespace() || matches!(character, '/' | '>' | '=');
    let (name, mut rest) = text.split_at(text.find(ends).expect("tags end"));
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|character: char| character.is_ascii_whitespace() || character == '/');
        if let Some(after) = rest.strip_prefix('>') {
            return (Tag { name: name.to_ascii_lowercase(), attributes }, after);
        }
        let (attribute, after) = rest.split_at(rest[1..].find(ends).expect("attributes end") + 1);
        let (value, after) = match after.strip_prefix('=') {
            None => ("", after),
            Some(quoted) if quoted.starts_with(['"', '\'']) => {
                quoted[1..].split_once(&quoted[..1]).expect("quotes end")
            }
            Some(bare) => {
                bare.split_at(bare.find(|end: char| end.is_ascii_whitespace() || end == '>').expect("ends"))
            }
        };
        attributes.push((attribute.to_ascii_lowercase(), unescaped(value)));
        rest = after;
    }
}

fn unescaped(text: &str) -> String {
    let entities =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#39;", "'"), ("&amp;", "&")];
    entities.iter().fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))
}

/// A script without the contents of its strings.
fn without_strings(script: &str) -> String {
    let (mut code, mut quote, mut escaped) = (String::new(), None, false);
    for character in script.chars() {
        match quote {
            None if matches!(character, '"' | '\'' | '`') => quote = Some(character),
            None => code.push(character),
            Some(_) if escaped => escaped = false,
            Some(_) if character == '\\' => escaped = true,
            Some(end) if character == end => quote = None,
            Some(_) => assert!(!matches!(character, '\n' | '\r'), "a string that does not end in {script}"),
        }
    }
    assert!(quote.is_none(), "a string that does not end in {script}");
    code
}

mod tests {
    use super::*;

    #[test]
    fn what_gets_out_of_its_place_is_seen() {
        let safe = "<!DOCTYPE html><p title=\"&lt;zq1&gt;\">&lt;zq1&gt; \"zq1=<!><a href=\"/x\">y</a></p>\
            <script>a(\"\\\"zq1 \\u003czq1\")</script><title>zq1</title>";
        assert_safe(safe, |_| false);
        for broken in [
            "<p><zq1></p>",
            "<p title=\"\" zq1=\"\"></p>",
            "<p title=''onload=x></p>",
            "<!--zq1--><p>",
            "<script>\"\"zq1\"\"</script>",
            "<script>\"</script><zq1>\"</script>",
            "<title></title><zq1></title>",
            "<a href=\"javascript:zq1\">",
            "<a href=//evil.example>",
            "<form action='https://evil.example'>",
            "<p>1 < 2</p>",
        ] {
            let seen = std::panic::catch_unwind(|| assert_safe(broken, |_| false));
            assert!(seen.is_err(), "{broken}");
        }
    }
}
