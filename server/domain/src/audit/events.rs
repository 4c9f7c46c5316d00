//! Audit events, read back: what happened to a client or a grant.

use sea_orm::{ConnectionTrait, FromQueryResult, Statement};
use types::{
    activity::EVENTS_PER_PAGE,
    id::{OrganizationId, UserId},
};

use super::Action;
use crate::{
    clock::Millis,
    db::{
        database::sql,
        listing::{self, page},
    },
    error::Result,
};

/// An event with the names of what it is about.
#[derive(Clone, Debug, FromQueryResult)]
pub struct StoredEvent {
    /// The moment.
    pub at: Millis,
    /// The event.
    pub action: Action,
    /// More about it.
    pub detail: Option<String>,
    /// The person who did it.
    pub actor_id: Option<UserId>,
    /// Their name, as long as they have an account.
    pub actor: Option<String>,
    /// The network address it came from.
    pub address: String,
    /// The organization of the grant that it is about.
    pub organization_id: Option<OrganizationId>,
}

/// The subject of events.
#[derive(Clone, Copy, Debug)]
pub enum About<'a> {
    /// A client with its secrets and grants.
    Client(&'a str),
    /// One grant.
    Grant(&'a str),
}

impl<'a> About<'a> {
    const fn column(self) -> (&'static str, &'a str) {
        match self {
            Self::Client(id) => ("client_id", id),
            Self::Grant(id) => ("grant_id", id),
        }
    }
}

/// One page of events, newest first, and how many there are; `number` is from 1.
pub async fn list(
    db: &impl ConnectionTrait,
    about: About<'_>,
    number: u64,
) -> Result<(Vec<StoredEvent>, u64)> {
    let [events, count] = statements(db, about, number);
    let events = StoredEvent::find_by_statement(events).all(db).await?;
    Ok((events, listing::count(db, count).await?))
}

/// The two queries of [`list`].
pub fn statements(db: &impl ConnectionTrait, about: About<'_>, number: u64) -> [Statement; 2] {
    let (column, id) = about.column();
    let events = format!(
        "SELECT e.at, e.action, e.detail, e.actor_id, e.address, e.organization_id, u.name AS actor
        FROM audit_events e LEFT JOIN users u ON u.id = e.actor_id
        WHERE e.{column} = $1 ORDER BY e.id DESC LIMIT $2 OFFSET $3"
    );
    let [limit, offset] = page(number, EVENTS_PER_PAGE);
    let count = format!("SELECT COUNT(*) AS count FROM audit_events WHERE {column} = $1");
    [sql(db, &events, [id.into(), limit, offset]), sql(db, &count, [id.into()])]
}
