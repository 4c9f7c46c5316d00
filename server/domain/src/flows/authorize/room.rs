//! Room for requests that wait for an answer. Strangers share a bound, of which each network has a part, so that one
//! cannot use it up; people who are signed in have room of their own.

use super::Refusal;
use crate::{
    Domain,
    actor::Visit,
    authorization_requests::{self, AskedBy, Waiting},
    clock::MINUTE,
    rate_limit::TooMany,
};

/// The part of what waits that one network may hold: one in so many.
const NETWORK_PART: i64 = 10;

/// The one who asks, if there is room for one more request of theirs. People who are signed in always have some: their
/// oldest requests make it.
pub(super) async fn make(domain: &Domain, visit: &Visit) -> Result<AskedBy, Refusal> {
    if let Some(viewer) = &visit.viewer {
        authorization_requests::make_room(&domain.db, &viewer.user_id).await?;
        return Ok(AskedBy::Person(viewer.user_id.clone()));
    }
    let network = domain.limits.network(&visit.address);
    let limits = &domain.config.options.limits;
    let (requests, bytes) =
        (i64::from(limits.waiting_requests_max), i64::from(limits.waiting_requests_max_bytes));
    let waiting = authorization_requests::waiting(domain.db.lists(), network.as_deref()).await?;
    let Waiting { network_requests, network_bytes, .. } = waiting;
    if waiting.requests >= requests || waiting.bytes >= bytes {
        return Err(Refusal::Full);
    }
    if network_requests * NETWORK_PART >= requests || network_bytes * NETWORK_PART >= bytes {
        return Err(Refusal::TooMany(TooMany { wait: MINUTE }));
    }
    Ok(AskedBy::Stranger(network))
}
