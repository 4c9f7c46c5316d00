//! Pages about an organization: its members, its products, itself.

use serde::{Deserialize, Serialize};

use super::{
    account::MailWay,
    id::{ProductId, UserId},
    paths,
    role::{OrgRole, ProductRole},
};

/// Members on a page of the table.
pub const MEMBERS_PER_PAGE: u64 = 50;

/// A question to the table of members. All of it is in the URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembersQuery {
    /// Part of a name or an address; empty for all.
    #[serde(default)]
    pub search: String,
    /// From 1.
    #[serde(default)]
    pub page: u64,
}

impl MembersQuery {
    /// The path of the table that shows this, defaults left out.
    pub fn path(&self, organization: &str) -> String {
        let page = if self.page > 1 { self.page.to_string() } else { String::new() };
        paths::with_query(&paths::members(organization), &[("q", &self.search), ("page", &page)])
    }
}

/// One page of the table of members, with the invitations that wait.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembersPage {
    /// The organization's name.
    pub organization: String,
    /// The viewer's role in it.
    pub role: OrgRole,
    /// The viewer.
    pub viewer: UserId,
    /// By name.
    pub members: Vec<MemberRow>,
    /// Number of members that match.
    pub total: u64,
    /// The page, from 1.
    pub page: u64,
    /// The products that roles can be given in, by name.
    pub products: Vec<ProductChoice>,
    /// The latest first; empty unless the viewer manages.
    pub invitations: Vec<InvitationRow>,
    /// Says where mail goes.
    pub mail: MailWay,
    /// The moment when the page was made, in Unix milliseconds.
    pub now: i64,
}

/// A product by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductChoice {
    /// `prd_…`.
    pub id: ProductId,
    /// Its name.
    pub name: String,
}

/// A member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRow {
    /// `usr_…`.
    pub user_id: UserId,
    /// Their name.
    pub name: String,
    /// The address that they sign in with.
    pub email: String,
    /// Their role.
    pub role: OrgRole,
    /// Their roles in products: those that were given.
    pub products: Vec<(ProductId, ProductRole)>,
    /// The last time that they were here, in Unix milliseconds.
    pub last_seen_at: Option<i64>,
    /// Says if they may sign in.
    pub active: bool,
}

/// An invitation that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationRow {
    /// `inv_…`.
    pub id: String,
    /// The role to come.
    pub role: OrgRole,
    /// The names of products, with the role in each.
    pub products: Vec<(String, ProductRole)>,
    /// The address that it was sent to.
    pub email: Option<String>,
    /// The one who invited.
    pub invited_by: String,
    /// In Unix milliseconds.
    pub created_at: i64,
    /// In Unix milliseconds.
    pub expires_at: i64,
}

/// Content of the products tab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductsPage {
    /// The organization's name.
    pub organization: String,
    /// Says if the viewer may change them.
    pub manages: bool,
    /// By name.
    pub products: Vec<ProductRow>,
    /// The moment when the page was made, in Unix milliseconds.
    pub now: i64,
}

/// A product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sea_orm::FromQueryResult))]
pub struct ProductRow {
    /// `prd_…`.
    pub id: ProductId,
    /// Its name.
    pub name: String,
    /// Its name in addresses.
    pub slug: String,
    /// In Unix milliseconds.
    pub created_at: i64,
    /// Members with a role of their own in it.
    pub members: i64,
    /// Access of apps to it that stands.
    pub grants: i64,
}

/// Content of the general tab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeneralPage {
    /// The organization's name.
    pub name: String,
    /// Its name in addresses.
    pub slug: String,
    /// The viewer's role in it.
    pub role: OrgRole,
    /// Number of members.
    pub members: u64,
    /// Number of products.
    pub products: u64,
    /// In Unix milliseconds.
    pub created_at: i64,
}
