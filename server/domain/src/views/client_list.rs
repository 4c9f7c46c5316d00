//! Clients as lists: those of one person, and the entries that administrators see.
//!
//! Every list is read from an index in its order, a page at a time; nothing is counted that is kept already.

use sea_orm::{ConnectionTrait, FromQueryResult, Statement, Value};
use types::{
    admin::{CLIENTS_PER_PAGE, ClientRow, ClientSort, ClientsQuery},
    client::{ClientSource, ClientStatus},
    grant::GrantStatus,
    id::{ClientId, UserId},
    oauth_apps::{OAUTH_APPS_PER_PAGE, OauthAppRow, OauthAppsQuery},
};

use crate::{
    clock::{DAY, Millis},
    db::{
        Lists,
        database::sql,
        flag::Flag,
        listing::{ListQuery, Page, bind, like, page},
    },
    error::{Error, Result},
    oauth::software::PREFIX,
    oauth::{client::Client, redirect_uri::hosts},
};

/// A client that nobody used for so long counts as unused.
pub const UNUSED: Millis = 30 * DAY;

/// The apps that a person registered, newest first.
pub async fn list_by_owner(
    db: &Lists,
    owner_id: &UserId,
    query: &OauthAppsQuery,
) -> Result<Page<OauthAppRow>> {
    list_by_owner_statements(db, owner_id, query).run(db, |row: OwnRow| Ok(row.into())).await
}

/// The queries of [`list_by_owner`].
pub fn list_by_owner_statements(
    db: &impl ConnectionTrait,
    owner_id: &UserId,
    query: &OauthAppsQuery,
) -> ListQuery {
    let tables = "FROM clients c JOIN client_entries e ON e.id = c.entry_id
        WHERE c.owner_id = $1 AND c.deleted_at IS NULL";
    let filter = " AND ($2 = '' OR e.sort_name LIKE $2 ESCAPE '\\' OR LOWER(c.id) LIKE $2 ESCAPE '\\')";
    let values: [Value; 2] = [owner_id.into(), like(&query.search).into()];
    let rows = format!(
        "SELECT c.id, c.name, c.status, c.created_at, e.users, e.last_used_at {tables}{filter}
        ORDER BY c.created_at DESC, c.id DESC LIMIT $3 OFFSET $4"
    );
    let window = page(query.page, OAUTH_APPS_PER_PAGE);
    ListQuery {
        rows: sql(db, &rows, values.iter().cloned().chain(window)),
        total: sql(db, &format!("SELECT COUNT(*) AS count {tables}{filter}"), values),
        total_unfiltered: sql(db, &format!("SELECT COUNT(*) AS count {tables}"), [owner_id.into()]),
    }
}

/// A row of [`list_by_owner_statements`].
#[derive(FromQueryResult)]
struct OwnRow {
    id: ClientId,
    name: String,
    status: ClientStatus,
    created_at: Millis,
    users: i64,
    last_used_at: Millis,
}

impl From<OwnRow> for OauthAppRow {
    fn from(row: OwnRow) -> Self {
        Self {
            client_id: row.id,
            name: row.name,
            users: row.users.unsigned_abs(),
            last_used_at: last_used(row.last_used_at),
            status: row.status,
            created_at: row.created_at,
        }
    }
}

/// The usage of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// Different people with a live grant.
    pub users: u64,
    /// Live grants.
    pub grants: u64,
    /// The last call.
    pub last_used_at: Option<Millis>,
}

/// The usage of a client: as its entry keeps it where the client is alone in it, else counted.
pub async fn usage(db: &Lists, client: &Client) -> Result<Usage> {
    let Some(row) = UsageRow::find_by_statement(use_statement(db, client)).one(db).await? else {
        return Ok(Usage { users: 0, grants: 0, last_used_at: None });
    };
    let (users, grants) = (row.users.unsigned_abs(), row.grants.unsigned_abs());
    Ok(Usage { users, grants, last_used_at: last_used(row.last_used_at) })
}

#[derive(FromQueryResult)]
struct UsageRow {
    users: i64,
    grants: i64,
    last_used_at: Millis,
}

/// The query of [`usage`].
pub fn use_statement(db: &impl ConnectionTrait, client: &Client) -> Statement {
    let kept = "SELECT users, grants, last_used_at FROM client_entries WHERE id = $1";
    let counted = format!("SELECT {} FROM clients c WHERE c.id = $1", counted("$2"));
    if client.entry_id.starts_with(PREFIX) {
        sql(db, &counted, [client.id.as_str().into(), GrantStatus::Active.into()])
    } else {
        sql(db, kept, [client.entry_id.as_str().into()])
    }
}

