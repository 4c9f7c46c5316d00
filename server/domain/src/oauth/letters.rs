//! Behaviour of characters to those around them: marks that stand on letters, joiners that shape two of them, and what
//! hides or reorders text.

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{CanonicalCombiningClass, EmojiModifier, ExtendedPictographic, GeneralCategory, JoiningType},
};

/// Most combining marks on one letter. More of them are drawn over the lines around it.
pub const MARKS_MAX: u8 = 2;

/// Keeps the letters on both sides of it apart.
const NON_JOINER: char = '\u{200C}';
/// Joins what stands on both sides of it.
const JOINER: char = '\u{200D}';
/// Asks for the coloured form of an emoji.
const EMOJI_FORM: char = '\u{FE0F}';
/// Makes a key of a digit.
const KEYCAP: char = '\u{20E3}';

/// Says if the character reorders what stands around it (Unicode: `Bidi_Control`).
pub const fn reorders(character: char) -> bool {
    matches!(character, '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Says if nobody sees the character wherever it stands.
const fn is_invisible(character: char) -> bool {
    matches!(character,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{FE00}'..='\u{FE0E}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E0FFF}')
}

/// Counts the marks on each letter of a text.
#[derive(Default)]
pub struct Marks {
    on_letter: u8,
    letters_below: u8,
}

impl Marks {
    /// The next character. Says if there is still room for it where it stands.
    pub fn fits(&mut self, character: char) -> bool {
        let count = match CodePointMapData::<GeneralCategory>::new().get(character) {
            _ if is_letter_below(character) => &mut self.letters_below,
            // A mark by its category, but one that nobody sees.
            _ if character == EMOJI_FORM => return true,
            GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark => &mut self.on_letter,
            // They stand beside their letter and take room of their own, or none.
            GeneralCategory::SpacingMark | GeneralCategory::Format => return true,
            _ => {
                *self = Self::default();
                return true;
            }
        };
        *count = count.saturating_add(1);
        *count <= MARKS_MAX
    }
}

/// Tibetan and Burmese write consonants below another: marks to Unicode, letters to who reads them.
const fn is_letter_below(character: char) -> bool {
    matches!(character, '\u{F8D}'..='\u{FBC}' | '\u{103D}' | '\u{103E}')
}

/// The text without what hides, reorders, is a mark without a letter or has too many before it. What stands between
/// characters to shape them stays where it does.
pub fn visible(text: impl Iterator<Item = char>) -> String {
    let mut visible = Visible::default();
    text.for_each(|character| visible.push(character));
    visible.text
}

/// Text as far as it was read.
#[derive(Default)]
struct Visible {
    text: String,
    last: Option<char>,
    /// Waits for what comes next: it counts only between two others.
    between: Option<char>,
    marks: Marks,
}

impl Visible {
    fn push(&mut self, character: char) {
        if character.is_control() || is_invisible(character) {
            return;
        }
        if matches!(character, NON_JOINER | JOINER | EMOJI_FORM) {
            if character == EMOJI_FORM && self.last.is_some_and(is_pictograph) {
                self.text.push(character);
                self.last = Some(character);
            } else {
                self.between = Some(character);
            }
            return;
        }
        let bare = self.last.is_none_or(|last| last == ' ');
        if !self.marks.fits(character) || (bare && is_mark(character)) {
            return;
        }
        if let (Some(last), Some(between)) = (self.last, self.between.take())
            && character != ' '
            && belongs(last, between, character)
        {
            self.text.push(between);
        }
        self.text.push(character);
        self.last = Some(character);
    }
}

fn is_mark(character: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(character);
    matches!(category, GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark)
}

fn is_pictograph(character: char) -> bool {
    CodePointSetData::new::<ExtendedPictographic>().contains(character)
}

/// Says if text would be another without what stands between two characters. Between Latin letters it would only hide.
fn belongs(left: char, between: char, right: char) -> bool {
    let joining = CodePointMapData::<JoiningType>::new();
    let virama = |character| {
        let class = CodePointMapData::<CanonicalCombiningClass>::new().get(character);
        class == CanonicalCombiningClass::Virama
    };
    // Arabic, Persian and others write letters together; marks may stand between them.
    let cursive = || {
        !matches!(joining.get(left), JoiningType::NonJoining | JoiningType::JoinCausing)
            && matches!(
                joining.get(right),
                JoiningType::DualJoining | JoiningType::RightJoining | JoiningType::LeftJoining
            )
    };
    // The scripts of India write two consonants with a virama as one.
    let conjunct = || virama(left) || virama(right);
    let modified = CodePointSetData::new::<EmojiModifier>();
    let emoji =
        || is_pictograph(right) && (left == EMOJI_FORM || is_pictograph(left) || modified.contains(left));
    match between {
        EMOJI_FORM => right == KEYCAP && (left.is_ascii_digit() || matches!(left, '#' | '*')),
        JOINER => cursive() || conjunct() || emoji(),
        _ => cursive() || conjunct(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joiners_that_shape_what_people_read_stay() {
        for text in [
            "👨\u{200D}👩\u{200D}👧",
            "👩🏽\u{200D}⚕\u{FE0F} Doctor",
            "🏳\u{FE0F}\u{200D}🌈",
            "❤\u{FE0F}\u{200D}🔥",
            "1\u{FE0F}\u{20E3} First",
            "می\u{200C}خواهم",
            "نرم\u{200C}افزار",
            "خانه\u{654}\u{200C}ای",
            "ක\u{DCA}\u{200D}ර",
            "ರ\u{200D}\u{CCD}ಯಾಂಕ\u{CCD}",
            "क\u{94D}\u{200C}ष",
        ] {
            assert_eq!(visible(text.chars()), text);
        }
    }

    #[test]
    fn joiners_that_only_hide_do_not() {
        for (text, kept) in [
            ("Pay\u{200D}Pal", "PayPal"),
            ("Pay\u{200C}Pal", "PayPal"),
            ("\u{200D}👩", "👩"),
            ("👩\u{200D}", "👩"),
            ("👩\u{200D} 👩", "👩 👩"),
            ("क\u{94D}\u{200D} ष", "क\u{94D} ष"),
            ("👨\u{200D}\u{200D}👩", "👨\u{200D}👩"),
            ("👨\u{200C}👩", "👨👩"),
            ("می\u{200C}\u{200C}خواهم", "می\u{200C}خواهم"),
            ("\u{200C}می\u{200C}", "می"),
            ("a\u{FE0F}b", "ab"),
            ("1\u{FE0F}2", "12"),
            ("👩\u{FE0F}\u{FE0F}", "👩\u{FE0F}"),
            ("👩\u{FE0E}", "👩"),
            ("e\u{301}\u{200D}a", "e\u{301}a"),
            ("a\u{200B}b\u{202E}c\u{2066}", "abc"),
            ("银\u{200D}行", "银行"),
        ] {
            assert_eq!(visible(text.chars()), kept, "{}", text.escape_unicode());
        }
    }

    #[test]
    fn a_letter_has_two_marks_at_most() {
        let tower = format!("Z{}alg{}o", "\u{300}".repeat(20), "\u{20DD}\u{301}\u{302}");
        assert_eq!(visible(tower.chars()), "Z\u{300}\u{300}alg\u{20DD}\u{301}o");
        assert_eq!(visible("ก\u{E47}\u{E47}\u{E47}\u{E47}".chars()), "ก\u{E47}\u{E47}");
        assert_eq!(visible("\u{301}a \u{301}b".chars()), "a b");
        // A joiner makes no new letter, nor does a mark that stands beside its letter.
        assert_eq!(visible("ក\u{17CB}\u{200D}\u{17CB}\u{17CB}".chars()), "ក\u{17CB}\u{17CB}");
        let beside = "क\u{93C}\u{902}\u{94B}";
        assert_eq!(visible(format!("{beside}\u{902}").chars()), beside);
        for word in [
            "Tiê\u{301}ng Viê\u{323}t",
            "चीज\u{93C}ो\u{902}",
            "လ\u{103D}\u{103E}\u{1032}",
            "བས\u{F92}\u{FB2}\u{F74}བས",
        ] {
            assert_eq!(visible(word.chars()), word);
        }
    }
}
