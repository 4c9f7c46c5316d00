//! The Apps table: grants with the names of what they belong to.

use sea_orm::{ConnectionTrait, QueryResult, Value};
use types::{
    apps::{APPS_PER_PAGE, AppRow, AppsQuery, GrantState, StatusFilter},
    client::ClientStatus,
    scope::ScopeSet,
};

use crate::{
    db::{
        database::sql,
        listing::{ListQuery, Page, like, page},
    },
    oauth::{client::source_of, grant::read_status},
};

use crate::{
    clock::{MINUTE, Millis},
    error::{Error, Result},
    oauth::{
        grant::{GrantStatus, RevokeReason, Subject},
        text::website,
    },
};

/// The time for which a revoked grant stays in the list of active ones, so that people see what they did.
const RECENTLY_REVOKED: Millis = 5 * MINUTE;

const COLUMNS: &str =
    "SELECT g.id, g.client_id, g.scopes, g.status, g.paused_at, g.last_used_at, g.use_count, g.authorized_at, g.subject,
    g.revoked_at, g.revoke_reason, c.name AS app, c.website, c.source,
    (c.verified AND c.stale_since IS NULL) AS verified, c.status AS client_status,
    p.name AS product, u.name AS authorized_by, b.name AS revoked_by, g.device,
    (SELECT COUNT(*) FROM grants a WHERE a.user_id = g.user_id AND a.client_id = g.client_id
        AND a.product_id = g.product_id AND a.subject = g.subject AND a.status = 'active') AS alike";

/// The things that a grant belongs to.
const JOINS: &str = "JOIN clients c ON c.id = g.client_id
    JOIN products p ON p.id = g.product_id
    JOIN users u ON u.id = g.user_id
    LEFT JOIN users b ON b.id = g.revoked_by";

/// Of live grants of the same person, client and product the one that is first in the table.
const LAST_USED_OF_THOSE_ALIKE: &str = " AND NOT EXISTS (SELECT 1 FROM grants a
    WHERE a.user_id = g.user_id AND a.client_id = g.client_id AND a.product_id = g.product_id AND a.subject = g.subject
    AND a.status = 'active'
    AND (COALESCE(a.last_used_at, 0), a.authorized_at, a.id) > (COALESCE(g.last_used_at, 0), g.authorized_at, g.id))";

/// Last used first, by the columns of [`GrantFilter::rows`].
const ORDER: &str = "ORDER BY used DESC, authorized_at DESC, id DESC";

/// The grants of an organization, last used first and never used last; only those of `user_id` when one is given.
pub async fn list(
    db: &impl ConnectionTrait,
    organization_id: &str,
    user_id: Option<&str>,
    query: &AppsQuery,
    now: Millis,
) -> Result<Page<AppRow>> {
    list_statements(db, organization_id, user_id, query, now).run(db, app_row).await
}

/// The queries of [`list`].
pub fn list_statements(
    db: &impl ConnectionTrait,
    organization_id: &str,
    user_id: Option<&str>,
    query: &AppsQuery,
    now: Millis,
) -> ListQuery {
    let mut values: Vec<Value> = vec![organization_id.into()];
    let mut whose = "g.organization_id = $1".to_owned();
    if let Some(user_id) = user_id {
        whose = format!("{whose} AND g.user_id = {}", bind(&mut values, user_id));
    }
    let all = ["active", "revoked"].map(|status| format!("{whose} AND g.status = '{status}'"));
    let total_unfiltered = sql(db, &GrantFilter::new(all.clone(), None).count(), values.clone());

    let [mut active, revoked] = all;
    if !query.every {
        active.push_str(LAST_USED_OF_THOSE_ALIKE);
    }
    let conditions = match query.status {
        StatusFilter::All => vec![active, revoked],
        StatusFilter::Revoked => vec![revoked],
        StatusFilter::Active => {
            let since = bind(&mut values, now - RECENTLY_REVOKED);
            vec![active, format!("{whose} AND g.revoked_at > {since}")]
        }
    };
    let shown = GrantFilter::new(conditions, search(&mut values, query));
    let total = sql(db, &shown.count(), values.clone());

    let [limit, offset] = page(query.page, APPS_PER_PAGE).map(|value| bind(&mut values, value));
    let rows = format!(
        "{COLUMNS} FROM ({} LIMIT {limit} OFFSET {offset}) n
        JOIN grants g ON g.id = n.id {JOINS} ORDER BY n.used DESC, n.authorized_at DESC, n.id DESC",
        shown.rows()
    );
    ListQuery { total_unfiltered, total, rows: sql(db, &rows, values) }
}

/// Adds a value to those of a statement. Returns its placeholder.
fn bind(values: &mut Vec<Value>, value: impl Into<Value>) -> String {
    values.push(value.into());
    format!("${}", values.len())
}

