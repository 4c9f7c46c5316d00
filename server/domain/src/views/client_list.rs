//! Clients as lists: those of one person, and the entries that administrators see.
//!
//! Every list is read from an index in its order, a page at a time; nothing is counted that is kept already.

use sea_orm::{ConnectionTrait, QueryResult, Statement, Value};
use types::{
    admin::{CLIENTS_PER_PAGE, ClientRow, ClientSort, ClientsQuery},
    client::{ClientSource, ClientStatus},
    oauth_apps::{OAUTH_APPS_PER_PAGE, OauthAppRow, OauthAppsQuery},
};

use crate::{
    clock::{DAY, Millis},
    db::{
        database::sql,
        listing::{ListQuery, Page, like, page},
    },
    error::{Error, Result},
    oauth::software::PREFIX,
    oauth::{
        client::{Client, source_of},
        redirect_uri::hosts,
    },
};

/// A client that nobody used for so long counts as unused.
pub const UNUSED: Millis = 30 * DAY;

/// The apps that a person registered, newest first.
pub async fn of_owner(
    db: &impl ConnectionTrait,
    owner_id: &str,
    query: &OauthAppsQuery,
) -> Result<Page<OauthAppRow>> {
    of_owner_statements(db, owner_id, query).run(db, app_row).await
}

