//! The signed-in person and the frame around every page.

use crate::id::{ProductId, UserId};
use serde::{Deserialize, Serialize};

use super::{
    failure::Failure,
    role::{OrgRole, ProductRole},
};

/// The person whose session made a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sea_orm::FromQueryResult))]
pub struct Viewer {
    /// `usr_…`.
    pub user_id: UserId,
    /// The address they sign in with.
    pub email: String,
    /// Their name on pages.
    pub name: String,
    /// Says if `/admin/*` is open to them.
    pub instance_admin: bool,
    /// The product that they opened last.
    pub last_product_id: Option<ProductId>,
}

impl Viewer {
    /// The right to everything under `/admin`.
    ///
    /// # Errors
    /// [`Failure::Forbidden`] when they do not administer the instance.
    pub fn must_administer(&self) -> Result<(), Failure> {
        let sentence = "Only instance administrators can open this page.";
        if self.instance_admin { Ok(()) } else { Err(Failure::Forbidden(sentence.to_owned())) }
    }
}

/// The frame that every page shows around its content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Nobody when signed out.
    pub viewer: Option<Viewer>,
    /// The organizations that the viewer belongs to, by name.
    pub organizations: Vec<FrameOrganization>,
    /// The product that the viewer opened last, else the first one: the slugs of its organization and its own.
    #[serde(default)]
    pub last: Option<(String, String)>,
    /// Says if the viewer may make organizations.
    #[serde(default)]
    pub may_create: bool,
}

impl Frame {
    /// The target of `/`.
    pub fn home(&self) -> Option<String> {
        self.last.as_ref().map(|(organization, product)| super::paths::product(organization, product))
    }
}

/// An organization in the switcher.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameOrganization {
    /// Its name in URLs.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// The viewer's role in it.
    pub role: OrgRole,
    /// The products that the viewer may open.
    pub products: Vec<FrameProduct>,
}

/// A product in the switcher.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameProduct {
    /// Its name in URLs, unique in its organization.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// The viewer's role in it.
    pub role: ProductRole,
}

/// Content of the sign-in page besides its two fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInForm {
    /// The path to open afterwards; starts with exactly one `/`.
    pub next: String,
    /// The address that the person typed last time.
    pub email: String,
    /// The reason why the last attempt failed.
    pub error: Option<String>,
    /// The people who may sign in to the demo workspace, with the password; empty otherwise.
    pub demo: Option<DemoHint>,
    /// Says if nobody has an account yet.
    pub empty: bool,
    /// Says if anybody may make an account.
    pub sign_up: bool,
}

/// Whom to sign in as in the demo workspace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoHint {
    /// Each with what they are.
    pub people: Vec<(String, String)>,
    /// The password of all of them.
    pub password: String,
}
