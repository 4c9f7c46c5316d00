//! The Apps tab: connected apps, their filters, and what `Share` shows.

use crate::id::ClientId;
use crate::id::GrantId;
use serde::{Deserialize, Serialize};

use crate::words;

use super::{activity::Activity, client::ClientSource, scope::ScopeSet};

/// Number of rows on a page of the table.
pub const APPS_PER_PAGE: u64 = 50;
/// Number of rows that are counted on the first pages. Nobody goes through more, and to count all takes long.
const COUNTED: u64 = 500;

/// The most rows that are counted for a page, from 1: those before and on it are.
pub fn count_max(page: u64) -> u64 {
    COUNTED.max(page.saturating_mul(APPS_PER_PAGE))
}

/// A choice of grants that the table shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StatusFilter {
    /// Active ones, and those revoked a moment ago so that a person sees what they did.
    #[default]
    Active,
    /// Revoked and expired ones.
    Revoked,
    /// All of them.
    All,
}

words!(StatusFilter {
    Active = "active",
    Revoked = "revoked",
    All = "all",
});

impl StatusFilter {
    /// The word that people read.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Revoked => "Revoked",
            Self::All => "All",
        }
    }
}

/// A question to the table. All of it is in the URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppsQuery {
    /// Part of an app's name, website, product or person; empty for all.
    #[serde(default)]
    pub search: String,
    /// The choice of grants.
    #[serde(default)]
    pub status: StatusFilter,
    /// Says if every access has a row, and not only the last used one of those alike.
    #[serde(default)]
    pub every: bool,
    /// From 1.
    #[serde(default)]
    pub page: u64,
}

impl AppsQuery {
    /// The path of the table that shows this, defaults left out.
    pub fn path(&self, organization: &str) -> String {
        let status = if self.status == StatusFilter::default() { "" } else { self.status.as_str() };
        let page = if self.page > 1 { self.page.to_string() } else { String::new() };
        let group = if self.every { "off" } else { "" };
        let query = [("q", self.search.as_str()), ("status", status), ("group", group), ("page", &page)];
        super::paths::with_query(&super::paths::apps(organization), &query)
    }

    /// The same with the details of a grant opened, at a page of its activity.
    pub fn details_path(&self, organization: &str, grant_id: &GrantId, activity: u64) -> String {
        let table = self.path(organization);
        let page = if activity > 1 { activity.to_string() } else { String::new() };
        let details = super::paths::with_query("", &[("grant", grant_id), ("activity", &page)]);
        if table.contains('?') { format!("{table}&{}", &details[1..]) } else { table + &details }
    }
}

/// One page of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppsPage {
    /// The organization's name.
    pub organization: String,
    /// Says if the viewer sees everybody's grants or only their own.
    pub sees_all: bool,
    /// At most [`APPS_PER_PAGE`], last used first, never used last.
    pub rows: Vec<AppRow>,
    /// Number of rows that match, over all pages; above [`count_max`] it says only that there are more.
    pub total: u64,
    /// The same without filters.
    pub total_unfiltered: u64,
    /// The page, from 1: the last one for those behind it.
    pub page: u64,
    /// Goes back with the form of `Revoke`.
    pub csrf: String,
    /// The moment when the page was made, in Unix milliseconds: relative times count from here.
    pub now: i64,
}

/// One grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppRow {
    /// `grt_…`.
    pub grant_id: GrantId,
    /// The app's client ID.
    pub client_id: ClientId,
    /// The app's name.
    pub app: String,
    /// The app's website, as a host to show and a URL to open.
    pub website: Option<(String, String)>,
    /// The source of the app's registration.
    pub source: ClientSource,
    /// Says if an administrator vouches for it.
    pub verified: bool,
    /// The product it has access to.
    pub product: String,
    /// Its scopes.
    pub scopes: ScopeSet,
    /// The last call, in Unix milliseconds.
    pub last_used_at: Option<i64>,
    /// Calls so far.
    pub use_count: i64,
    /// The moment when it was authorized, in Unix milliseconds.
    pub authorized_at: i64,
    /// The person who authorized it.
    pub authorized_by: String,
    /// Says if the app acts by itself, and for nobody.
    pub by_itself: bool,
    /// The browser in which it was authorized, in words.
    pub device: Option<String>,
    /// Number of live accesses that the app holds for this person in this product.
    pub alike: u64,
    /// Its state now.
    pub status: GrantState,
}

/// The state of a grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GrantState {
    /// Calls get through.
    Active,
    /// Nothing gets through any more.
    Revoked {
        /// The moment, in Unix milliseconds.
        at: i64,
        /// The person or thing that did it, in words.
        by: String,
    },
    /// Calls are refused until it is resumed.
    Paused {
        /// Since when, in Unix milliseconds.
        since: i64,
    },
    /// Its client is disabled; calls are refused until it is enabled.
    Disabled,
}

/// The details that a row of the table opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantDetails {
    /// The row.
    pub row: AppRow,
    /// The places that answers to the app go to: hosts, or schemes of private-use URIs.
    pub redirect_hosts: Vec<String>,
    /// Number of access and refresh tokens of the grant that work now.
    pub live_tokens: u64,
    /// Events, newest first.
    pub activity: Activity,
    /// The moment when this was made, in Unix milliseconds.
    pub now: i64,
}

/// The outcome of `Revoke`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    /// The moment, in Unix milliseconds.
    pub at: i64,
    /// The person who did it.
    pub by: String,
    /// Number of access and refresh tokens that stopped working.
    pub tokens: u64,
}

/// Content of `Share`. Never a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionDetails {
    /// The MCP server's URL.
    pub mcp_url: String,
    /// The REST API's URL.
    pub api_url: String,
    /// Discovery documents: what each is, and its URL.
    pub discovery: Vec<(String, String)>,
}
