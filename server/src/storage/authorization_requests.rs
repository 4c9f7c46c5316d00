//! Authorization requests that wait for a person's answer.

use app::types::scope::ScopeSet;
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    sea_query::Expr,
};

use super::entities::authorization_request;
use crate::{
    clock::Millis,
    crypto::secret::HashedSecret,
    error::Result,
    oauth::{client::Client, pkce::Challenge, resource::DoorSet},
};

/// A checked authorization request.
#[derive(Clone, Debug)]
pub struct AuthorizationRequest {
    /// The hash of the cookie of the browser that made it.
    pub browser: HashedSecret,
    /// Who asks.
    pub client_id: String,
    /// Where the answer goes.
    pub redirect_uri: String,
    /// Goes back with the answer, byte for byte.
    pub state: Option<String>,
    /// What is asked for, expanded.
    pub scopes: ScopeSet,
    /// For which resources.
    pub resources: DoorSet,
    /// What the code has to be redeemed with.
    pub challenge: Challenge,
}

/// An authorization request as stored.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The request.
    pub request: AuthorizationRequest,
    /// When it was made.
    pub created_at: Millis,
    /// When it can no longer be answered.
    pub expires_at: Millis,
    /// Whether it was answered.
    pub answered: bool,
}

impl Stored {
    /// Whether the client became another app to people after it asked: what the person sees is not what asked.
    pub fn is_outdated(&self, client: &Client) -> bool {
        client.changed_at.is_some_and(|changed| changed > self.created_at)
    }

    /// Whether the request still waits for an answer.
    pub const fn is_open(&self, now: Millis) -> bool {
        !self.answered && now < self.expires_at
    }
}

/// Adds a request, which a person may answer for `lifetime`.
///
/// # Errors
/// When the database refuses.
pub async fn add(
    db: &impl ConnectionTrait,
    handle: &HashedSecret,
    request: AuthorizationRequest,
    lifetime: Millis,
    now: Millis,
) -> Result<()> {
    let row = authorization_request::ActiveModel {
        handle_hash: Set(handle.as_str().to_owned()),
        browser_hash: Set(request.browser.into_string()),
        client_id: Set(request.client_id),
        redirect_uri: Set(request.redirect_uri),
        state: Set(request.state),
        scopes: Set(request.scopes.to_string()),
        resources: Set(request.resources.stored()),
        code_challenge: Set(request.challenge.as_str().to_owned()),
        created_at: Set(now),
        expires_at: Set(now + lifetime),
        answered_at: Set(None),
    };
    row.insert(db).await?;
    Ok(())
}

/// The request with this handle, if this browser made it.
///
/// # Errors
/// When the database refuses.
pub async fn lookup(
    db: &impl ConnectionTrait,
    handle: &HashedSecret,
    browser: &HashedSecret,
) -> Result<Option<Stored>> {
    let row = authorization_request::Entity::find_by_id(handle.as_str())
        .filter(authorization_request::Column::BrowserHash.eq(browser.as_str()))
        .one(db)
        .await?;
    Ok(row.map(|row| Stored {
        request: AuthorizationRequest {
            browser: browser.clone(),
            client_id: row.client_id,
            redirect_uri: row.redirect_uri,
            state: row.state,
            scopes: ScopeSet::parse_known(&row.scopes),
            resources: DoorSet::from_stored(&row.resources),
            challenge: Challenge::stored(row.code_challenge),
        },
        created_at: row.created_at,
        expires_at: row.expires_at,
        answered: row.answered_at.is_some(),
    }))
}

/// Marks a request as answered. `false` when somebody else did, or its time is over: then nothing may be granted.
///
/// # Errors
/// When the database refuses.
pub async fn consume(db: &impl ConnectionTrait, handle: &HashedSecret, now: Millis) -> Result<bool> {
    let done = authorization_request::Entity::update_many()
        .col_expr(authorization_request::Column::AnsweredAt, Expr::value(now))
        .filter(authorization_request::Column::HandleHash.eq(handle.as_str()))
        .filter(authorization_request::Column::AnsweredAt.is_null())
        .filter(authorization_request::Column::ExpiresAt.gt(now))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Removes requests whose time is over.
///
/// # Errors
/// When the database refuses.
pub async fn remove_expired(db: &impl ConnectionTrait, before: Millis) -> Result<()> {
    authorization_request::Entity::delete_many()
        .filter(authorization_request::Column::ExpiresAt.lte(before))
        .exec(db)
        .await?;
    Ok(())
}
