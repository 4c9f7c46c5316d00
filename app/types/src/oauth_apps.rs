//! `/settings/oauth-apps`: the apps that a person registered.

use crate::id::ClientId;
use serde::{Deserialize, Serialize};

use super::{client::ClientStatus, paths};

/// Number of rows on a page of the table.
pub const OAUTH_APPS_PER_PAGE: u64 = 20;

/// A question to the table. All of it is in the URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OauthAppsQuery {
    /// Part of a name, or a client ID; empty for all.
    #[serde(default)]
    pub search: String,
    /// From 1.
    #[serde(default)]
    pub page: u64,
}

impl OauthAppsQuery {
    /// The path of the table that shows this, defaults left out.
    pub fn path(&self) -> String {
        let page = if self.page > 1 { self.page.to_string() } else { String::new() };
        paths::with_query(paths::OAUTH_APPS, &[("q", &self.search), ("page", &page)])
    }
}

/// One page of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OauthAppsPage {
    /// At most [`OAUTH_APPS_PER_PAGE`], newest first.
    pub rows: Vec<OauthAppRow>,
    /// Number of rows that match, over all pages.
    pub total: u64,
    /// Number of apps that the viewer has.
    pub total_unfiltered: u64,
    /// The page, from 1: the last one for those behind it.
    pub page: u64,
    /// The moment when the page was made, in Unix milliseconds.
    pub now: i64,
}

/// One app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OauthAppRow {
    /// Its client ID.
    pub client_id: ClientId,
    /// Its name.
    pub name: String,
    /// Different people with a live grant.
    pub users: u64,
    /// The last call, in Unix milliseconds.
    pub last_used_at: Option<i64>,
    /// Its state now.
    pub status: ClientStatus,
    /// The moment when it was registered, in Unix milliseconds.
    pub created_at: i64,
}
