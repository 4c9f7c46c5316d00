//! The grants of one client, for administrators.

use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use types::{
    admin::{ClientGrant, GRANTS_PER_PAGE},
    grant::GrantStatus,
    id::{ClientId, GrantId},
    scope::{Scope, ScopeSet},
};

use super::grant_state::StateColumns;
use crate::{
    clock::Millis,
    db::{
        Lists,
        database::sql,
        listing::{count, page},
    },
    error::Result,
};

/// One page of the grants of a client, live ones first and among them the last used first, and how many there are.
pub async fn list(db: &Lists, client_id: &ClientId, number: u64) -> Result<(Vec<ClientGrant>, u64)> {
    let mut rows = Vec::new();
    let mut total = 0;
    let mut skip = number.saturating_sub(1).saturating_mul(GRANTS_PER_PAGE);
    // Each status is a part of the index in its order; together they would have to be sorted.
    for status in [GrantStatus::Active, GrantStatus::Revoked] {
        let room = GRANTS_PER_PAGE - rows.len() as u64;
        let [some, how_many] = statements(db, client_id, status, skip, room);
        rows.extend(Row::find_by_statement(some).all(db).await?.into_iter().map(ClientGrant::from));
        let of_status = count(db, how_many).await?;
        skip = skip.saturating_sub(of_status);
        total += of_status;
    }
    Ok((rows, total))
}

/// The queries of [`list`] for one status: some rows, and how many there are.
pub fn statements(
    db: &impl ConnectionTrait,
    client_id: &ClientId,
    status: GrantStatus,
    skip: u64,
    room: u64,
) -> [Statement; 2] {
    let rows = "SELECT g.id, g.scopes, g.status, g.paused_at, g.authorized_at, g.last_used_at, g.revoked_at, g.revoke_reason,
            c.status AS client_status, u.name, u.email, o.name AS organization, p.name AS product, b.name AS revoked_by
        FROM (SELECT * FROM grants WHERE client_id = $1 AND status = $2
            ORDER BY COALESCE(last_used_at, 0) DESC, id DESC LIMIT $3 OFFSET $4) g
        JOIN clients c ON c.id = g.client_id
        JOIN users u ON u.id = g.user_id
        LEFT JOIN organizations o ON o.id = g.organization_id
        LEFT JOIN products p ON p.id = g.product_id
        LEFT JOIN users b ON b.id = g.revoked_by
        ORDER BY COALESCE(g.last_used_at, 0) DESC, g.id DESC";
    let how_many = "SELECT COUNT(*) AS count FROM grants WHERE client_id = $1 AND status = $2";
    let [_, skip] = page(skip.saturating_add(1), 1);
    let room = i64::try_from(room).unwrap_or(0);
    [
        sql(db, rows, [client_id.into(), status.into(), room.into(), skip]),
        sql(db, how_many, [client_id.into(), status.into()]),
    ]
}

/// A row of [`list`].
#[derive(FromQueryResult)]
struct Row {
    id: GrantId,
    scopes: ScopeSet,
    authorized_at: Millis,
    last_used_at: Option<Millis>,
    name: String,
    email: String,
    organization: Option<String>,
    product: Option<String>,
    #[sea_orm(nested)]
    state: StateColumns,
}

impl From<Row> for ClientGrant {
    fn from(row: Row) -> Self {
        Self {
            grant_id: row.id,
            person: (row.name, row.email),
            product: row.organization.zip(row.product),
            scopes: row.scopes,
            authorized_at: row.authorized_at,
            last_used_at: row.last_used_at,
            status: row.state.into(),
        }
    }
}

/// How many grants have the same scopes.
#[derive(FromQueryResult)]
struct ScopesRow {
    scopes: ScopeSet,
    grants: i64,
}

/// Each scope of the live grants of a client, with the number of grants that have it.
pub async fn scopes(db: &Lists, client_id: &ClientId) -> Result<Vec<(Scope, u64)>> {
    let mut counts: Vec<(Scope, u64)> = ScopeSet::ALL.iter().map(|scope| (scope, 0)).collect();
    for ScopesRow { scopes, grants } in
        ScopesRow::find_by_statement(scopes_statement(db, client_id)).all(db).await?
    {
        let grants = grants.unsigned_abs();
        for (scope, count) in &mut counts {
            if scopes.contains(*scope) {
                *count += grants;
            }
        }
    }
    counts.retain(|(_, count)| *count > 0);
    Ok(counts)
}

/// The query of [`scopes`].
pub fn scopes_statement(db: &impl ConnectionTrait, client_id: &ClientId) -> Statement {
    let query =
        "SELECT scopes, COUNT(*) AS grants FROM grants WHERE client_id = $1 AND status = $2 GROUP BY scopes";
    sql(db, query, [client_id.into(), GrantStatus::Active.into()])
}
