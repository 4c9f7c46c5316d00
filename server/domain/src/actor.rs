//! People who act, and the places they act from.

use types::person::Viewer;

/// The visitor who makes a page request, as the session layer found out.
#[derive(Clone, Debug, Default)]
pub struct Visit {
    /// The signed-in person.
    pub viewer: Option<Viewer>,
    /// Names the session without opening it: the stored hash of the session cookie.
    pub session: Option<String>,
    /// The cookie that binds authorization requests to this browser.
    pub browser: Option<String>,
    /// The network address, for audit events.
    pub address: String,
    /// Browser and system in words; empty where they cannot be told.
    pub device: String,
}

impl Visit {
    /// The signed-in person as one who acts.
    pub fn actor(&self) -> Option<Actor> {
        let (viewer, session) = self.viewer.clone().zip(self.session.clone())?;
        Some(Actor { viewer, session, browser: self.browser.clone(), address: self.address.clone() })
    }
}

/// A person who does something, and where they do it.
#[derive(Clone, Debug)]
pub struct Actor {
    /// The person.
    pub viewer: Viewer,
    /// Names their session without opening it.
    pub session: String,
    /// The cookie that binds authorization requests to their browser.
    pub browser: Option<String>,
    /// Their network address.
    pub address: String,
}
