//! Authorization requests that wait for a person's answer.

#[cfg(not(feature = "tables"))]
mod tables;
#[cfg(feature = "tables")]
pub mod tables;

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Statement, UpdateMany,
    sea_query::{Expr, SimpleExpr},
};
use types::{
    consent::RequestEnd,
    id::{ClientId, UserId},
    scope::{ResourceSet, ScopeSet},
};

use crate::{
    authorization_requests::tables::authorization_request,
    clock::Millis,
    crypto::secret::HashedSecret,
    db::{Database, Lists, database::sql, listing, pieces::Pieces},
    error::Result,
    oauth::{client::Client, pkce::Challenge},
};

/// Most requests of a person that wait at the same time.
pub const PERSON_MAX: u64 = 100;
/// Most requests that are remembered after they were answered or have expired.
pub const EMPTY_MAX: i64 = 100_000;

/// A checked authorization request.
#[derive(Clone, Debug)]
pub struct AuthorizationRequest {
    /// The hash of the cookie of the browser that made it.
    pub browser: HashedSecret,
    /// The one who asks.
    pub client_id: ClientId,
    /// The address that the answer goes to.
    pub redirect_uri: String,
    /// Goes back with the answer, byte for byte.
    pub state: Option<String>,
    /// The scopes that are asked for, expanded.
    pub scopes: ScopeSet,
    /// For which resources.
    pub resources: ResourceSet,
    /// The challenge that the code has to be redeemed with.
    pub challenge: Challenge,
}

impl AuthorizationRequest {
    /// The size of all that it holds until it is answered, in bytes.
    fn bytes(&self) -> i64 {
        let state = self.state.as_ref().map_or(0, String::len);
        i64::try_from(self.redirect_uri.len() + state).unwrap_or(i64::MAX)
    }
}

/// The person or stranger that made a request.
#[derive(Clone, Debug)]
pub enum AskedBy {
    /// A person who was signed in.
    Person(UserId),
    /// Somebody in a network, where that can be told.
    Stranger(Option<String>),
}

/// An authorization request as stored.
#[derive(Clone, Debug)]
pub struct StoredRequest {
    /// The request. Of one that holds nothing any more, only browser and client are left.
    pub request: AuthorizationRequest,
    /// The moment when it was made.
    pub created_at: Millis,
    /// The moment when it can no longer be answered.
    pub expires_at: Millis,
    /// Says if it was answered.
    pub answered: bool,
    /// Says if it still says what was asked, and where the answer goes.
    pub whole: bool,
}

impl StoredRequest {
    /// Says if the client became another app to people after it asked: what the person sees is not what asked.
    pub fn is_outdated(&self, client: &Client) -> bool {
        client.changed_at.is_some_and(|changed| changed > self.created_at)
    }

    /// Says if the request still waits for an answer.
    pub const fn is_open(&self, now: Millis) -> bool {
        self.whole && !self.answered && now < self.expires_at
    }

    /// Returns the end that a request came to which is not open.
    pub const fn end(&self, now: Millis) -> RequestEnd {
        match self.answered {
            true => RequestEnd::Answered,
            false if now < self.expires_at => RequestEnd::Superseded,
            false => RequestEnd::Expired,
        }
    }
}

/// Adds a request, which a person may answer for `lifetime`.
pub async fn add(
    db: &impl ConnectionTrait,
    handle: &HashedSecret,
    request: AuthorizationRequest,
    asked_by: AskedBy,
    lifetime: Millis,
    now: Millis,
) -> Result<()> {
    let bytes = request.bytes();
    let (user_id, network) = match asked_by {
        AskedBy::Person(user_id) => (Some(user_id), None),
        AskedBy::Stranger(network) => (None, network),
    };
    let row = authorization_request::ActiveModel {
        handle_hash: Set(handle.as_str().to_owned()),
        browser_hash: Set(request.browser.into_string()),
        client_id: Set(request.client_id),
        redirect_uri: Set(request.redirect_uri),
        state: Set(request.state),
        scopes: Set(request.scopes),
        resources: Set(request.resources),
        code_challenge: Set(request.challenge.as_str().to_owned()),
        created_at: Set(now),
        expires_at: Set(now + lifetime),
        answered_at: Set(None),
        user_id: Set(user_id),
        network: Set(network),
        bytes: Set(bytes),
    };
    authorization_request::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// The request with this handle, if this browser made it.
pub async fn lookup(
    db: &impl ConnectionTrait,
    handle: &HashedSecret,
    browser: &HashedSecret,
) -> Result<Option<StoredRequest>> {
    let row = authorization_request::Entity::find_by_id(handle.as_str())
        .filter(authorization_request::Column::BrowserHash.eq(browser.as_str()))
        .one(db)
        .await?;
    Ok(row.map(|row| StoredRequest {
        request: AuthorizationRequest {
            browser: browser.clone(),
            client_id: row.client_id,
            redirect_uri: row.redirect_uri,
            state: row.state,
            scopes: row.scopes,
            resources: row.resources,
            challenge: Challenge::stored(row.code_challenge),
        },
        created_at: row.created_at,
        expires_at: row.expires_at,
        answered: row.answered_at.is_some(),
        whole: row.bytes > 0,
    }))
}

/// Counts the requests of strangers that wait, all of them and those of one network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub struct Waiting {
    /// Requests of all.
    pub requests: i64,
    /// Their bytes.
    pub bytes: i64,
    /// Requests of the network.
    pub network_requests: i64,
    /// Their bytes.
    pub network_bytes: i64,
}

