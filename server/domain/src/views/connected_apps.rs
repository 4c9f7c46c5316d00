//! The Apps table: grants with the names of what they belong to.

use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use types::{
    apps::{APPS_PER_PAGE, AppRow, AppsQuery, StatusFilter, count_max},
    client::ClientSource,
    grant::{GrantStatus, Subject},
    id::{ClientId, GrantId, OrganizationId, UserId},
    scope::ScopeSet,
};

use super::{
    grant_search::{GrantSearch, SearchParts},
    grant_state::StateColumns,
};
use crate::{
    clock::{MINUTE, Millis},
    db::{
        Lists,
        database::sql,
        flag::Flag,
        listing::{self, ListQuery, Page, bind, like, page},
    },
    error::{Error, Result},
    oauth::text::website,
};

/// The time for which a revoked grant stays in the list of active ones, so that people see what they did: the latest page of
/// them, for one deed may have revoked very many.
const RECENTLY_REVOKED: Millis = 5 * MINUTE;

/// The columns of a row; `live` is the placeholder of the status of live grants.
fn columns(live: &str) -> String {
    format!(
        "SELECT g.id, g.client_id, g.scopes, g.status, g.paused_at, g.last_used_at, g.use_count, g.authorized_at, g.subject,
    g.revoked_at, g.revoke_reason, c.name AS app, c.website, c.source,
    (c.verified AND c.stale_since IS NULL) AS verified, c.status AS client_status,
    p.name AS product, u.name AS authorized_by, b.name AS revoked_by, g.device,
    (SELECT COUNT(*) FROM grants a WHERE a.user_id = g.user_id AND a.client_id = g.client_id
        AND a.product_id = g.product_id AND a.subject = g.subject AND a.status = {live}) AS alike"
    )
}

/// The things that a grant belongs to.
const JOINS: &str = "JOIN clients c ON c.id = g.client_id
    JOIN products p ON p.id = g.product_id
    JOIN users u ON u.id = g.user_id
    LEFT JOIN users b ON b.id = g.revoked_by";

/// Of grants of the same person, client, product and status the one that is first in the table.
const LAST_USED_OF_THOSE_ALIKE: &str = " AND NOT EXISTS (SELECT 1 FROM grants a
    WHERE a.user_id = g.user_id AND a.client_id = g.client_id AND a.product_id = g.product_id AND a.subject = g.subject
    AND a.status = g.status
    AND (COALESCE(a.last_used_at, 0), a.authorized_at, a.id) > (COALESCE(g.last_used_at, 0), g.authorized_at, g.id))";

/// Last used first, by the columns of [`GrantFilter::rows`].
const ORDER: &str = "ORDER BY used DESC, authorized_at DESC, id DESC";

/// The grants of an organization, last used first and never used last; only those of `user_id` when one is given.
pub async fn list(
    db: &Lists,
    organization_id: &OrganizationId,
    user_id: Option<&UserId>,
    query: &AppsQuery,
    now: Millis,
) -> Result<Page<AppRow>> {
    let search = GrantSearch::find(db, organization_id, like(&query.search)).await?;
    let statements = list_statements(db, organization_id, user_id, (query, &search), now);
    statements.run(db, |row: Row| Ok(row.into())).await
}

/// The queries of [`list`].
pub fn list_statements(
    db: &impl ConnectionTrait,
    organization_id: &OrganizationId,
    user_id: Option<&UserId>,
    (query, search): (&AppsQuery, &GrantSearch),
    now: Millis,
) -> ListQuery {
    let most = Ord::min(count_max(query.page).saturating_add(1), i64::MAX.unsigned_abs());
    let mut values: Vec<Value> = vec![organization_id.into()];
    let mut whose = "g.organization_id = $1".to_owned();
    if let Some(user_id) = user_id {
        whose = format!("{whose} AND g.user_id = {}", bind(&mut values, user_id));
    }
    let with = |values: &mut Vec<Value>, status: GrantStatus| {
        format!("{whose} AND g.status = {}", bind(values, status))
    };
    let mut of_all = values.clone();
    let all = [GrantStatus::Active, GrantStatus::Revoked].map(|status| with(&mut of_all, status));
    let total_unfiltered = sql(db, &GrantFilter::new(all, Default::default()).count(most), of_all);

    let alike = if query.every { "" } else { LAST_USED_OF_THOSE_ALIKE };
    let mut conditions = Vec::new();
    if query.status != StatusFilter::Revoked {
        conditions.push(with(&mut values, GrantStatus::Active) + alike);
    }
    conditions.push(match query.status {
        StatusFilter::Active => format!(
            "g.id IN (SELECT g.id FROM grants g WHERE {whose} AND g.revoked_at > {}
            ORDER BY g.revoked_at DESC LIMIT {APPS_PER_PAGE})",
            bind(&mut values, now - RECENTLY_REVOKED)
        ),
        StatusFilter::Revoked | StatusFilter::All => with(&mut values, GrantStatus::Revoked),
    });
    let shown = GrantFilter::new(conditions, search.parts(&mut values));
    let total = sql(db, &shown.count(most), values.clone());

    let [limit, offset] = page(query.page, APPS_PER_PAGE).map(|value| bind(&mut values, value));
    let columns = columns(&bind(&mut values, GrantStatus::Active));
    let rows = format!(
        "{}{columns} FROM ({} LIMIT {limit} OFFSET {offset}) n
        JOIN grants g ON g.id = n.id {JOINS} ORDER BY n.used DESC, n.authorized_at DESC, n.id DESC",
        shown.search.with,
        shown.rows()
    );
    ListQuery { total_unfiltered, total, rows: sql(db, &rows, values) }
}