/// The use of a client `c`, for one that shares its entry with others. `active` is bound to that status.
fn counted(active: &str) -> String {
    format!(
        "(SELECT COUNT(DISTINCT g.user_id) FROM grants g WHERE g.client_id = c.id AND g.status = {active}) AS users,
        (SELECT COUNT(*) FROM grants g WHERE g.client_id = c.id AND g.status = {active}) AS grants,
        COALESCE((SELECT MAX(g.last_used_at) FROM grants g WHERE g.client_id = c.id), 0) AS last_used_at"
    )
}

/// The entries of all clients, or the registrations of one entry.
pub async fn all(db: &Lists, query: &ClientsQuery, now: Millis) -> Result<Page<ClientRow>> {
    if query.entry.is_empty() {
        entries_statements(db, query, now).run(db, |row: EntryRow| row.try_into()).await
    } else {
        registrations_statements(db, query, now).run(db, |row: EntryRow| row.try_into()).await
    }
}

/// The queries of [`all`] for the list of entries.
pub fn entries_statements(db: &impl ConnectionTrait, query: &ClientsQuery, now: Millis) -> ListQuery {
    let mut values = Vec::new();
    let mut filters = Vec::new();
    let search = like(&query.search);
    if !search.is_empty() {
        let (text, id) =
            (bind(&mut values, search), bind(&mut values, query.search.trim().replace('\0', "")));
        filters.push(format!(
            "(e.sort_name LIKE {text} ESCAPE '\\' OR e.hosts LIKE {text} ESCAPE '\\'
            OR e.owner_id IN (SELECT id FROM users WHERE LOWER(name) LIKE {text} ESCAPE '\\' OR email LIKE {text} ESCAPE '\\')
            OR e.id = (SELECT entry_id FROM clients WHERE id = {id} AND deleted_at IS NULL))"
        ));
    }
    if let Some(source) = query.source {
        filters.push(format!("e.source = {}", bind(&mut values, source)));
    }
    if let Some(status) = query.status {
        let word = bind(&mut values, status);
        // Most are active: one after the other soon fills a page. Few are not: those are looked up.
        filters.push(if status == ClientStatus::Active {
            format!("EXISTS (SELECT 1 FROM clients c WHERE c.entry_id = e.id AND c.status = {word})")
        } else {
            format!("e.id IN (SELECT entry_id FROM clients WHERE status = {word})")
        });
    }
    if query.unused {
        filters.push(format!("e.last_used_at < {}", bind(&mut values, now - UNUSED)));
    }
    let filter = if filters.is_empty() { String::new() } else { format!("WHERE {}", filters.join(" AND ")) };
    let total = sql(db, &format!("SELECT COUNT(*) AS count FROM client_entries e {filter}"), values.clone());
    let [limit, offset] = page(query.page, CLIENTS_PER_PAGE).map(|number| bind(&mut values, number));
    let [disabled, blocked] =
        [ClientStatus::Disabled, ClientStatus::Blocked].map(|status| bind(&mut values, status));
    let (inside, outside) = (order(query.sort, "e"), order(query.sort, "n"));
    let rows = format!(
        "SELECT n.*, c.id AS client_id, (c.verified AND c.stale_since IS NULL) AS verified, c.redirect_uris, u.name AS owner,
            (SELECT COUNT(*) FROM clients o WHERE o.entry_id = n.id AND o.status = {disabled}) AS disabled,
            (SELECT COUNT(*) FROM clients o WHERE o.entry_id = n.id AND o.status = {blocked}) AS blocked
        FROM (SELECT e.* FROM client_entries e {filter} ORDER BY {inside} LIMIT {limit} OFFSET {offset}) n
        JOIN clients c ON c.id = (SELECT l.id FROM clients l WHERE l.entry_id = n.id
            AND l.deleted_at IS NULL ORDER BY l.created_at DESC LIMIT 1)
        LEFT JOIN users u ON u.id = n.owner_id
        ORDER BY {outside}"
    );
    let total_unfiltered = sql(db, "SELECT COUNT(*) AS count FROM client_entries", []);
    ListQuery { rows: sql(db, &rows, values), total, total_unfiltered }
}

/// The columns by which entries are sorted, of the table of this name.
fn order(sort: ClientSort, table: &str) -> String {
    match sort {
        ClientSort::LastUsed => format!("{table}.last_used_at DESC, {table}.id DESC"),
        ClientSort::Name => format!("{table}.sort_name, {table}.id"),
        ClientSort::Users => format!("{table}.users DESC, {table}.id DESC"),
        ClientSort::Grants => format!("{table}.grants DESC, {table}.id DESC"),
        ClientSort::Registered => format!("{table}.registered_at DESC, {table}.id DESC"),
    }
}

