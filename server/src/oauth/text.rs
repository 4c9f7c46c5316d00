//! Text that a client chose, made safe to show.

/// The text without control, bidirectional and invisible characters, with white space collapsed, and cut to `max`
/// characters: nothing in it can reorder or hide what stands around it.
pub fn presentable(text: &str, max: usize) -> String {
    let visible: String = text
        .chars()
        .map(|character| if character.is_whitespace() { ' ' } else { character })
        .filter(|&character| !character.is_control() && !is_invisible(character))
        .collect();
    let words: Vec<&str> = visible.split(' ').filter(|word| !word.is_empty()).collect();
    let text = words.join(" ");
    if text.chars().count() > max { text.chars().take(max - 1).chain(['…']).collect() } else { text }
}

const fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{1D173}'..='\u{1D17A}' | '\u{FE00}'..='\u{FE0F}'
        | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

/// A website as the host to show and the URL to open; `None` unless it is http or https with a host and without a user
/// or password.
pub fn website(url: &str) -> Option<(String, String)> {
    let parsed = url::Url::parse(url).ok()?;
    let host = parsed.host_str()?.to_owned();
    let anonymous = parsed.username().is_empty() && parsed.password().is_none();
    (matches!(parsed.scheme(), "https" | "http") && anonymous).then(|| (host, parsed.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hides_or_reorders() {
        assert_eq!(presentable(" Cla\u{202E}ude\u{200B}\n  Desk\0top ", 80), "Claude Desktop");
        assert_eq!(presentable("<script>", 80), "<script>");
        assert_eq!(presentable("abcdef", 4), "abc…");
        assert_eq!(presentable("\u{3164}\u{2800}", 80), "");
    }

    #[test]
    fn only_web_pages_are_websites() {
        assert_eq!(
            website("https://example.com/x"),
            Some(("example.com".into(), "https://example.com/x".into()))
        );
        for no in [
            "javascript:alert(1)",
            "data:x",
            "",
            "example.com",
            "https://bank.example@evil.example/",
            "https://:bank.example@evil.example/",
        ] {
            assert_eq!(website(no), None, "{no}");
        }
    }
}