/// The requests that wait for people who were not signed in when they asked.
pub async fn waiting(db: &Lists, network: Option<&str>) -> Result<Waiting> {
    let waiting = Waiting::find_by_statement(waiting_statement(db, network)).one(db).await?;
    Ok(waiting.unwrap_or_default())
}

/// The query behind [`waiting`].
pub fn waiting_statement(db: &impl ConnectionTrait, network: Option<&str>) -> Statement {
    let query = "SELECT COUNT(*) AS requests, CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS bytes,
            COUNT(CASE WHEN network = $1 THEN 1 END) AS network_requests,
            CAST(COALESCE(SUM(CASE WHEN network = $1 THEN bytes END), 0) AS BIGINT) AS network_bytes
        FROM authorization_requests WHERE user_id IS NULL AND bytes > 0";
    sql(db, query, [network.map(str::to_owned).into()])
}

/// Takes what the oldest requests of a person hold, so that one more leaves no more than [`PERSON_MAX`].
pub async fn make_room(db: &Database, user_id: &UserId) -> Result<()> {
    let waiting = || {
        authorization_request::Entity::find()
            .filter(authorization_request::Column::UserId.eq(user_id))
            .filter(holding())
    };
    let many = waiting().count(db.read()).await?;
    if many < PERSON_MAX {
        return Ok(());
    }
    let oldest =
        waiting().order_by_asc(authorization_request::Column::CreatedAt).limit(many + 1 - PERSON_MAX);
    let hashes = oldest.select_only().column(authorization_request::Column::HandleHash);
    let hashes: Vec<String> = hashes.into_tuple().all(db.read()).await?;
    emptying().filter(authorization_request::Column::HandleHash.is_in(hashes)).exec(db.write()).await?;
    Ok(())
}

/// Picks requests that hold something, as the indexes have it.
fn holding() -> SimpleExpr {
    Expr::cust("bytes > 0")
}

/// Takes what requests hold: what was asked, and where the answer goes. What is left tells a late person which app it
/// was.
fn emptying() -> UpdateMany<authorization_request::Entity> {
    let nothing = || Expr::value("");
    authorization_request::Entity::update_many()
        .col_expr(authorization_request::Column::State, Expr::value(Option::<String>::None))
        .col_expr(authorization_request::Column::RedirectUri, nothing())
        .col_expr(authorization_request::Column::Scopes, nothing())
        .col_expr(authorization_request::Column::Resources, nothing())
        .col_expr(authorization_request::Column::CodeChallenge, nothing())
        .col_expr(authorization_request::Column::Bytes, Expr::value(0_i64))
}

/// Marks a request as answered; it holds nothing any more. `false` when somebody else did, or its time is over: then
/// nothing may be granted.
pub async fn consume(db: &impl ConnectionTrait, handle: &HashedSecret, now: Millis) -> Result<bool> {
    let done = emptying()
        .col_expr(authorization_request::Column::AnsweredAt, Expr::value(now))
        .filter(authorization_request::Column::HandleHash.eq(handle.as_str()))
        .filter(authorization_request::Column::AnsweredAt.is_null())
        .filter(holding())
        .filter(authorization_request::Column::ExpiresAt.gt(now))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Takes what requests hold whose time is over.
pub async fn empty_expired(pieces: Pieces<'_>, now: Millis) -> Result<()> {
    // As the index of those that hold something has it.
    let expired = authorization_request::Entity::find()
        .filter(Expr::cust("bytes <> 0"))
        .filter(authorization_request::Column::ExpiresAt.lte(now));
    pieces.change(emptying(), expired.order_by_asc(authorization_request::Column::ExpiresAt)).await
}

/// Forgets what these clients asked for.
pub async fn remove_of_clients(db: &impl ConnectionTrait, ids: &[&str]) -> Result<()> {
    let of_clients = authorization_request::Column::ClientId.is_in(ids.iter().copied());
    authorization_request::Entity::delete_many().filter(of_clients).exec(db).await?;
    Ok(())
}

/// Forgets requests whose time was over at `before`, and of those that hold nothing all but the newest [`EMPTY_MAX`].
pub async fn remove_expired(pieces: Pieces<'_>, before: Millis) -> Result<()> {
    let ended = |at: Millis| {
        let ended =
            authorization_request::Entity::find().filter(authorization_request::Column::ExpiresAt.lte(at));
        ended.order_by_asc(authorization_request::Column::ExpiresAt)
    };
    pieces.remove(ended(before)).await?;
    let read = pieces.db().lists();
    let oldest = "SELECT expires_at FROM authorization_requests ORDER BY expires_at DESC LIMIT 1 OFFSET $1";
    match listing::one(read, sql(read, oldest, [EMPTY_MAX.into()])).await? {
        Some(at) => pieces.remove(ended(at).filter(authorization_request::Column::Bytes.eq(0))).await,
        None => Ok(()),
    }
}

/// Forgets what these clients asked for, where the time for an answer was over at `before`.
pub async fn remove_ended_of_clients(pieces: Pieces<'_>, ids: &[ClientId], before: Millis) -> Result<()> {
    let ended = authorization_request::Entity::find()
        .filter(authorization_request::Column::ClientId.is_in(ids))
        .filter(authorization_request::Column::ExpiresAt.lte(before));
    pieces.remove(ended).await
}
