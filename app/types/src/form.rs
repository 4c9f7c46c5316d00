//! Forms of pages, which work before the application is in the browser and without it: each posts to an address of its
//! own, and the answer is a redirect or a page; to the application it is JSON of [`Answered`] or of a failure.

use serde::{Deserialize, Serialize};

use crate::words;

use super::{failure::Failure, problem::Problem};

/// The name of the field that ties a form to the person whose page it stands on.
pub const CSRF: &str = "csrf";
/// The name of the field with the path of the page that a form stands on.
pub const FROM: &str = "from";
/// The name of the field that says that a person was asked and is sure: its value is [`YES`].
pub const SURE: &str = "sure";
/// A field that is switched on.
pub const YES: &str = "yes";

/// A form, named by what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Makes the first person of an instance, with an organization and a product.
    SetUp,
    /// Sends a link to whoever wants an account.
    SignUp,
    /// Makes an account for whoever has such a link.
    CompleteSignUp,
    /// Makes an account for whoever was invited, and a member of it.
    JoinAsNew,
    /// Makes the person a member who was invited.
    Join,
    /// Sends a link to whoever forgot their password.
    RequestReset,
    /// Sets the password of whoever has such a link.
    ResetPassword,
    /// Takes the new e-mail address that its owner confirms.
    ConfirmEmail,
    /// Changes the name of the person.
    ChangeName,
    /// Changes the password of the person.
    ChangePassword,
    /// Changes the e-mail address of the person, once its owner confirms.
    ChangeEmail,
    /// Ends a session of the person.
    EndSession,
    /// Ends all sessions of the person but this.
    EndOtherSessions,
    /// Deletes the account of the person.
    DeleteAccount,
    /// Makes an organization.
    CreateOrganization,
    /// Changes name and address of an organization.
    ChangeOrganization,
    /// Deletes an organization.
    DeleteOrganization,
    /// Ends the person's own membership.
    LeaveOrganization,
    /// Makes a product.
    CreateProduct,
    /// Changes name and address of a product.
    ChangeProduct,
    /// Deletes a product.
    DeleteProduct,
    /// Makes an invitation.
    Invite,
    /// Makes an invitation void.
    WithdrawInvitation,
    /// Changes what a member is in the organization and in its products.
    ChangeMember,
    /// Ends a membership.
    RemoveMember,
    /// Keeps a person from signing in.
    DisableUser,
    /// Lets a person sign in again.
    EnableUser,
    /// Makes a person an instance admin.
    MakeAdmin,
    /// Makes a person no instance admin.
    UnmakeAdmin,
    /// Makes a link that sets a new password of a person.
    ResetUser,
    /// Deletes the account of a person.
    DeleteUser,
    /// Deletes any organization.
    RemoveOrganization,
}

words!(Form {
    SetUp = "set-up",
    SignUp = "sign-up",
    CompleteSignUp = "complete-sign-up",
    JoinAsNew = "join-as-new",
    Join = "join",
    RequestReset = "request-reset",
    ResetPassword = "reset-password",
    ConfirmEmail = "confirm-email",
    ChangeName = "change-name",
    ChangePassword = "change-password",
    ChangeEmail = "change-email",
    EndSession = "end-session",
    EndOtherSessions = "end-other-sessions",
    DeleteAccount = "delete-account",
    CreateOrganization = "create-organization",
    ChangeOrganization = "change-organization",
    DeleteOrganization = "delete-organization",
    LeaveOrganization = "leave-organization",
    CreateProduct = "create-product",
    ChangeProduct = "change-product",
    DeleteProduct = "delete-product",
    Invite = "invite",
    WithdrawInvitation = "withdraw-invitation",
    ChangeMember = "change-member",
    RemoveMember = "remove-member",
    DisableUser = "disable-user",
    EnableUser = "enable-user",
    MakeAdmin = "make-admin",
    UnmakeAdmin = "unmake-admin",
    ResetUser = "reset-user",
    DeleteUser = "delete-user",
    RemoveOrganization = "remove-organization",
});

impl Form {
    /// The address that it is posted to.
    pub fn path(self) -> String {
        super::paths::form(self.as_str())
    }

    /// Says if it is for people who are not signed in: what it carries proves who may send it.
    pub const fn is_for_strangers(self) -> bool {
        matches!(
            self,
            Self::SetUp
                | Self::SignUp
                | Self::CompleteSignUp
                | Self::JoinAsNew
                | Self::RequestReset
                | Self::ResetPassword
                | Self::ConfirmEmail
        )
    }
}

/// The answer to a form that was not refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answered {
    /// It is done.
    Done(Done),
    /// The person is told something, or asked, before they go on.
    Told(Box<Problem>),
}

/// Something that was done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The path of the page that follows.
    pub to: String,
    /// One sentence about it.
    pub notice: String,
    /// Says if the page that follows has to be loaded as a document: somebody else is signed in by now.
    pub anew: bool,
}

/// A form that was refused, with what was typed: no passwords.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The name of the form.
    pub form: String,
    /// Names and values.
    pub fields: Vec<(String, String)>,
    /// The reason.
    pub failure: Failure,
}

impl Refused {
    /// The first value of a field.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Things that come with a page as a document, besides its content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrival {
    /// The value of [`CSRF`] for the person who is signed in.
    pub csrf: String,
    /// A sentence about what was done a moment ago.
    pub notice: String,
    /// The form to which this page is the answer, as JSON of [`Refused`]; empty for none. Pages with forms read it.
    pub refused: String,
}
