//! Browsers in which somebody signed in before. Each keeps a cookie with a mark of the last few accounts, which only this
//! server can make. It opens nothing: whoever brings the mark of an account waits in the lane of known browsers while the
//! password is checked, and gets in when strangers flood the server.

use http::HeaderMap;

use super::cookies::{self, CookieName};
use crate::{
    clock::{DAY, Millis},
    config::Config,
    crypto::mac::{MARK_LENGTH, MacKey},
};

/// How long a browser is known after its last sign-in.
pub const KNOWN_FOR: Millis = 365 * DAY;
/// Of how many accounts a browser keeps the marks, the latest first.
const ACCOUNTS_MAX: usize = 5;
/// What the key is derived for.
pub const KEY_PURPOSE: &str = "known browsers";
/// Stands between marks.
const SEPARATOR: &str = ".";

/// Makes and checks the marks. Replicas share the key.
#[derive(Clone)]
pub struct KnownBrowsers(MacKey);

/// The marks that a browser brings, as it says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks(Vec<String>);

impl Marks {
    /// Reads them. What this server would not have written counts as nothing.
    pub fn read(headers: &HeaderMap, config: &Config) -> Self {
        cookies::read(headers, config, CookieName::KnownAccounts)
            .filter(|value| value.len() <= ACCOUNTS_MAX * (MARK_LENGTH + SEPARATOR.len()))
            .map(|value| value.split(SEPARATOR).map(str::to_owned).collect::<Vec<_>>())
            .filter(|marks| marks.iter().all(|mark| is_well_formed(mark)))
            .map(Self)
            .unwrap_or_default()
    }
}

fn is_well_formed(mark: &str) -> bool {
    mark.len() == MARK_LENGTH
        && mark.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

impl KnownBrowsers {
    /// Marks under this key.
    pub const fn new(key: MacKey) -> Self {
        Self(key)
    }

    /// Whether somebody signed in to this account with the browser.
    pub fn knows(&self, marks: &Marks, user_id: &str) -> bool {
        marks.0.iter().fold(false, |known, mark| self.0.is_mark(mark, user_id) | known)
    }

    /// The value of the cookie, now that somebody signed in to this account.
    pub fn value_with(&self, marks: &Marks, user_id: &str) -> String {
        let own = self.0.mark(user_id);
        let others = marks.0.iter().filter(|mark| **mark != own).map(String::as_str);
        let all: Vec<_> = std::iter::once(own.as_str()).chain(others).take(ACCOUNTS_MAX).collect();
        all.join(SEPARATOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a browser brings that was given this value.
    fn marks(value: &str) -> Marks {
        Marks(value.split(SEPARATOR).map(str::to_owned).collect())
    }

    #[test]
    fn a_browser_is_known_for_its_last_five_accounts() {
        let browsers = KnownBrowsers::new(MacKey::new(&[1; 32]));
        let mut had = Marks::default();
        for user in ["a", "b", "a", "c", "d", "e", "f"] {
            assert!(user == "a" || !browsers.knows(&had, user));
            had = marks(&browsers.value_with(&had, user));
            assert!(had.0.iter().all(|mark| is_well_formed(mark)));
        }
        let known = ["a", "b", "c", "d", "e", "f"].map(|user| browsers.knows(&had, user));
        assert_eq!(known, [true, false, true, true, true, true]);
        let others = KnownBrowsers::new(MacKey::new(&[2; 32]));
        assert!(!others.knows(&had, "a"));
    }
}
