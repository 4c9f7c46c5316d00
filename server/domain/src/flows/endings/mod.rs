//! What ends together: a membership, a product, an organization or an account, with the access that apps have there. Each
//! is counted first, and done in one transaction.

mod accounts;
mod members;
mod places;

use types::{client::Impact, failure::Failure, grant::RevokeReason, id::UserId};

pub use self::{
    accounts::{delete_account, delete_own_account, end_account, of_account},
    members::{end_membership, of_member, remove_member},
    places::{delete_organization, delete_product, end_organization, of_organization, of_product},
};
use crate::{
    actor::Actor,
    audit::Event,
    clock::Millis,
    db::Transaction,
    error::Error,
    grants::life::{self, Revocation},
    views::impact::{self, GrantsOf},
};

/// Something that is about to end, and what ends with it.
#[derive(Clone, Debug)]
pub struct Ending {
    /// Its name.
    pub name: String,
    /// People, grants and tokens.
    pub impact: Impact,
    /// Records of data that go.
    pub records: u64,
}

/// Somebody who ends something: a person from an address, or whoever has the command line.
#[derive(Clone, Copy, Debug, Default)]
pub struct By<'a> {
    user_id: Option<&'a UserId>,
    address: &'a str,
}

impl<'a> By<'a> {
    /// A person.
    fn of(actor: &'a Actor) -> Self {
        Self { user_id: Some(&actor.viewer.user_id), address: &actor.address }
    }

    const fn event(self) -> Event<'a> {
        Event {
            actor_id: self.user_id,
            address: self.address,
            client_id: None,
            grant_id: None,
            organization_id: None,
            detail: None,
        }
    }

    const fn revocation(self, reason: RevokeReason) -> Revocation<'a> {
        Revocation { reason, by: self.user_id, address: self.address }
    }
}

/// Checks the name that a person typed to confirm.
fn is_name(typed: &str, name: &str) -> Result<(), Failure> {
    if typed.trim() == name {
        return Ok(());
    }
    Err(Failure::Invalid { field: "confirm".to_owned(), message: format!("Type {name} to confirm.") })
}

async fn end(
    transaction: &Transaction,
    by: By<'_>,
    which: GrantsOf<'_>,
    reason: RevokeReason,
    now: Millis,
) -> Result<Impact, Error> {
    let impact = impact::of_grants(transaction, which, now).await?;
    life::revoke_where(transaction, which, by.revocation(reason), now).await?;
    Ok(impact)
}
