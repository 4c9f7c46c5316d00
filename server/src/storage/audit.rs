//! Audit events: who did what, when and from where.

use sea_orm::{ActiveModelTrait, ActiveValue::Set, ConnectionTrait};

use super::entities::audit_event;
use crate::{clock::Millis, crypto::id, error::Result};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// A client registered itself.
    ClientRegistered,
    /// A person let a client in.
    GrantAuthorized,
    /// A grant ended before its time; the detail says why.
    GrantRevoked,
}

impl Action {
    const fn as_str(self) -> &'static str {
        match self {
            Self::ClientRegistered => "client.registered",
            Self::GrantAuthorized => "grant.authorized",
            Self::GrantRevoked => "grant.revoked",
        }
    }
}

/// An event to be added.
#[derive(Clone, Debug, Default)]
pub struct Event<'a> {
    /// The person who did it, if one did.
    pub actor_id: Option<&'a str>,
    /// The network address it came from.
    pub address: &'a str,
    /// The client it is about.
    pub client_id: Option<&'a str>,
    /// The grant it is about.
    pub grant_id: Option<&'a str>,
    /// The organization it is about.
    pub organization_id: Option<&'a str>,
    /// More, in a few words.
    pub detail: Option<&'a str>,
}

/// Adds an event, in the transaction of what it tells.
///
/// # Errors
/// When the database refuses.
pub async fn record(db: &impl ConnectionTrait, action: Action, event: Event<'_>, now: Millis) -> Result<()> {
    let row = audit_event::ActiveModel {
        id: Set(id::new("evt", now)),
        at: Set(now),
        action: Set(action.as_str().to_owned()),
        actor_id: Set(event.actor_id.map(str::to_owned)),
        address: Set(event.address.to_owned()),
        client_id: Set(event.client_id.map(str::to_owned)),
        grant_id: Set(event.grant_id.map(str::to_owned)),
        organization_id: Set(event.organization_id.map(str::to_owned)),
        detail: Set(event.detail.map(str::to_owned)),
    };
    row.insert(db).await?;
    Ok(())
}
