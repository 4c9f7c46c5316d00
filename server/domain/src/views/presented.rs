//! What a client brings to the token endpoint, read together with the grant that it belongs to.

use sea_orm::{ConnectionTrait, DatabaseBackend, FromQueryResult};
use types::scope::ResourceSet;

use super::live_grants::{COLUMNS, LiveGrant, Row, TABLES};
use crate::{clock::Millis, db::database::sql, error::Result};

/// An authorization code.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Code {
    /// Its hash.
    pub hash: String,
    /// The address that it was sent to.
    pub redirect_uri: String,
    /// The challenge that it has to be redeemed with.
    pub code_challenge: String,
    /// The moment when it ends.
    pub expires_at: Millis,
    /// The moment when it was exchanged.
    pub consumed_at: Option<Millis>,
}

/// A refresh token.
#[derive(Clone, Debug, FromQueryResult)]
pub struct RefreshToken {
    /// Its hash.
    pub hash: String,
    /// The resources of the access token that was issued with it.
    pub token_resources: ResourceSet,
    /// The moment when it ends if it is not used.
    pub expires_at: Millis,
    /// The moment when its family ends.
    pub family_expires_at: Millis,
    /// The moment when it was replaced.
    pub rotated_at: Option<Millis>,
    /// The sealed answer for those who ask again.
    pub replay: Option<String>,
    /// Number of times that it was given again.
    pub replay_count: i64,
    /// Number of tokens of its family that came before it.
    pub generation: i64,
}

const OF_CODE: &str = "k.hash, k.redirect_uri, k.code_challenge, k.expires_at, k.consumed_at";
const OF_TOKEN: &str =
    "k.hash, k.resources AS token_resources, k.expires_at, k.family_expires_at, k.rotated_at,
    k.replay, k.replay_count, k.generation";

/// The code with this hash and the grant that it opens; inside a transaction nobody else changes the code until the end.
pub async fn lock_code(db: &impl ConnectionTrait, hash: &str) -> Result<Option<(LiveGrant, Code)>> {
    let query = format!(
        "SELECT {COLUMNS}, {OF_CODE} FROM codes k JOIN grants g ON g.id = k.grant_id {TABLES}
        WHERE k.hash = $1 {}",
        locking(db)
    );
    let row = RowOfCode::find_by_statement(sql(db, &query, [hash.into()])).one(db).await?;
    Ok(row.map(|row| (row.grant.into(), row.code)))
}

/// The refresh token with this hash and its grant; inside a transaction nobody else changes the token until the end.
pub async fn lock_refresh_token(
    db: &impl ConnectionTrait,
    hash: &str,
) -> Result<Option<(LiveGrant, RefreshToken)>> {
    refresh_token(db, hash, locking(db)).await
}

/// The refresh token with this hash and its grant.
pub async fn lookup_refresh_token(
    db: &impl ConnectionTrait,
    hash: &str,
) -> Result<Option<(LiveGrant, RefreshToken)>> {
    refresh_token(db, hash, "").await
}

async fn refresh_token(
    db: &impl ConnectionTrait,
    hash: &str,
    locking: &str,
) -> Result<Option<(LiveGrant, RefreshToken)>> {
    let query = format!(
        "SELECT {COLUMNS}, {OF_TOKEN} FROM refresh_tokens k JOIN grants g ON g.id = k.grant_id {TABLES}
        WHERE k.hash = $1 {locking}"
    );
    let row = RowOfToken::find_by_statement(sql(db, &query, [hash.into()])).one(db).await?;
    Ok(row.map(|row| (row.grant.into(), row.token)))
}

fn locking(db: &impl ConnectionTrait) -> &'static str {
    if db.get_database_backend() == DatabaseBackend::Postgres { "FOR UPDATE OF k" } else { "" }
}

#[derive(FromQueryResult)]
struct RowOfCode {
    #[sea_orm(nested)]
    grant: Row,
    #[sea_orm(nested)]
    code: Code,
}

#[derive(FromQueryResult)]
struct RowOfToken {
    #[sea_orm(nested)]
    grant: Row,
    #[sea_orm(nested)]
    token: RefreshToken,
}