/// The queries of [`of_owner`].
pub fn of_owner_statements(db: &impl ConnectionTrait, owner_id: &str, query: &OauthAppsQuery) -> ListQuery {
    let tables = "FROM clients c JOIN client_entries e ON e.id = c.entry_id
        WHERE c.owner_id = $1 AND c.status <> 'deleted'";
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

fn app_row(row: &QueryResult) -> Result<OauthAppRow> {
    Ok(OauthAppRow {
        client_id: row.try_get("", "id")?,
        name: row.try_get("", "name")?,
        users: unsigned(row, "users")?,
        last_used_at: last_used(row)?,
        status: status_of(&row.try_get::<String>("", "status")?)?,
        created_at: row.try_get("", "created_at")?,
    })
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
pub async fn usage(db: &impl ConnectionTrait, client: &Client) -> Result<Usage> {
    let row = db.query_one_raw(use_statement(db, client)).await?;
    let none = Usage { users: 0, grants: 0, last_used_at: None };
    row.map_or(Ok(none), |row| {
        Ok(Usage {
            users: unsigned(&row, "users")?,
            grants: unsigned(&row, "grants")?,
            last_used_at: last_used(&row)?,
        })
    })
}

/// The query of [`usage`].
pub fn use_statement(db: &impl ConnectionTrait, client: &Client) -> Statement {
    let kept = "SELECT users, grants, last_used_at FROM client_entries WHERE id = $1";
    let counted = format!("SELECT {COUNTED} FROM clients c WHERE c.id = $1");
    if client.entry_id.starts_with(PREFIX) {
        sql(db, &counted, [client.id.as_str().into()])
    } else {
        sql(db, kept, [client.entry_id.as_str().into()])
    }
}

/// The use of a client `c`, for one that shares its entry with others.
const COUNTED: &str =
    "(SELECT COUNT(DISTINCT g.user_id) FROM grants g WHERE g.client_id = c.id AND g.status = 'active') AS users,
    (SELECT COUNT(*) FROM grants g WHERE g.client_id = c.id AND g.status = 'active') AS grants,
    COALESCE((SELECT MAX(g.last_used_at) FROM grants g WHERE g.client_id = c.id), 0) AS last_used_at";

/// The entries of all clients, or the registrations of one entry.
pub async fn all(db: &impl ConnectionTrait, query: &ClientsQuery, now: Millis) -> Result<Page<ClientRow>> {
    if query.entry.is_empty() {
        entries_statements(db, query, now).run(db, entry_row).await
    } else {
        registrations_statements(db, query, now).run(db, entry_row).await
    }
}

/// The queries of [`all`] for the list of entries.
pub fn entries_statements(db: &impl ConnectionTrait, query: &ClientsQuery, now: Millis) -> ListQuery {
    let mut values: Vec<Value> = Vec::new();
    let mut filters = Vec::new();
    let mut bind = |value: Value| {
        values.push(value);
        format!("${}", values.len())
    };
    let search = like(&query.search);
    if !search.is_empty() {
        let (text, id) = (bind(search.into()), bind(query.search.trim().replace('\0', "").into()));
        filters.push(format!(
            "(e.sort_name LIKE {text} ESCAPE '\\' OR e.hosts LIKE {text} ESCAPE '\\'
            OR e.owner_id IN (SELECT id FROM users WHERE LOWER(name) LIKE {text} ESCAPE '\\' OR email LIKE {text} ESCAPE '\\')
            OR e.id = (SELECT entry_id FROM clients WHERE id = {id} AND status <> 'deleted'))"
        ));
    }
    if let Some(source) = query.source {
        filters.push(format!("e.source = {}", bind(source.word().into())));
    }
    if let Some(status) = query.status {
        let word = bind(status.word().into());
        // Most are active: one after the other soon fills a page. Few are not: those are looked up.
        filters.push(if status == ClientStatus::Active {
            format!("EXISTS (SELECT 1 FROM clients c WHERE c.entry_id = e.id AND c.status = {word})")
        } else {
            format!("e.id IN (SELECT entry_id FROM clients WHERE status = {word})")
        });
    }
    if query.unused {
        filters.push(format!("e.last_used_at < {}", bind((now - UNUSED).into())));
    }
    let filter = if filters.is_empty() { String::new() } else { format!("WHERE {}", filters.join(" AND ")) };
    let total = sql(db, &format!("SELECT COUNT(*) AS count FROM client_entries e {filter}"), values.clone());
    let order = match query.sort {
        ClientSort::LastUsed => "e.last_used_at DESC, e.id DESC",
        ClientSort::Name => "e.sort_name, e.id",
        ClientSort::Users => "e.users DESC, e.id DESC",
        ClientSort::Grants => "e.grants DESC, e.id DESC",
        ClientSort::Registered => "e.registered_at DESC, e.id DESC",
    };
    let [limit, offset] = page(query.page, CLIENTS_PER_PAGE);
    values.extend([limit, offset]);
    let places = (values.len() - 1, values.len());
    let rows = format!(
        "SELECT n.*, c.id AS client_id, (c.verified AND c.stale_since IS NULL) AS verified, c.redirect_uris, u.name AS owner,
            (SELECT COUNT(*) FROM clients o WHERE o.entry_id = n.id AND o.status = 'disabled') AS disabled,
            (SELECT COUNT(*) FROM clients o WHERE o.entry_id = n.id AND o.status = 'blocked') AS blocked
        FROM (SELECT e.* FROM client_entries e {filter} ORDER BY {order} LIMIT ${} OFFSET ${}) n
        JOIN clients c ON c.id = (SELECT l.id FROM clients l WHERE l.entry_id = n.id
            AND l.status <> 'deleted' ORDER BY l.created_at DESC LIMIT 1)
        LEFT JOIN users u ON u.id = n.owner_id
        ORDER BY {}",
        places.0,
        places.1,
        order.replace("e.", "n.")
    );
    let total_unfiltered = sql(db, "SELECT COUNT(*) AS count FROM client_entries", []);
    ListQuery { rows: sql(db, &rows, values), total, total_unfiltered }
}

/// The queries of [`all`] for an opened entry: its registrations, newest first.
pub fn registrations_statements(db: &impl ConnectionTrait, query: &ClientsQuery, now: Millis) -> ListQuery {
    let tables = "FROM clients c WHERE c.entry_id = $1 AND c.status <> 'deleted'";
    // All of them have the name and the hosts of the entry: a search can only mean one client ID.
    let mut filter = String::new();
    let mut values: Vec<Value> = vec![query.entry.replace('\0', "").into()];
    let search = like(&query.search);
    if !search.is_empty() {
        values.push(search.into());
        filter.push_str(&format!(" AND LOWER(c.id) LIKE ${} ESCAPE '\\'", values.len()));
    }
    if let Some(status) = query.status {
        values.push(status.word().into());
        filter.push_str(&format!(" AND c.status = ${}", values.len()));
    }
    if query.unused {
        values.push((now - UNUSED).into());
        filter.push_str(&format!(
            " AND NOT EXISTS (SELECT 1 FROM grants g WHERE g.client_id = c.id AND g.last_used_at >= ${})",
            values.len()
        ));
    }
    let total = sql(db, &format!("SELECT COUNT(*) AS count {tables}{filter}"), values.clone());
    let total_unfiltered = sql(db, &format!("SELECT COUNT(*) AS count {tables}"), [values[0].clone()]);
    let [limit, offset] = page(query.page, CLIENTS_PER_PAGE);
    values.extend([limit, offset]);
    let rows = format!(
        "SELECT c.id, c.id AS client_id, c.name, c.source, (c.verified AND c.stale_since IS NULL) AS verified,
            c.redirect_uris, c.created_at AS registered_at,
            u.name AS owner, CAST(1 AS BIGINT) AS registrations,
            CAST(CASE WHEN c.status = 'disabled' THEN 1 ELSE 0 END AS BIGINT) AS disabled,
            CAST(CASE WHEN c.status = 'blocked' THEN 1 ELSE 0 END AS BIGINT) AS blocked,
            {COUNTED}
        {tables}{filter}
        ORDER BY c.created_at DESC, c.id DESC LIMIT ${} OFFSET ${}",
        values.len() - 1,
        values.len()
    )
    .replace("FROM clients c WHERE", "FROM clients c LEFT JOIN users u ON u.id = c.owner_id WHERE");
    ListQuery { rows: sql(db, &rows, values), total, total_unfiltered }
}

fn entry_row(row: &QueryResult) -> Result<ClientRow> {
    let (disabled, blocked) = (unsigned(row, "disabled")?, unsigned(row, "blocked")?);
    let registrations = unsigned(row, "registrations")?;
    let client_id: String = row.try_get("", "client_id")?;
    let source = source_of(&row.try_get::<String>("", "source")?)?;
    let redirect_uris: serde_json::Value = row.try_get("", "redirect_uris")?;
    let redirect_uris: Vec<String> = serde_json::from_value(redirect_uris)
        .map_err(|_| Error::Corrupt { column: "clients.redirect_uris", value: client_id.clone() })?;
    Ok(ClientRow {
        id: if registrations > 1 || source == ClientSource::MetadataDocument {
            row.try_get("", "id")?
        } else {
            client_id.clone()
        },
        client_id,
        registrations,
        name: row.try_get("", "name")?,
        verified: row.try_get("", "verified")?,
        source,
        owner: row.try_get("", "owner")?,
        users: unsigned(row, "users")?,
        grants: unsigned(row, "grants")?,
        last_used_at: last_used(row)?,
        redirect_hosts: hosts(&redirect_uris),
        status: if disabled + blocked < registrations {
            ClientStatus::Active
        } else if blocked > 0 {
            ClientStatus::Blocked
        } else {
            ClientStatus::Disabled
        },
        switched_off: disabled + blocked,
        created_at: row.try_get("", "registered_at")?,
    })
}

fn unsigned(row: &QueryResult, column: &str) -> Result<u64> {
    Ok(u64::try_from(row.try_get::<i64>("", column)?).unwrap_or(0))
}

/// The moment when something was last used; stored as 0 when never, so that an index has all in their order.
fn last_used(row: &QueryResult) -> Result<Option<Millis>> {
    Ok(Some(row.try_get("", "last_used_at")?).filter(|&at| at > 0))
}

fn status_of(word: &str) -> Result<ClientStatus> {
    ClientStatus::from_word(word)
        .ok_or_else(|| Error::Corrupt { column: "clients.status", value: word.to_owned() })
}
