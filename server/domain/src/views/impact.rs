//! Counts of what would end: people, grants and tokens.

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, FromQueryResult, Value};
use types::{
    client::Impact,
    grant::GrantStatus,
    id::{OrganizationId, ProductId, UserId},
};

use crate::{
    clock::Millis,
    db::{
        database::{CHUNK, sql},
        listing,
    },
    error::Result,
};

/// Counts what is connected through these clients: people, live grants, and tokens that work.
pub async fn of_clients(db: &impl ConnectionTrait, client_ids: &[&str], now: Millis) -> Result<Impact> {
    let mut users = HashSet::new();
    let (mut grants, mut tokens) = (0_u64, 0_i64);
    for chunk in client_ids.chunks(CHUNK) {
        let places: Vec<String> = (3..=chunk.len() + 2).map(|place| format!("${place}")).collect();
        let query = format!(
            "SELECT g.user_id, ({LIVE_TOKENS}) AS tokens FROM grants g
            WHERE g.client_id IN ({}) AND g.status = $2",
            places.join(", ")
        );
        let fixed = [now.into(), GrantStatus::Active.into()];
        let values = fixed.into_iter().chain(chunk.iter().map(|&id| id.into()));
        for row in GrantRow::find_by_statement(sql(db, &query, values)).all(db).await? {
            users.insert(row.user_id);
            grants += 1;
            tokens += row.tokens;
        }
    }
    let (clients, users) = (client_ids.len() as u64, users.len() as u64);
    Ok(Impact { clients, users, grants, tokens: u64::try_from(tokens).unwrap_or(0) })
}

/// What hangs on a live grant.
#[derive(FromQueryResult)]
struct GrantRow {
    user_id: String,
    tokens: i64,
}

/// The tokens of a grant `g` that have not yet ended at `$1`.
const LIVE_TOKENS: &str =
    "(SELECT COUNT(*) FROM refresh_tokens WHERE grant_id = g.id AND rotated_at IS NULL AND expires_at > $1)
    + (SELECT COUNT(*) FROM refresh_tokens r WHERE r.grant_id = g.id AND r.access_expires_at > $1
        AND NOT EXISTS (SELECT 1 FROM revoked_tokens v WHERE v.jti = r.access_jti))
    + (SELECT COUNT(*) FROM service_tokens o WHERE o.grant_id = g.id AND o.expires_at > $1
        AND NOT EXISTS (SELECT 1 FROM revoked_tokens v WHERE v.jti = o.jti))
    + (SELECT COUNT(*) FROM codes c WHERE c.grant_id = g.id AND c.access_expires_at > $1
        AND NOT EXISTS (SELECT 1 FROM revoked_tokens v WHERE v.jti = c.access_jti)
        AND NOT EXISTS (SELECT 1 FROM refresh_tokens r WHERE r.access_jti = c.access_jti AND r.grant_id = g.id))";

/// Grants that have something in common.
#[derive(Clone, Copy, Debug)]
pub enum GrantsOf<'a> {
    /// Of a person in an organization.
    Member(&'a OrganizationId, &'a UserId),
    /// To a product.
    Product(&'a ProductId),
    /// In an organization.
    Organization(&'a OrganizationId),
    /// Of a person.
    User(&'a UserId),
}

/// Counts what is connected through these grants: people, live grants, and tokens that work.
pub async fn of_grants(db: &impl ConnectionTrait, which: GrantsOf<'_>, now: Millis) -> Result<Impact> {
    let (condition, values): (&str, Vec<Value>) = match which {
        GrantsOf::Member(organization, user) => {
            ("g.organization_id = $3 AND g.user_id = $4", vec![organization.into(), user.into()])
        }
        GrantsOf::Product(product) => ("g.product_id = $3", vec![product.into()]),
        GrantsOf::Organization(organization) => ("g.organization_id = $3", vec![organization.into()]),
        GrantsOf::User(user) => ("g.user_id = $3", vec![user.into()]),
    };
    let query = format!(
        "SELECT g.user_id, COUNT(*) AS grants, CAST(SUM({LIVE_TOKENS}) AS BIGINT) AS tokens
        FROM grants g WHERE {condition} AND g.status = $2 GROUP BY g.user_id"
    );
    let fixed = [now.into(), GrantStatus::Active.into()];
    let people =
        PersonRow::find_by_statement(sql(db, &query, fixed.into_iter().chain(values))).all(db).await?;
    let sum = |of: fn(&PersonRow) -> i64| people.iter().map(of).sum::<i64>().unsigned_abs();
    Ok(Impact {
        clients: 0,
        users: people.len() as u64,
        grants: sum(|person| person.grants),
        tokens: sum(|person| person.tokens),
    })
}

/// The live grants of a person, and the tokens of them.
#[derive(FromQueryResult)]
struct PersonRow {
    grants: i64,
    tokens: i64,
}

/// Number of access and refresh tokens of a grant that have not yet ended: what its revocation makes worthless.
pub async fn live_tokens(db: &impl ConnectionTrait, id: &str, now: Millis) -> Result<u64> {
    let query = format!("SELECT {LIVE_TOKENS} AS live FROM grants g WHERE g.id = $2");
    listing::count(db, sql(db, &query, [now.into(), id.into()])).await
}
