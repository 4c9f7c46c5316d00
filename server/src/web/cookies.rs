//! The cookies: the session, the browser that an authorization request belongs to, the accounts that somebody signed in to
//! with it, and a sentence for the next page.

use http::{HeaderMap, HeaderValue, header::COOKIE};

use domain::{clock::Millis, config::Config};

/// The cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieName {
    /// The sign-in.
    Session,
    /// Binds authorization requests to a browser; survives sign-in and sign-out.
    Browser,
    /// Marks of the accounts that somebody signed in to with this browser; survives sign-out.
    KnownAccounts,
    /// A sentence for the next page.
    Notice,
}

impl CookieName {
    /// The name on the wire: `__Host-…` on https, with the port on http, where browsers share cookies between ports.
    /// The other form is never read.
    fn on_wire(self, config: &Config) -> String {
        let base = match self {
            Self::Session => "gatepass",
            Self::Browser => "gatepass-browser",
            Self::KnownAccounts => "gatepass-known",
            Self::Notice => "gatepass-notice",
        };
        if config.secure { format!("__Host-{base}") } else { format!("{base}_{}", config.port) }
    }
}

/// The value of a cookie of ours; `None` when it is absent or stands there twice.
pub fn read(headers: &HeaderMap, config: &Config, name: CookieName) -> Option<String> {
    let wanted = name.on_wire(config);
    let mut values = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter(|(name, _)| *name == wanted)
        .map(|(_, value)| value.to_owned());
    values.next().filter(|_| values.next().is_none())
}

/// The header that sets a cookie for `lifetime`.
pub fn set(config: &Config, name: CookieName, value: &str, lifetime: Millis) -> HeaderValue {
    let secure = if config.secure { "; Secure" } else { "" };
    let name = name.on_wire(config);
    let text =
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{secure}", lifetime / 1_000);
    HeaderValue::from_str(&text).expect("cookie names and values are ASCII")
}

/// The header that removes a cookie.
pub fn remove(config: &Config, name: CookieName) -> HeaderValue {
    set(config, name, "", 0)
}
