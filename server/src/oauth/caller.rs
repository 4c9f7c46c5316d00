//! Who calls a procedure, and how far they may go.

use app::types::{
    role::ProductRole,
    scope::{AccessLevel, Resource, Scope},
};

use super::{
    access::{Access, Refusal},
    grant::Subject,
};

/// A checked caller: a person in one product, on a page or through an app. Every access to a product's data starts
/// from one of these.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The person.
    pub user_id: String,
    /// How the person is called.
    pub user_name: String,
    /// The organization that the product belongs to.
    pub organization_id: String,
    /// The one product whose data the caller reaches.
    pub product_id: String,
    /// What the person is in the product, now.
    pub role: ProductRole,
    /// The app that acts for the person; `None` on a page.
    pub app: Option<CallingApp>,
}

/// The app that acts for a person.
#[derive(Clone, Debug)]
pub struct CallingApp {
    /// Its client ID.
    pub client_id: String,
    /// Its name.
    pub name: String,
    /// Whether it acts for the person or by itself.
    pub subject: Subject,
    /// The grant it uses.
    pub grant_id: String,
    /// The resource it came through.
    pub resource: Resource,
    /// What the grant lets it do there.
    pub access: Access,
}

impl Caller {
    /// Lets the caller act at this level.
    ///
    /// # Errors
    /// The [`Refusal`] that says why not.
    pub fn authorize(&self, level: AccessLevel) -> Result<(), Refusal> {
        match &self.app {
            Some(app) => app.access.authorize(Scope::new(app.resource, level)),
            None if self.role.allows(level) => Ok(()),
            None => Err(Refusal::Role),
        }
    }

    /// Who did something, for people: the person, and the app if there is one; the app alone where it acts by itself.
    pub fn signature(&self) -> String {
        match &self.app {
            Some(app) if app.subject == Subject::Client => app.name.clone(),
            Some(app) => format!("{} through {}", self.user_name, app.name),
            None => self.user_name.clone(),
        }
    }
}
