//! The people of the demo workspace.

use domain::{
    accounts::users,
    db::Database,
    workspaces::products::{self, ProductMembership},
};
use types::role::ProductRole;

use super::{Browser, TestApp};

/// Administers the instance, and owns Acme.
pub const ADMIN: &str = "admin@example.com";
/// Owns Acme and Globex.
pub const OWNER: &str = "owner@example.com";
/// Edits in Acme / Support.
pub const MEMBER: &str = "member@example.com";
/// Reads in Acme / Support.
pub const VIEWER: &str = "viewer@example.com";
/// Is no member of Acme, and operates in Globex / Research.
pub const OUTSIDER: &str = "outsider@example.com";

impl TestApp {
    /// A browser in which this person of the demo workspace is signed in.
    pub async fn signed_in(&self, email: &str) -> Browser<'_> {
        let mut browser = self.browser();
        browser.sign_in(email).await;
        browser
    }

    /// The id of a person of the demo workspace.
    pub async fn user_id(&self, email: &str) -> types::id::UserId {
        users::find_by_email(self.db().read(), email).await.unwrap().unwrap().id
    }

    /// The id of a product, as its organization's owner sees it.
    pub async fn product_id(&self, organization: &str, product: &str) -> types::id::ProductId {
        membership(self.db(), OWNER, organization, product).await.product_id
    }

    /// Gives a person another role in a product.
    pub async fn set_role(&self, email: &str, organization: &str, product: &str, role: ProductRole) {
        let (user, product) = (self.user_id(email).await, self.product_id(organization, product).await);
        products::set_product_role(self.db().write(), &product, &user, role).await.unwrap();
    }
}

/// The place of a person in a product.
pub async fn membership(db: &Database, email: &str, organization: &str, product: &str) -> ProductMembership {
    let person = users::find_by_email(db.read(), email).await.unwrap().unwrap().id;
    products::find_membership_by_slugs(db.read(), &person, organization, product).await.unwrap().unwrap()
}
