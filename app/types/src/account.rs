//! Pages about one's own account, and those of people who have none yet.

use serde::{Deserialize, Serialize};

use super::role::OrgRole;

/// Least characters of a password.
pub const PASSWORD_MIN: usize = 10;
/// Most characters of a password.
pub const PASSWORD_MAX: usize = 256;
/// Longest name of a person, an organization or a product, in characters.
pub const NAME_MAX: usize = 80;
/// Longest e-mail address, in bytes (RFC 5321 §4.5.3.1.3).
pub const EMAIL_MAX: usize = 254;

/// Content of `/settings/profile`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfilePage {
    /// The name on pages.
    pub name: String,
    /// The address that they sign in with.
    pub email: String,
    /// Another address that waits for its owner's confirmation.
    pub new_email: Option<String>,
    /// Says where mail goes.
    pub mail: MailWay,
}

/// The way that mail takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MailWay {
    /// Out, to whom it is addressed.
    Sent,
    /// Into a folder of the server.
    Kept,
}

/// Content of `/settings/sessions`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionsPage {
    /// The one that asks first, then the last seen.
    pub sessions: Vec<SessionRow>,
    /// The moment when the page was made, in Unix milliseconds.
    pub now: i64,
}

/// A sign-in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRow {
    /// Names it; opens nothing.
    pub id: String,
    /// Browser and system in words; empty where they cannot be told.
    pub device: String,
    /// The network address that it was made from.
    pub address: String,
    /// The sign-in, in Unix milliseconds.
    pub created_at: i64,
    /// The last request, give or take some minutes.
    pub last_seen_at: i64,
    /// Says if it is the one that asks.
    pub current: bool,
}

/// Content of a page that opens with a link that somebody was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkPage {
    /// It opens nothing: it was used, it is too old, or it never was.
    Void,
    /// The first person of this instance may be made.
    SetUp,
    /// An account may be made for this address.
    SignUp {
        /// The address.
        email: String,
    },
    /// A new password may be set for this address.
    Reset {
        /// The address of the account.
        email: String,
    },
    /// An e-mail address may be confirmed.
    Email {
        /// The new address.
        email: String,
    },
}

/// Content of `/invite/{token}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitePage {
    /// The invitation; `None` when the link is void.
    pub invitation: Option<Invited>,
    /// The address of whoever is signed in.
    pub viewer: Option<String>,
}

/// An invitation as the invited see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    /// The name of the organization.
    pub organization: String,
    /// The one who invites.
    pub invited_by: String,
    /// The role to come.
    pub role: OrgRole,
    /// Products with the role in each.
    pub products: Vec<(String, String)>,
    /// The address that it was sent to.
    pub email: Option<String>,
    /// Says if the person who is signed in is a member already.
    pub member: bool,
}
