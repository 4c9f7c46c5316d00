//! `/admin/users` and `/admin/organizations`, for instance admins.

use serde::{Deserialize, Serialize};

use super::{
    id::{OrganizationId, UserId},
    paths,
    role::OrgRole,
};

/// Rows on a page of each table.
pub const PEOPLE_PER_PAGE: u64 = 50;

/// A question to one of the tables. All of it is in the URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeopleQuery {
    /// Part of a name or an address; empty for all.
    #[serde(default)]
    pub search: String,
    /// From 1.
    #[serde(default)]
    pub page: u64,
}

impl PeopleQuery {
    /// The path of the table at `base` that shows this, defaults left out.
    pub fn path(&self, base: &str) -> String {
        let page = if self.page > 1 { self.page.to_string() } else { String::new() };
        paths::with_query(base, &[("q", &self.search), ("page", &page)])
    }
}

/// One page of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeoplePage<T> {
    /// At most [`PEOPLE_PER_PAGE`].
    pub rows: Vec<T>,
    /// Number of rows that match, over all pages.
    pub total: u64,
    /// Number of rows without a search.
    pub total_unfiltered: u64,
    /// The page, from 1.
    pub page: u64,
    /// The moment when the page was made, in Unix milliseconds.
    pub now: i64,
}

/// A person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sea_orm::FromQueryResult))]
pub struct UserRow {
    /// `usr_…`.
    pub id: UserId,
    /// Their name.
    pub name: String,
    /// The address that they sign in with.
    pub email: String,
    /// Says if they administer the instance.
    pub instance_admin: bool,
    /// Since when they may not sign in, in Unix milliseconds.
    pub disabled_at: Option<i64>,
    /// In Unix milliseconds.
    pub created_at: i64,
    /// The last time that they were here, in Unix milliseconds.
    pub last_seen_at: Option<i64>,
    /// Number of organizations that they belong to.
    pub organizations: i64,
    /// Number of apps that they registered.
    pub apps: i64,
}

/// Content of `/admin/users/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserPage {
    /// The person.
    pub user: UserRow,
    /// Says if the viewer is that person.
    pub own: bool,
    /// Organizations that they belong to: name, address and role.
    pub organizations: Vec<(String, String, OrgRole)>,
    /// Access that they gave apps and that stands.
    pub grants: u64,
    /// Live sessions.
    pub sessions: u64,
    /// The moment when the page was made, in Unix milliseconds.
    pub now: i64,
}

/// An organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(sea_orm::FromQueryResult))]
pub struct OrganizationRow {
    /// `org_…`.
    pub id: OrganizationId,
    /// Its name.
    pub name: String,
    /// Its name in addresses.
    pub slug: String,
    /// In Unix milliseconds.
    pub created_at: i64,
    /// Number of members.
    pub members: i64,
    /// Number of products.
    pub products: i64,
    /// The names of a few of its owners.
    pub owners: Option<String>,
}
