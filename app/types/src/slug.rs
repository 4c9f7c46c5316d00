//! Names in addresses: `/o/acme/support`.

/// Longest slug, in bytes.
pub const SLUG_MAX: usize = 40;

/// Words that mean something else where a slug may stand: no organization and no product may be called so.
pub const RESERVED: [&str; 12] = [
    "settings",
    "new",
    "admin",
    "api",
    "apps",
    "api-tokens",
    "connections",
    "members",
    "products",
    "general",
    "mcp",
    "oauth",
];

/// The reason why a text cannot be a slug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSlug {
    /// It has other characters, or none, or too many.
    #[error("Use 1 to {SLUG_MAX} lower-case letters a to z, digits and single hyphens between them.")]
    Characters,
    /// It means something else.
    #[error("This address is reserved. Choose another one.")]
    Reserved,
}

/// Says if a text can be a slug.
///
/// # Errors
/// [`NoSlug`].
pub fn check(text: &str) -> Result<(), NoSlug> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let hyphens = text.starts_with('-') || text.ends_with('-') || text.contains("--");
    if text.is_empty() || text.len() > SLUG_MAX || !text.bytes().all(plain) || hyphens {
        return Err(NoSlug::Characters);
    }
    if RESERVED.contains(&text) { Err(NoSlug::Reserved) } else { Ok(()) }
}

/// A slug out of letters that were already taken apart from their marks; empty when nothing of them is ASCII.
pub fn of(name: &str) -> String {
    let mut slug = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            'a'..='z' | '0'..='9' => slug.push(letter),
            // A mark on a letter, or an apostrophe in a word.
            '\u{300}'..='\u{36f}' | '\'' | '’' => {}
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
        if slug.len() >= SLUG_MAX {
            break;
        }
    }
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_are_short_ascii_words() {
        for good in ["acme", "a", "2", "a-b-2", &"x".repeat(SLUG_MAX)] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        let long = "x".repeat(SLUG_MAX + 1);
        for bad in ["", "-a", "a-", "a--b", "A", "ä", "a b", "a/b", "a.b", "%61", &long] {
            assert_eq!(check(bad), Err(NoSlug::Characters), "{bad}");
        }
        for word in RESERVED {
            assert_eq!(check(word), Err(NoSlug::Reserved), "{word}");
        }
    }

    #[test]
    fn a_name_becomes_a_slug() {
        for (name, slug) in [
            ("Acme", "acme"),
            ("  Acme & Söhne, Inc. ", "acme-s-hne-inc"),
            ("A\u{308}rzte", "arzte"),
            ("Olive's shop", "olives-shop"),
            ("Привет", ""),
            ("---", ""),
        ] {
            assert_eq!(of(name), slug, "{name}");
        }
        assert_eq!(of(&"ab ".repeat(40)).len(), SLUG_MAX);
    }
}