/// The queries of [`all`] for an opened entry: its registrations, newest first.
pub fn registrations_statements(db: &impl ConnectionTrait, query: &ClientsQuery, now: Millis) -> ListQuery {
    let mut values = Vec::new();
    let entry = bind(&mut values, query.entry.replace('\0', ""));
    let all = format!("c.entry_id = {entry} AND c.deleted_at IS NULL");
    let total_unfiltered =
        sql(db, &format!("SELECT COUNT(*) AS count FROM clients c WHERE {all}"), values.clone());
    // All of them have the name and the hosts of the entry: a search can only mean one client ID.
    let mut filter = all;
    let search = like(&query.search);
    if !search.is_empty() {
        filter.push_str(&format!(" AND LOWER(c.id) LIKE {} ESCAPE '\\'", bind(&mut values, search)));
    }
    if let Some(status) = query.status {
        filter.push_str(&format!(" AND c.status = {}", bind(&mut values, status)));
    }
    if query.unused {
        filter.push_str(&format!(
            " AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.client_id = c.id AND g.last_used_at >= {})",
            bind(&mut values, now - UNUSED)
        ));
    }
    let total = sql(db, &format!("SELECT COUNT(*) AS count FROM clients c WHERE {filter}"), values.clone());
    let [limit, offset] = page(query.page, CLIENTS_PER_PAGE).map(|number| bind(&mut values, number));
    let [disabled, blocked] =
        [ClientStatus::Disabled, ClientStatus::Blocked].map(|status| bind(&mut values, status));
    let counted = counted(&bind(&mut values, GrantStatus::Active));
    let rows = format!(
        "SELECT c.id, c.id AS client_id, c.name, c.source, (c.verified AND c.stale_since IS NULL) AS verified,
            c.redirect_uris, c.created_at AS registered_at,
            u.name AS owner, CAST(1 AS BIGINT) AS registrations,
            CAST(CASE WHEN c.status = {disabled} THEN 1 ELSE 0 END AS BIGINT) AS disabled,
            CAST(CASE WHEN c.status = {blocked} THEN 1 ELSE 0 END AS BIGINT) AS blocked,
            {counted}
        FROM clients c LEFT JOIN users u ON u.id = c.owner_id WHERE {filter}
        ORDER BY c.created_at DESC, c.id DESC LIMIT {limit} OFFSET {offset}"
    );
    ListQuery { rows: sql(db, &rows, values), total, total_unfiltered }
}

/// A row of the administrators' list.
#[derive(FromQueryResult)]
struct EntryRow {
    id: String,
    client_id: ClientId,
    registrations: i64,
    name: String,
    verified: Flag,
    source: ClientSource,
    owner: Option<String>,
    users: i64,
    grants: i64,
    last_used_at: Millis,
    redirect_uris: serde_json::Value,
    disabled: i64,
    blocked: i64,
    registered_at: Millis,
}

impl TryFrom<EntryRow> for ClientRow {
    type Error = Error;

    fn try_from(row: EntryRow) -> Result<Self> {
        let (registrations, switched_off) = (row.registrations, row.disabled + row.blocked);
        let redirect_uris: Vec<String> = serde_json::from_value(row.redirect_uris).map_err(|_| {
            Error::Corrupt { column: "clients.redirect_uris", value: row.client_id.to_string() }
        })?;
        let by_entry = registrations > 1 || row.source == ClientSource::MetadataDocument;
        Ok(Self {
            id: if by_entry { row.id } else { row.client_id.to_string() },
            client_id: row.client_id,
            registrations: registrations.unsigned_abs(),
            name: row.name,
            verified: row.verified.0,
            source: row.source,
            owner: row.owner,
            users: row.users.unsigned_abs(),
            grants: row.grants.unsigned_abs(),
            last_used_at: last_used(row.last_used_at),
            redirect_hosts: hosts(&redirect_uris),
            status: if switched_off < registrations {
                ClientStatus::Active
            } else if row.blocked > 0 {
                ClientStatus::Blocked
            } else {
                ClientStatus::Disabled
            },
            switched_off: switched_off.unsigned_abs(),
            created_at: row.registered_at,
        })
    }
}

/// The moment when something was last used; stored as 0 when never, so that an index has all in their order.
fn last_used(at: Millis) -> Option<Millis> {
    Some(at).filter(|&at| at > 0)
}
