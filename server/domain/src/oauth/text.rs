//! Text that somebody wrote, made safe to show, or refused.

use super::letters::{MARKS_MAX, Marks, reorders, visible};

/// The text without control, bidirectional and invisible characters, without marks that pile up, with white space
/// collapsed, and cut to `max` characters: nothing in it can reorder, hide or cover what stands around it.
pub fn presentable(text: &str, max: usize) -> String {
    let spaced = text.chars().map(|character| if character.is_whitespace() { ' ' } else { character });
    let text = visible(spaced);
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let text = words.join(" ");
    if text.chars().count() <= max {
        return text;
    }
    // What stood between two characters now stands at an end.
    visible(text.chars().take(max - 1)) + "…"
}

/// Reason that a text which is kept as it is cannot be taken, in a sentence for whoever wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// It would reorder what stands around it.
    #[error(
        "Write text without the characters that control its direction (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069)."
    )]
    Direction,
    /// It would be drawn over what stands around it.
    #[error("Write at most {MARKS_MAX} combining marks on a letter.")]
    Marks,
}

/// Refuses text that does something to what stands around it.
///
/// # Errors
/// [`Flaw`] for the first thing that does.
pub fn keeps_to_itself(text: &str) -> Result<(), Flaw> {
    let mut marks = Marks::default();
    for character in text.chars() {
        if reorders(character) {
            return Err(Flaw::Direction);
        }
        if !marks.fits(character) {
            return Err(Flaw::Marks);
        }
    }
    Ok(())
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
        assert_eq!(presentable(" \u{301} a\u{301}\u{301}\u{301}  \u{200D} b", 80), "a\u{301}\u{301} b");
        assert_eq!(presentable("👨\u{200D}👩\u{200D}👧", 3), "👨…");
        assert_eq!(presentable("👨\u{200D}👩\u{200D}👧", 5), "👨\u{200D}👩\u{200D}👧");
    }

    #[test]
    fn what_reaches_beyond_itself_is_refused() {
        for good in ["", "می\u{200C}خواهم", "👨\u{200D}👩", "e\u{301}\u{302}\ne\u{301}", "שלום & <b>"]
        {
            assert_eq!(keeps_to_itself(good), Ok(()), "{good}");
        }
        for control in
            "\u{61C}\u{200E}\u{200F}\u{202A}\u{202B}\u{202C}\u{202D}\u{202E}\u{2066}\u{2067}\u{2068}\u{2069}"
                .chars()
        {
            assert_eq!(
                keeps_to_itself(&format!("a{control}b")),
                Err(Flaw::Direction),
                "{}",
                control.escape_unicode()
            );
        }
        assert_eq!(keeps_to_itself("e\u{301}\u{302}\u{303}"), Err(Flaw::Marks));
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