/// The grants that are shown. Each condition is a part of an index in its order; together they would have to be sorted.
struct GrantFilter {
    conditions: Vec<String>,
    search: SearchParts,
}

impl GrantFilter {
    fn new(conditions: impl Into<Vec<String>>, search: SearchParts) -> Self {
        Self { conditions: conditions.into(), search }
    }

    fn each(&self, columns: &str) -> Vec<String> {
        let SearchParts { from, condition: found, .. } = &self.search;
        let part = |condition| format!("SELECT {columns} FROM {from}grants g WHERE {condition}{found}");
        self.conditions.iter().map(part).collect()
    }

    /// A query for the grants and what orders them, in the order of the table.
    fn rows(&self) -> String {
        let columns = "g.id AS id, COALESCE(g.last_used_at, 0) AS used, g.authorized_at AS authorized_at";
        let part = |part| format!("SELECT * FROM ({part} {ORDER}) part");
        format!("{} {ORDER}", self.each(columns).iter().map(part).collect::<Vec<_>>().join(" UNION ALL "))
    }

    /// A query that counts them, up to so many of each condition.
    fn count(&self, most: u64) -> String {
        let part = |part| format!("SELECT COUNT(*) FROM ({part} LIMIT {most}) few");
        let parts: Vec<_> = self.each("g.id").iter().map(part).collect();
        format!("{}SELECT ({}) AS count", self.search.with, parts.join(") + ("))
    }
}

/// One grant as a row of the table.
pub async fn lookup(db: &impl ConnectionTrait, grant_id: &GrantId) -> Result<Option<AppRow>> {
    let query = format!("{} FROM grants g {JOINS} WHERE g.id = $1", columns("$2"));
    let values = [grant_id.into(), GrantStatus::Active.into()];
    Ok(Row::find_by_statement(sql(db, &query, values)).one(db).await?.map(AppRow::from))
}

/// The redirect URIs of a client, deleted or not.
pub async fn redirect_uris(db: &impl ConnectionTrait, client_id: &ClientId) -> Result<Vec<String>> {
    let query = "SELECT CAST(redirect_uris AS TEXT) AS uris FROM clients WHERE id = $1";
    let Some(uris) = listing::one::<String>(db, sql(db, query, [client_id.into()])).await? else {
        return Ok(Vec::new());
    };
    serde_json::from_str(&uris)
        .map_err(|_| Error::Corrupt { column: "clients.redirect_uris", value: client_id.to_string() })
}

/// A row of [`columns`].
#[derive(FromQueryResult)]
struct Row {
    id: GrantId,
    client_id: ClientId,
    app: String,
    website: Option<String>,
    source: ClientSource,
    verified: Flag,
    product: String,
    scopes: ScopeSet,
    last_used_at: Option<Millis>,
    use_count: i64,
    authorized_at: Millis,
    authorized_by: String,
    subject: Subject,
    device: Option<String>,
    alike: i64,
    #[sea_orm(nested)]
    state: StateColumns,
}

impl From<Row> for AppRow {
    fn from(row: Row) -> Self {
        Self {
            grant_id: row.id,
            client_id: row.client_id,
            app: row.app,
            website: row.website.as_deref().and_then(website),
            source: row.source,
            verified: row.verified.0,
            product: row.product,
            scopes: row.scopes,
            last_used_at: row.last_used_at,
            use_count: row.use_count,
            authorized_at: row.authorized_at,
            authorized_by: row.authorized_by,
            by_itself: row.subject == Subject::Client,
            device: row.device,
            alike: row.alike.unsigned_abs(),
            status: row.state.into(),
        }
    }
}
