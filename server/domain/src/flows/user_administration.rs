//! People and organizations for instance admins.

use types::{
    failure::Failure,
    id::UserId,
    people::{OrganizationRow, PEOPLE_PER_PAGE, PeoplePage, PeopleQuery, UserPage, UserRow},
};

use super::passwords as reset;
use crate::{
    Domain,
    accounts::{passwords, sessions, users},
    actor::Actor,
    audit::{self, Action, Event},
    clock::Millis,
    db::{
        Transaction,
        listing::{Page, turn_back},
    },
    error::Error,
    flows::endings,
    views::people,
    workspaces::products,
};

/// One page of everybody, the newest first. The last page stands for all that come after it.
pub async fn users(
    domain: &Domain,
    actor: &Actor,
    query: &PeopleQuery,
) -> Result<PeoplePage<UserRow>, Failure> {
    actor.viewer.must_administer()?;
    let db = domain.db.lists();
    let mut query = query.clone();
    let mut found = people::users(db, &query).await?;
    if let Some(last) = turn_back(&found, query.page, PEOPLE_PER_PAGE) {
        query.page = last;
        found = people::users(db, &query).await?;
    }
    Ok(page(domain, found, &query))
}

/// One page of all organizations, the newest first.
pub async fn organizations(
    domain: &Domain,
    actor: &Actor,
    query: &PeopleQuery,
) -> Result<PeoplePage<OrganizationRow>, Failure> {
    actor.viewer.must_administer()?;
    let db = domain.db.lists();
    let mut query = query.clone();
    let mut found = people::organizations(db, &query).await?;
    if let Some(last) = turn_back(&found, query.page, PEOPLE_PER_PAGE) {
        query.page = last;
        found = people::organizations(db, &query).await?;
    }
    Ok(page(domain, found, &query))
}

fn page<T>(domain: &Domain, found: Page<T>, query: &PeopleQuery) -> PeoplePage<T> {
    PeoplePage {
        rows: found.rows,
        total: found.total,
        total_unfiltered: found.total_unfiltered,
        page: query.page.max(1),
        now: domain.clock.now(),
    }
}

/// One person, with what they own.
pub async fn user(domain: &Domain, actor: &Actor, user_id: &UserId) -> Result<UserPage, Failure> {
    actor.viewer.must_administer()?;
    let now = domain.clock.now();
    let user = people::user(domain.db.lists(), user_id).await?.ok_or(Failure::NotFound)?;
    let organizations = products::organizations_of(domain.db.read(), user_id).await?;
    Ok(UserPage {
        own: *user_id == actor.viewer.user_id,
        organizations: organizations.into_iter().map(|found| (found.name, found.slug, found.role)).collect(),
        grants: people::live_grants_of(domain.db.lists(), user_id).await?,
        sessions: sessions::count(domain.db.read(), user_id, now).await?,
        user,
        now,
    })
}

/// Keeps a person from signing in, or lets them again. While it lasts nothing of theirs is accepted.
pub async fn set_disabled(
    domain: &Domain,
    actor: &Actor,
    user_id: &UserId,
    disabled: bool,
) -> Result<(), Failure> {
    actor.viewer.must_administer()?;
    if *user_id == actor.viewer.user_id {
        return Err(Failure::Forbidden("You cannot disable your own account.".to_owned()));
    }
    domain.limits.change.take(&actor.viewer.user_id)?;
    let now = domain.clock.now();
    let transaction = domain.db.begin().await?;
    users::lock_admins(&transaction).await?;
    let found = users::lock(&transaction, user_id).await?.filter(|user| user.deleted_at.is_none());
    let Some(found) = found else { return transaction.refuse(Failure::NotFound).await };
    if !still_administers(&transaction, actor).await? {
        return transaction.refuse(Failure::SignedOut).await;
    }
    if found.disabled_at.is_some() != disabled {
        switch(&transaction, about(actor, user_id), user_id, disabled, now).await?;
    }
    Ok(transaction.commit().await?)
}

