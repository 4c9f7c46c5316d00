//! Browsers in which somebody signed in before. Each keeps a cookie with a mark of the last few accounts, which only this
//! server can make. It opens nothing: whoever brings the mark of an account waits in the lane of known browsers while the
//! password is checked, and gets in when strangers flood the server.

use http::HeaderMap;

use super::cookies::{self, CookieName};
use domain::{
    clock::{DAY, Millis},
    config::Config,
    crypto::mac::{MARK_LENGTH, MacKey},
};

/// The time that a browser is known after its last sign-in.
pub const KNOWN_FOR: Millis = 365 * DAY;
/// Of how many accounts a browser keeps the marks, the latest first.
const ACCOUNTS_MAX: usize = 5;
/// The longest value: as many marks, one of them all, and what stands between.
const LENGTH_MAX: usize = (ACCOUNTS_MAX + 1) * (MARK_LENGTH + SEPARATOR.len());
/// The purpose that the key is derived for.
pub const KEY_PURPOSE: &str = "known browsers";
/// Stands between marks.
const SEPARATOR: &str = ".";

/// Makes and checks the marks. Replicas share the key.
#[derive(Clone)]
pub struct KnownBrowsers(MacKey);

/// The marks that a browser brings. This server made them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks(Vec<String>);

impl Marks {
    /// Says if it brings none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl KnownBrowsers {
    /// Marks under this key.
    pub const fn new(key: MacKey) -> Self {
        Self(key)
    }

    /// The marks that a request brings. What this server did not write counts as nothing, and is told without asking the
    /// database.
    pub fn read(&self, headers: &HeaderMap, config: &Config) -> Marks {
        cookies::read(headers, config, CookieName::KnownAccounts)
            .and_then(|value| self.parse(&value))
            .unwrap_or_default()
    }

    fn parse(&self, value: &str) -> Option<Marks> {
        let (marks, whole) = value.rsplit_once(SEPARATOR)?;
        (value.len() <= LENGTH_MAX && self.0.is_mark(whole, &of_all(marks)))
            .then(|| Marks(marks.split(SEPARATOR).map(str::to_owned).collect()))
    }

    /// Says if somebody signed in to this account with the browser.
    pub fn knows(&self, marks: &Marks, user_id: &str) -> bool {
        marks.0.iter().fold(false, |known, mark| self.0.is_mark(mark, &of_account(user_id)) | known)
    }

    /// The value of the cookie, now that somebody signed in to this account.
    pub fn value_with(&self, marks: &Marks, user_id: &str) -> String {
        let own = self.0.mark(&of_account(user_id));
        let others = marks.0.iter().filter(|mark| **mark != own).map(String::as_str);
        let all: Vec<_> = std::iter::once(own.as_str()).chain(others).take(ACCOUNTS_MAX).collect();
        let all = all.join(SEPARATOR);
        let whole = self.0.mark(&of_all(&all));
        all + SEPARATOR + &whole
    }
}

/// The text that the mark of an account is made of.
fn of_account(user_id: &str) -> String {
    format!("account {user_id}")
}

/// The text that the mark of all marks is made of.
fn of_all(marks: &str) -> String {
    format!("all {marks}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_known_for_its_last_five_accounts() {
        let browsers = KnownBrowsers::new(MacKey::new(&[1; 32]));
        let mut had = Marks::default();
        for user in ["a", "b", "a", "c", "d", "e", "f"] {
            assert!(user == "a" || !browsers.knows(&had, user));
            had = browsers.parse(&browsers.value_with(&had, user)).unwrap();
        }
        let known = ["a", "b", "c", "d", "e", "f"].map(|user| browsers.knows(&had, user));
        assert_eq!(known, [true, false, true, true, true, true]);
        let value = browsers.value_with(&had, "a");
        assert!(value.len() < LENGTH_MAX);
        assert_eq!(KnownBrowsers::new(MacKey::new(&[2; 32])).parse(&value), None);
        for cut in [&value[1..], &value[..value.len() - 1], value.rsplit_once('.').unwrap().0, "", "."] {
            assert_eq!(browsers.parse(cut), None);
        }
    }

    #[test]
    fn who_has_the_mark_of_an_account_cannot_make_a_cookie_of_it() {
        let browsers = KnownBrowsers::new(MacKey::new(&[1; 32]));
        let value = browsers.value_with(&Marks::default(), "a");
        let (mark, whole) = value.split_once(SEPARATOR).unwrap();
        for made in
            [mark, whole, &format!("{mark}.{mark}"), &format!("account a.{mark}"), &format!("a.{mark}")]
        {
            assert_eq!(browsers.parse(made), None, "{made}");
        }
        assert!(browsers.knows(&browsers.parse(&value).unwrap(), "a"));
    }
}
