//! The passwords that may be chosen: by length, and not one of those that everybody tries first (NIST SP 800-63B-4 §3.1.1.2).
//! Nothing is asked of the kinds of characters.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;
use types::account::{PASSWORD_MAX, PASSWORD_MIN};

/// Passwords that are tried first, in lower case, sorted, one a line.
const COMMON: &str = include_str!("common.txt");
/// Least letters of a word that a password is more than.
const WORD_MIN: usize = 5;
/// Least characters that are not a run such as `abcdef` or `111111`.
const VARIETY_MIN: usize = 5;

/// The reason why a password may not be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// It is too short.
    #[error(
        "The password needs at least {PASSWORD_MIN} characters. A few words in a row are easy to remember."
    )]
    Short,
    /// It is too long.
    #[error("The password has more than {PASSWORD_MAX} characters.")]
    Long,
    /// Everybody tries it first.
    #[error("This password is one of the first that others would try. Choose another one.")]
    Common,
    /// It is what everybody knows of the person.
    #[error("The password must not be made of your name or e-mail address.")]
    Personal,
}

/// The password as it is hashed: the same characters are the same bytes, however they were typed (Unicode, form KC).
pub fn normalized(password: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfkc().normalize(password)
}

/// Checks a password that somebody chooses; `known` is what others know of them: name and e-mail address.
///
/// # Errors
/// [`Weakness`].
pub fn check(password: &str, known: &[&str]) -> Result<(), Weakness> {
    let password = normalized(password).to_lowercase();
    let length = password.chars().count();
    if length < PASSWORD_MIN {
        return Err(Weakness::Short);
    }
    if length > PASSWORD_MAX {
        return Err(Weakness::Long);
    }
    let word = core(&password);
    if is_common(&password) || is_common(word) || variety(&password) < VARIETY_MIN {
        return Err(Weakness::Common);
    }
    let personal = known.iter().flat_map(|text| [*text, text.split('@').next().unwrap_or_default()]);
    let mut personal = personal.map(str::to_lowercase);
    if personal.any(|text| text == password || (word.len() >= WORD_MIN && text == word)) {
        return Err(Weakness::Personal);
    }
    Ok(())
}

/// The password without the digits and signs around its letters: people add a year and an exclamation mark.
fn core(password: &str) -> &str {
    password.trim_matches(|character: char| !character.is_alphabetic())
}

fn is_common(text: &str) -> bool {
    // Its first half is before the line that is wanted, or is not.
    let (mut low, mut high) = (0, COMMON.len());
    while low < high {
        let middle = (low + high) / 2;
        let start = COMMON[..middle].rfind('\n').map_or(0, |end| end + 1);
        let end = COMMON[start..].find('\n').map_or(COMMON.len(), |length| start + length);
        match COMMON[start..end].cmp(text) {
            std::cmp::Ordering::Equal => return true,
            std::cmp::Ordering::Less => low = end + 1,
            std::cmp::Ordering::Greater => high = start,
        }
    }
    false
}

/// The number of characters that are neither the one before, nor next to it in the alphabet, nor part of a repetition.
fn variety(password: &str) -> usize {
    let letters: Vec<char> = password.chars().collect();
    let repeats = (1..=letters.len() / 2).find(|&length| {
        letters.iter().zip(letters.iter().skip(length)).all(|(letter, later)| letter == later)
    });
    let once = &letters[..repeats.unwrap_or(letters.len())];
    let steps = once.windows(2).filter(|pair| u32::from(pair[0]).abs_diff(u32::from(pair[1])) > 1).count();
    steps + usize::from(!once.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_every_line_of_it_is_found() {
        assert!(COMMON.lines().collect::<Vec<_>>().is_sorted());
        assert!(COMMON.lines().all(is_common));
        for other in ["", "a", "zzzzzzzzzzzzzzzzz", "correct horse battery staple", "\u{10ffff}"] {
            assert!(!is_common(other), "{other}");
        }
    }

    #[test]
    fn long_ones_that_nobody_tries_first_are_taken() {
        let known = ["Zoë März", "zoe@example.com"];
        for good in [
            "correct horse battery staple",
            "long enough",
            "пароль для входа",
            "パスワードは長くする必要あり",
            "tr0ub4dor&3x",
            "zoe likes the sea",
            &"ab cd ef gh ".repeat(20),
        ] {
            assert_eq!(check(good, &known), Ok(()), "{good}");
        }
    }

    #[test]
    fn short_long_common_and_personal_ones_are_refused() {
        let known = ["Zoë März", "zoe.maerz@example.com"];
        for short in ["", "short", "ninechars", "ééééééééé"] {
            assert_eq!(check(short, &known), Err(Weakness::Short), "{short}");
        }
        assert_eq!(check(&"x y z w v".repeat(30), &known), Err(Weakness::Long));
        for common in [
            "1234567890",
            "0987654321",
            "aaaaaaaaaaaa",
            "qwertyuiop",
            "Password123!",
            "PASSWORD2026",
            "!!!sunshine!!!",
            "abcabcabcabc",
            "abcdefghijkl",
            "ｐａｓｓｗｏｒｄ１２３",
        ] {
            assert_eq!(check(common, &known), Err(Weakness::Common), "{common}");
        }
        for personal in ["zoe.maerz@example.com", "Zoe.Maerz2026!", "zoë märz 26"] {
            assert_eq!(check(personal, &known), Err(Weakness::Personal), "{personal}");
        }
    }

    #[test]
    fn the_same_characters_are_the_same_password() {
        assert_eq!(normalized("e\u{301}clair"), normalized("\u{e9}clair"));
        assert_eq!(normalized("ﬁ"), "fi");
    }
}
