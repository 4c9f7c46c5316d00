//! The Apps table: grants with the names of what they belong to.

use app::types::{
    apps::{APPS_PER_PAGE, AppRow, AppsQuery, RowStatus, StatusFilter},
    client::ClientStatus,
    scope::ScopeSet,
};
use sea_orm::{ConnectionTrait, QueryResult, Value};

use super::{
    clients::source_of,
    database::sql,
    listing::{Found, Statements, like, page},
};
use crate::{
    clock::{MINUTE, Millis},
    error::Result,
    oauth::{grant::RevokeReason, text::website},
};

/// How long a revoked grant stays in the list of active ones, so that people see what they did.
const AFTERGLOW: Millis = 5 * MINUTE;

const COLUMNS: &str =
    "SELECT g.id, g.client_id, g.scopes, g.status, g.last_used_at, g.use_count, g.authorized_at,
    g.revoked_at, g.revoke_reason, c.name AS app, c.website, c.source, c.verified, c.status AS client_status,
    p.name AS product, u.name AS authorized_by, b.name AS revoked_by";

/// A grant with what it belongs to.
const JOINS: &str = "grants g
    JOIN clients c ON c.id = g.client_id
    JOIN products p ON p.id = g.product_id
    JOIN users u ON u.id = g.user_id
    LEFT JOIN users b ON b.id = g.revoked_by";

const SHOWN: &str =
    "WHERE g.organization_id = $1 AND ($2 = '' OR g.user_id = $2) AND g.status IN ('active', 'revoked')";

const FILTERS: &str = " AND ($3 = '' OR LOWER(c.name) LIKE $3 ESCAPE '\\' OR LOWER(COALESCE(c.website, '')) LIKE $3 ESCAPE '\\'
        OR LOWER(p.name) LIKE $3 ESCAPE '\\' OR LOWER(u.name) LIKE $3 ESCAPE '\\' OR LOWER(u.email) LIKE $3 ESCAPE '\\')
    AND ($4 = 'all' OR ($4 = 'active' AND (g.status = 'active' OR g.revoked_at > $5))
        OR ($4 = 'revoked' AND g.status = 'revoked'))";

/// The grants of an organization, last used first and never used last; only those of `user_id` when one is given.
///
/// # Errors
/// When the database refuses or a row is damaged.
pub async fn list(
    db: &impl ConnectionTrait,
    organization_id: &str,
    user_id: Option<&str>,
    query: &AppsQuery,
    now: Millis,
) -> Result<Found<AppRow>> {
    list_statements(db, organization_id, user_id, query, now).run(db, app_row).await
}

/// The queries of [`list`].
pub fn list_statements(
    db: &impl ConnectionTrait,
    organization_id: &str,
    user_id: Option<&str>,
    query: &AppsQuery,
    now: Millis,
) -> Statements {
    let whose: [Value; 2] = [organization_id.into(), user_id.unwrap_or_default().into()];
    let status = match query.status {
        StatusFilter::Active => "active",
        StatusFilter::Revoked => "revoked",
        StatusFilter::All => "all",
    };
    let filter: [Value; 3] = [like(&query.search).into(), status.into(), (now - AFTERGLOW).into()];
    let filtered: Vec<Value> = whose.iter().cloned().chain(filter).collect();

    let counted = |filters| format!("SELECT COUNT(*) AS count FROM {JOINS} {SHOWN}{filters}");
    let rows = format!(
        "{COLUMNS} FROM {JOINS} {SHOWN}{FILTERS}
        ORDER BY CASE WHEN g.last_used_at IS NULL THEN 1 ELSE 0 END, g.last_used_at DESC, g.authorized_at DESC, g.id DESC
        LIMIT $6 OFFSET $7"
    );
    Statements {
        total_unfiltered: sql(db, &counted(""), whose),
        total: sql(db, &counted(FILTERS), filtered.clone()),
        rows: sql(db, &rows, filtered.into_iter().chain(page(query.page, APPS_PER_PAGE))),
    }
}

/// One grant as a row of the table.
///
/// # Errors
/// When the database refuses or the row is damaged.
pub async fn lookup(db: &impl ConnectionTrait, grant_id: &str) -> Result<Option<AppRow>> {
    let query = format!("{COLUMNS} FROM {JOINS} WHERE g.id = $1");
    db.query_one_raw(sql(db, &query, [grant_id.into()])).await?.as_ref().map(app_row).transpose()
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
        scopes: ScopeSet::parse_known(&row.try_get::<String>("", "scopes")?),
        last_used_at: row.try_get("", "last_used_at")?,
        use_count: row.try_get("", "use_count")?,
        authorized_at: row.try_get("", "authorized_at")?,
        authorized_by: row.try_get("", "authorized_by")?,
        status: row_status(row)?,
    })
}

/// What a grant is now, from the columns `status`, `client_status`, `revoked_at`, `revoke_reason` and `revoked_by`.
pub(super) fn row_status(row: &QueryResult) -> Result<RowStatus> {
    let status: String = row.try_get("", "status")?;
    let client_status: String = row.try_get("", "client_status")?;
    if status == "revoked" {
        let by: Option<String> = row.try_get("", "revoked_by")?;
        let reason: Option<String> = row.try_get("", "revoke_reason")?;
        let reason = RevokeReason::from_stored(reason.as_deref().unwrap_or_default());
        let at: Option<Millis> = row.try_get("", "revoked_at")?;
        Ok(RowStatus::Revoked { at: at.unwrap_or_default(), by: reason.by(by.as_deref()) })
    } else if client_status == ClientStatus::Active.word() {
        Ok(RowStatus::Active)
    } else {
        Ok(RowStatus::Disabled)
    }
}