/// Keeps a person from signing in, or lets them again, in a transaction, whoever may; `event` says who it is.
pub async fn switch(
    transaction: &Transaction,
    event: Event<'_>,
    user_id: &UserId,
    disabled: bool,
    now: Millis,
) -> Result<(), Error> {
    if disabled {
        users::disable(transaction, user_id, now).await?;
        sessions::remove_of(transaction, user_id, None).await?;
    } else {
        users::enable(transaction, user_id).await?;
    }
    let action = if disabled { Action::UserDisabled } else { Action::UserEnabled };
    audit::record(transaction, action, event, now).await
}

/// Makes a person an instance admin, or no longer, after the one who does it typed their password once more.
pub async fn set_instance_admin(
    domain: &Domain,
    actor: &Actor,
    user_id: &UserId,
    admin: bool,
    password: &str,
) -> Result<(), Failure> {
    actor.viewer.must_administer()?;
    passwords::prove(domain, &actor.viewer.user_id, "confirm", password).await?;
    domain.limits.change.take(&actor.viewer.user_id)?;
    let now = domain.clock.now();
    let transaction = domain.db.begin().await?;
    let admins = users::lock_admins(&transaction).await?;
    let found = users::lock(&transaction, user_id).await?.filter(|user| user.deleted_at.is_none());
    let Some(found) = found else { return transaction.refuse(Failure::NotFound).await };
    if !still_administers(&transaction, actor).await? {
        return transaction.refuse(Failure::SignedOut).await;
    }
    if !admin && found.instance_admin && found.disabled_at.is_none() && admins <= 1 {
        let sentence = "The last instance administrator stays. Make somebody else one first.".to_owned();
        return transaction.refuse(Failure::Forbidden(sentence)).await;
    }
    if found.instance_admin != admin {
        users::set_instance_admin(&transaction, user_id, admin).await?;
        let action = if admin { Action::AdminMade } else { Action::AdminUnmade };
        audit::record(&transaction, action, about(actor, user_id), now).await?;
    }
    Ok(transaction.commit().await?)
}

/// Says if who acts is an instance admin still, now that all of them are held: two may act against each other.
async fn still_administers(db: &impl sea_orm::ConnectionTrait, actor: &Actor) -> Result<bool, Failure> {
    let user = users::lookup(db, &actor.viewer.user_id).await?;
    Ok(user.is_some_and(|user| user.instance_admin && user.disabled_at.is_none()))
}

/// Makes a link that sets a new password of a person, to be handed over.
pub async fn reset_link(domain: &Domain, actor: &Actor, user_id: &UserId) -> Result<String, Failure> {
    actor.viewer.must_administer()?;
    let found = users::lookup(domain.db.read(), user_id).await?.filter(|user| user.deleted_at.is_none());
    found.ok_or(Failure::NotFound)?;
    domain.limits.change.take(&actor.viewer.user_id)?;
    let event = Event { detail: None, ..about(actor, user_id) };
    let token = reset::new_link(&domain.db, user_id, event, domain.clock.now()).await?;
    Ok(domain.config.url(&types::paths::with_token(types::paths::RESET, token.expose())))
}

/// Deletes the account of a person.
pub async fn delete(domain: &Domain, actor: &Actor, user_id: &UserId) -> Result<(), Failure> {
    actor.viewer.must_administer()?;
    if *user_id == actor.viewer.user_id {
        return Err(Failure::Forbidden("Delete your own account under Settings.".to_owned()));
    }
    domain.limits.change.take(&actor.viewer.user_id)?;
    endings::delete_account(domain, actor, user_id).await
}

fn about<'a>(actor: &'a Actor, user_id: &'a UserId) -> Event<'a> {
    Event {
        actor_id: Some(&actor.viewer.user_id),
        address: &actor.address,
        detail: Some(user_id),
        ..Event::default()
    }
}