/// The condition for what a person searches, if they do.
fn search(values: &mut Vec<Value>, query: &AppsQuery) -> Option<String> {
    let pattern = like(&query.search);
    let pattern = (!pattern.is_empty()).then(|| bind(values, pattern))?;
    let texts = ["c.name", "COALESCE(c.website, '')", "p.name", "u.name", "u.email"];
    let found = texts.map(|text| format!("LOWER({text}) LIKE {pattern} ESCAPE '\\'"));
    Some(format!("({})", found.join(" OR ")))
}

/// The grants that are shown. Each condition is a part of an index in its order; together they would have to be sorted.
struct GrantFilter {
    conditions: Vec<String>,
    /// The things that grants belong to are looked up here only to be searched.
    joins: &'static str,
    search: String,
}

impl GrantFilter {
    fn new(conditions: impl Into<Vec<String>>, search: Option<String>) -> Self {
        let (joins, search) = match search {
            Some(search) => (JOINS, format!(" AND {search}")),
            None => ("", String::new()),
        };
        Self { conditions: conditions.into(), joins, search }
    }

    fn each(&self, columns: &str) -> Vec<String> {
        let Self { conditions, joins, search } = self;
        let part = |condition| format!("SELECT {columns} FROM grants g {joins} WHERE {condition}{search}");
        conditions.iter().map(part).collect()
    }

    /// A query for the grants and what orders them, in the order of the table.
    fn rows(&self) -> String {
        let columns = "g.id AS id, COALESCE(g.last_used_at, 0) AS used, g.authorized_at AS authorized_at";
        let part = |part| format!("SELECT * FROM ({part} {ORDER}) part");
        format!("{} {ORDER}", self.each(columns).iter().map(part).collect::<Vec<_>>().join(" UNION ALL "))
    }

    fn count(&self) -> String {
        format!("SELECT ({}) AS count", self.each("COUNT(*)").join(") + ("))
    }
}

/// One grant as a row of the table.
pub async fn lookup(db: &impl ConnectionTrait, grant_id: &str) -> Result<Option<AppRow>> {
    let query = format!("{COLUMNS} FROM grants g {JOINS} WHERE g.id = $1");
    db.query_one_raw(sql(db, &query, [grant_id.into()])).await?.as_ref().map(app_row).transpose()
}

/// The redirect URIs of a client, deleted or not.
pub async fn redirect_uris(db: &impl ConnectionTrait, client_id: &str) -> Result<Vec<String>> {
    let query = "SELECT CAST(redirect_uris AS TEXT) AS uris FROM clients WHERE id = $1";
    let Some(row) = db.query_one_raw(sql(db, query, [client_id.into()])).await? else {
        return Ok(Vec::new());
    };
    let uris: String = row.try_get("", "uris")?;
    serde_json::from_str(&uris)
        .map_err(|_| Error::Corrupt { column: "clients.redirect_uris", value: client_id.to_owned() })
}

fn app_row(row: &QueryResult) -> Result<AppRow> {
    let website_url: Option<String> = row.try_get("", "website")?;
    Ok(AppRow {
        grant_id: row.try_get("", "id")?,
        client_id: row.try_get("", "client_id")?,
        app: row.try_get("", "app")?,
        website: website_url.as_deref().and_then(website),
        source: source_of(&row.try_get::<String>("", "source")?)?,
        verified: row.try_get("", "verified")?,
        product: row.try_get("", "product")?,
        scopes: ScopeSet::parse(&row.try_get::<String>("", "scopes")?),
        last_used_at: row.try_get("", "last_used_at")?,
        use_count: row.try_get("", "use_count")?,
        authorized_at: row.try_get("", "authorized_at")?,
        authorized_by: row.try_get("", "authorized_by")?,
        by_itself: row.try_get::<String>("", "subject")? == Subject::Client.as_str(),
        device: row.try_get("", "device")?,
        alike: row.try_get::<i64>("", "alike")?.unsigned_abs(),
        status: row_status(row)?,
    })
}

/// The state of a grant, from the columns `status`, `paused_at`, `client_status`, `revoked_at`, `revoke_reason` and
/// `revoked_by`.
pub(crate) fn row_status(row: &QueryResult) -> Result<GrantState> {
    let status: String = row.try_get("", "status")?;
    let client_status: String = row.try_get("", "client_status")?;
    let paused_at: Option<Millis> = row.try_get("", "paused_at")?;
    if read_status(&status, paused_at) == Some(GrantStatus::Revoked) {
        let by: Option<String> = row.try_get("", "revoked_by")?;
        let reason: Option<String> = row.try_get("", "revoke_reason")?;
        let reason = RevokeReason::from_stored(reason.as_deref().unwrap_or_default());
        let at: Option<Millis> = row.try_get("", "revoked_at")?;
        Ok(GrantState::Revoked { at: at.unwrap_or_default(), by: reason.by(by.as_deref()) })
    } else if client_status == ClientStatus::Active.word() {
        Ok(paused_at.map_or(GrantState::Active, |since| GrantState::Paused { since }))
    } else {
        Ok(GrantState::Disabled)
    }
}
