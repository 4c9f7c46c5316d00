//! `/admin/oauth-clients`: every client, for instance admins.

use crate::id::ClientId;
use crate::id::GrantId;
use serde::{Deserialize, Serialize};

use crate::words;

use super::{
    apps::GrantState,
    client::{ClientDetails, ClientSource, ClientStatus},
    paths,
    scope::{Scope, ScopeSet},
};

/// Number of rows on a page of the table.
pub const CLIENTS_PER_PAGE: u64 = 20;
/// Number of grants on a page of a client's details.
pub const GRANTS_PER_PAGE: u64 = 20;
/// Most entries that one bulk action takes.
pub const BULK_MAX: usize = 100;

/// The order of the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientSort {
    /// Last used first, never used last.
    #[default]
    LastUsed,
    /// By name.
    Name,
    /// Most users first.
    Users,
    /// Most grants first.
    Grants,
    /// Newest registration first.
    Registered,
}

words!(ClientSort {
    LastUsed = "last_used",
    Name = "name",
    Users = "users",
    Grants = "grants",
    Registered = "registered",
});

impl ClientSort {
    /// The words that pages show.
    pub const fn label(self) -> &'static str {
        match self {
            Self::LastUsed => "Last used",
            Self::Name => "Name",
            Self::Users => "Users",
            Self::Grants => "Grants",
            Self::Registered => "Registered",
        }
    }
}

/// A question to the table. All of it is in the URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientsQuery {
    /// Part of a name, redirect host or owner, or a client ID; empty for all.
    #[serde(default)]
    pub search: String,
    /// Registered by whom.
    #[serde(default)]
    pub source: Option<ClientSource>,
    /// In which state. An entry with several registrations is found when one of them is.
    #[serde(default)]
    pub status: Option<ClientStatus>,
    /// Only those that nobody has used for 30 days, or ever.
    #[serde(default)]
    pub unused: bool,
    /// In which order.
    #[serde(default)]
    pub sort: ClientSort,
    /// The entry that is opened: its registrations are listed one by one, newest first. Empty for the list of entries.
    #[serde(default)]
    pub entry: String,
    /// From 1.
    #[serde(default)]
    pub page: u64,
}

impl ClientsQuery {
    /// The path of the table that shows this, defaults left out.
    pub fn path(&self) -> String {
        let page = if self.page > 1 { self.page.to_string() } else { String::new() };
        let sort = if self.sort == ClientSort::default() { "" } else { self.sort.as_str() };
        paths::with_query(
            paths::ADMIN_CLIENTS,
            &[
                ("entry", &self.entry),
                ("q", &self.search),
                ("source", self.source.map_or("", ClientSource::as_str)),
                ("status", self.status.map_or("", ClientStatus::as_str)),
                ("unused", if self.unused { "true" } else { "" }),
                ("sort", sort),
                ("page", &page),
            ],
        )
    }
}

/// One page of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientsPage {
    /// At most [`CLIENTS_PER_PAGE`].
    pub rows: Vec<ClientRow>,
    /// Number of rows that match, over all pages.
    pub total: u64,
    /// Number of entries without filters; in an opened entry, of its registrations.
    pub total_unfiltered: u64,
    /// The page, from 1: the last one for those behind it.
    pub page: u64,
    /// The name of the opened entry.
    pub entry_name: Option<String>,
    /// The reason why no client ID document can be fetched, while that is so.
    pub outage: Option<DocumentOutage>,
    /// Documents that people asked for lately and did not get, the newest first.
    pub missed: Vec<MissedDocument>,
    /// The moment when the page was made, in Unix milliseconds.
    pub now: i64,
}

