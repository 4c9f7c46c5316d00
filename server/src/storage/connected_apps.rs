//! The Apps table: grants with the names of what they belong to.

use app::types::{
    apps::{APPS_PER_PAGE, AppRow, AppsQuery, RowStatus, StatusFilter},
    scope::ScopeSet,
};
use sea_orm::{ConnectionTrait, QueryResult, Value};

use super::{clients::source_of, database::sql};
use crate::{
    clock::{MINUTE, Millis},
    error::Result,
    oauth::{grant::RevokeReason, text::website},
};

/// How long a revoked grant stays in the list of active ones, so that people see what they did.
const AFTERGLOW: Millis = 5 * MINUTE;

/// One page of grants, and how many there are.
#[derive(Clone, Debug)]
pub struct Found {
    /// At most [`APPS_PER_PAGE`].
    pub rows: Vec<AppRow>,
    /// Over all pages.
    pub total: u64,
    /// Without filters.
    pub total_unfiltered: u64,
}

const TABLES: &str = "FROM grants g
    JOIN clients c ON c.id = g.client_id
    JOIN products p ON p.id = g.product_id
    JOIN users u ON u.id = g.user_id
    LEFT JOIN users b ON b.id = g.revoked_by
    WHERE g.organization_id = $1 AND ($2 = '' OR g.user_id = $2) AND g.status IN ('active', 'revoked')";

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
) -> Result<Found> {
    let whose: [Value; 2] = [organization_id.into(), user_id.unwrap_or_default().into()];
    let status = match query.status {
        StatusFilter::Active => "active",
        StatusFilter::Revoked => "revoked",
        StatusFilter::All => "all",
    };
    let filter: [Value; 3] = [like(&query.search).into(), status.into(), (now - AFTERGLOW).into()];
    let filtered: Vec<Value> = whose.iter().cloned().chain(filter).collect();

    let total_unfiltered = count(db, "", whose.to_vec()).await?;
    let total = count(db, FILTERS, filtered.clone()).await?;

    let page = format!(
        "SELECT g.id, g.client_id, g.scopes, g.status, g.last_used_at, g.use_count, g.authorized_at, g.revoked_at,
            g.revoke_reason, c.name AS app, c.website, c.source, c.verified, c.disabled_at, p.name AS product,
            u.name AS authorized_by, b.name AS revoked_by {TABLES}{FILTERS}
        ORDER BY CASE WHEN g.last_used_at IS NULL THEN 1 ELSE 0 END, g.last_used_at DESC, g.authorized_at DESC, g.id DESC
        LIMIT $6 OFFSET $7"
    );
    let offset = query.page.saturating_sub(1).saturating_mul(APPS_PER_PAGE);
    let window = [
        Value::from(i64::try_from(APPS_PER_PAGE).unwrap_or(i64::MAX)),
        Value::from(i64::try_from(offset).unwrap_or(i64::MAX)),
    ];
    let rows = db.query_all_raw(sql(db, &page, filtered.into_iter().chain(window))).await?;
    Ok(Found { rows: rows.iter().map(app_row).collect::<Result<_>>()?, total, total_unfiltered })
}

async fn count(db: &impl ConnectionTrait, filters: &str, values: Vec<Value>) -> Result<u64> {
    let query = format!("SELECT COUNT(*) AS count {TABLES}{filters}");
    let row = db.query_one_raw(sql(db, &query, values)).await?;
    let count: i64 = row.map(|row| row.try_get("", "count")).transpose()?.unwrap_or(0);
    Ok(u64::try_from(count).unwrap_or(0))
}

/// The search text as a pattern for LIKE; empty for everything.
fn like(search: &str) -> String {
    let text: String =
        search.trim().to_lowercase().chars().filter(|&character| character != '\0').take(100).collect();
    if text.is_empty() {
        return text;
    }
    let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

fn app_row(row: &QueryResult) -> Result<AppRow> {
    let status: String = row.try_get("", "status")?;
    let disabled: Option<Millis> = row.try_get("", "disabled_at")?;
    let revoked_at: Option<Millis> = row.try_get("", "revoked_at")?;
    let revoked_by: Option<String> = row.try_get("", "revoked_by")?;
    let reason: Option<String> = row.try_get("", "revoke_reason")?;
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
        status: if status == "revoked" {
            RowStatus::Revoked {
                at: revoked_at.unwrap_or_default(),
                by: RevokeReason::from_stored(reason.as_deref().unwrap_or_default())
                    .by(revoked_by.as_deref()),
            }
        } else if disabled.is_some() {
            RowStatus::Disabled
        } else {
            RowStatus::Active
        },
    })
}
