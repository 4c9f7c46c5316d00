//! Pages, read as browsers read them: whether anything that a stranger sent got out of its place.

use html5ever::{parse_document, tendril::TendrilSink};
use markup5ever_rcdom::{Handle, NodeData, RcDom};
use serde_json::Value;

use super::text::MARK;
use crate::support::Answer;

/// An element with what stands directly in it.
pub struct Element {
    pub name: String,
    pub attributes: Vec<(String, String)>,
    pub text: String,
}

impl Element {
    /// The value of an attribute.
    pub fn of(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// A page, as a browser understands it.
#[derive(Default)]
pub struct Page {
    pub elements: Vec<Element>,
    comments: Vec<String>,
}

impl Page {
    pub fn read(page: &str) -> Self {
        let dom = parse_document(RcDom::default(), html5ever::ParseOpts::default()).one(page);
        let mut read = Self::default();
        read.walk(&dom.document);
        read
    }

    fn walk(&mut self, node: &Handle) {
        let mut text = String::new();
        for child in node.children.borrow().iter() {
            match &child.data {
                NodeData::Text { contents } => text.push_str(&contents.borrow()),
                NodeData::Comment { contents } => self.comments.push(contents.to_string()),
                _ => {}
            }
        }
        if let NodeData::Element { name, attrs, .. } = &node.data {
            let attributes = attrs
                .borrow()
                .iter()
                .map(|one| (one.name.local.to_string(), one.value.to_string()))
                .collect();
            self.elements.push(Element { name: name.local.to_string(), attributes, text });
        }
        node.children.borrow().iter().for_each(|child| self.walk(child));
    }

    /// The elements and the names of their attributes, sorted: what no text may change. Rows of the same name may stand
    /// in any order.
    pub fn skeleton(&self) -> Vec<String> {
        let outline = |element: &Element| {
            let names: Vec<_> = element.attributes.iter().map(|(name, _)| name.as_str()).collect();
            format!("{} {}", element.name, names.join(" "))
        };
        let mut skeleton: Vec<_> = self.elements.iter().map(outline).collect();
        skeleton.sort_unstable();
        skeleton
    }

    /// Every text that somebody sees or scripts get: of elements, of attributes, and in the data for scripts.
    pub fn texts(&self) -> Vec<String> {
        let mut texts = Vec::new();
        for element in &self.elements {
            texts.extend(element.attributes.iter().map(|(_, value)| value.clone()));
            if element.name == "script" {
                strings(&element.text).iter().for_each(|string| gather(string, &mut texts));
            } else {
                texts.push(element.text.clone());
            }
        }
        texts
    }
}

/// The strings in what scripts get: JSON, and in it more JSON.
fn gather(text: &str, texts: &mut Vec<String>) {
    fn strings_of(value: &Value, texts: &mut Vec<String>) {
        match value {
            Value::String(text) => texts.push(text.clone()),
            Value::Array(values) => values.iter().for_each(|value| strings_of(value, texts)),
            Value::Object(values) => values.values().for_each(|value| strings_of(value, texts)),
            _ => {}
        }
    }
    // A page's data begins with a sign.
    let json = text.strip_prefix(['+', '-']).unwrap_or(text);
    if let Ok(value) = serde_json::from_str::<Value>(json) {
        strings_of(&value, texts);
    }
}

/// Fails if the page holds markup, an attribute or script of a stranger's, or a link off this server other than those
/// that `may_lead` admits.
pub fn assert_safe(page: &str, may_lead: impl Fn(&str) -> bool) {
    let read = Page::read(page);
    for Element { name, attributes, text } in &read.elements {
        assert!(!name.contains(MARK), "the tag {name} in {page}");
        for (attribute, value) in attributes {
            assert!(
                !attribute.contains(MARK) && !attribute.starts_with("on"),
                "{attribute} of {name} in {page}"
            );
            if matches!(attribute.as_str(), "href" | "src" | "action" | "formaction" | "content") {
                let local =
                    value.starts_with(['/', '#']) && !value.starts_with("//") && !value.contains('\\');
                let safe = attribute == "content" || local || may_lead(value);
                assert!(safe, "{attribute}={value:?} of {name}");
            }
        }
        if name == "script" {
            assert!(!text.contains("<!--"), "a comment in a script: {text}");
            assert!(!without_strings(text).contains(MARK), "outside of a string: {text}");
        }
        assert!(name != "textarea" || text.is_empty(), "a textarea with a child: {text}");
    }
    for comment in &read.comments {
        assert!(!comment.contains(MARK), "in a comment: {comment}");
    }
}

/// The target of the button of a page, if it leads off this server.
pub fn button(page: &str) -> Option<String> {
    let read = Page::read(page);
    let leaves = |link: &&Element| {
        let rel = link.of("rel").is_some_and(|rel| rel.contains("noreferrer"));
        link.name == "a" && rel && link.of("class").is_some()
    };
    read.elements.iter().find(leaves).and_then(|link| link.of("href").map(str::to_owned))
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

/// A script without the contents of its strings.
fn without_strings(script: &str) -> String {
    read_script(script).0
}

/// The contents of the strings of a script.
fn strings(script: &str) -> Vec<String> {
    read_script(script).1
}

/// A script without its strings, and those (ECMA-262 §12.9.4).
fn read_script(script: &str) -> (String, Vec<String>) {
    let (mut code, mut strings) = (String::new(), Vec::new());
    let mut characters = script.chars();
    while let Some(character) = characters.next() {
        if !matches!(character, '"' | '\'' | '`') {
            code.push(character);
            continue;
        }
        let mut string = String::new();
        loop {
            match characters.next() {
                None => panic!("a string that does not end in {script}"),
                Some(end) if end == character => break,
                Some('\n' | '\r') => panic!("a string that does not end in {script}"),
                Some('\\') => string.push(escape(&mut characters)),
                Some(plain) => string.push(plain),
            }
        }
        strings.push(string);
    }
    (code, strings)
}

/// The character that an escape in a string stands for.
fn escape(characters: &mut std::str::Chars<'_>) -> char {
    let digits = match characters.next().expect("escapes have a second character") {
        'n' => return '\n',
        'r' => return '\r',
        't' => return '\t',
        '0' => return '\0',
        'u' if characters.as_str().starts_with('{') => {
            characters.next();
            characters.by_ref().take_while(|&digit| digit != '}').collect::<String>()
        }
        'u' => characters.by_ref().take(4).collect(),
        other => return other,
    };
    u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).expect("a character")
}

mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_wherever_it_stands() {
        let page = Page::read(
            "<p title='&lt;a&quot;'>b<!----><!>c</p><script>x('[\"d\\u003c\\u{65}\\\\n\"]')</script>",
        );
        for text in ["<a\"", "bc", "d<e\n"] {
            assert!(page.texts().iter().any(|found| found == text), "{text:?} in {:?}", page.texts());
        }
        assert_eq!(page.skeleton(), ["body ", "head ", "html ", "p title", "script "]);
    }

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
            "<textarea>zq1</textarea>",
            "<textarea></textarea><zq1></textarea>",
        ] {
            let seen = std::panic::catch_unwind(|| assert_safe(broken, |_| false));
            assert!(seen.is_err(), "{broken}");
        }
    }
}