/// One entry: a client, or all dynamic registrations of the same software (same name, same redirect hosts).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientRow {
    /// The name of this row for actions: a client ID, or the id of an entry with several registrations.
    pub id: String,
    /// The client ID; of the newest registration where there are several.
    pub client_id: ClientId,
    /// Number of registrations that stand behind it; 1 for a single client.
    pub registrations: u64,
    /// Its name.
    pub name: String,
    /// Says if an administrator vouches for it.
    pub verified: bool,
    /// The one who registered it.
    pub source: ClientSource,
    /// The name of the user it belongs to.
    pub owner: Option<String>,
    /// Different people with a live grant.
    pub users: u64,
    /// Live grants.
    pub grants: u64,
    /// The last call, in Unix milliseconds.
    pub last_used_at: Option<i64>,
    /// Hosts of its redirect URIs, or schemes of private-use ones.
    pub redirect_hosts: Vec<String>,
    /// Its state now; `Active` as long as one registration is.
    pub status: ClientStatus,
    /// Number of registrations that cannot be used now.
    pub switched_off: u64,
    /// The moment when it was registered (the newest registration), in Unix milliseconds.
    pub created_at: i64,
}

impl ClientRow {
    /// The name of the client in a path. A client ID that is an address cannot be one: its entry stands for it.
    pub fn path_id(&self) -> &str {
        if self.source == ClientSource::MetadataDocument { &self.id } else { &self.client_id }
    }
}

/// `/admin/oauth-clients/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdminClientPage {
    /// The part that the owner sees too.
    pub client: ClientDetails,
    /// The entry it belongs to with other registrations of the same software, and how many those are.
    pub entry: Option<(String, u64)>,
    /// The document that describes it, for one whose client ID is an address.
    pub document: Option<FetchedDocument>,
    /// Says if it may look into tokens that it is handed.
    pub resource_server: bool,
    /// Each scope of its live grants, with the number of grants that have it.
    pub scopes: Vec<(Scope, u64)>,
    /// One page of its grants: live ones first, then the last used first. At most [`GRANTS_PER_PAGE`].
    pub grants: Vec<ClientGrant>,
    /// Over all pages: live and ended ones.
    pub grants_total: u64,
    /// From 1.
    pub grants_page: u64,
}

/// A client ID metadata document, as it was fetched last or as an administrator wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchedDocument {
    /// The text that stood there.
    pub body: String,
    /// The moment when it was fetched or written, in Unix milliseconds.
    pub fetched_at: i64,
    /// Until when it need not be fetched again, in Unix milliseconds.
    pub fresh_until: i64,
    /// The moment when it was tried to fetch it last, in Unix milliseconds.
    pub tried_at: i64,
    /// The reason why that failed, as a sentence.
    pub failure: Option<String>,
    /// Its worth.
    pub standing: DocumentStanding,
    /// Says if an administrator wrote it.
    pub entered: bool,
}

/// The worth of a stored document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DocumentStanding {
    /// The last fetch brought it.
    Current,
    /// It cannot be fetched any more; the copy serves until then, in Unix milliseconds.
    Stale(i64),
    /// Something else stood at its address, or nothing.
    Withdrawn,
    /// An administrator wants it as it is, since then, in Unix milliseconds.
    Pinned(i64),
}

/// The reason why programs are not told that their client ID may be the address of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentOutage {
    /// Since when no document can be fetched, in Unix milliseconds.
    pub since: i64,
    /// One that failed.
    pub url: String,
    /// The reason why it failed; completes «It …».
    pub failure: String,
    /// Says if documents are still advertised, because programs have no other way.
    pub advertised: bool,
}

/// A client ID document that somebody asked for and did not get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissedDocument {
    /// Its address.
    pub url: String,
    /// The reason, in words that follow the address.
    pub failure: String,
    /// The moment, in Unix milliseconds.
    pub at: i64,
}

/// A grant of a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientGrant {
    /// `grt_…`.
    pub grant_id: GrantId,
    /// The person who authorized it: name and e-mail address.
    pub person: (String, String),
    /// The names of organization and product; `None` where the app only signs people in.
    pub product: Option<(String, String)>,
    /// The scopes of the client.
    pub scopes: ScopeSet,
    /// The moment when it was authorized, in Unix milliseconds.
    pub authorized_at: i64,
    /// The last call, in Unix milliseconds.
    pub last_used_at: Option<i64>,
    /// Its state now.
    pub status: GrantState,
}

/// A client as an administrator saw it when they vouched for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenClient {
    /// Its name.
    pub name: String,
    /// Its description.
    pub description: String,
    /// The address of its website.
    pub website: Option<String>,
    /// Its redirect URIs.
    pub redirect_uris: Vec<String>,
}
