//! What whoever runs the server does on the command line: nobody's right is asked for, and the record names nobody.

use types::{
    client::Impact,
    failure::Failure,
    id::{OrganizationId, ProductId, UserId},
    role::OrgRole,
};

use super::{
    endings::{self, By},
    user_administration,
};
use crate::{
    accounts::users::{self, NewUser},
    audit::{self, Action, Event},
    clock::Millis,
    db::Database,
    error::Result,
    workspaces::{
        members::{self, Roles},
        organizations, product_settings, products,
    },
};

/// Adds an account.
pub async fn create_user(db: &Database, user: NewUser, now: Millis) -> Result<UserId> {
    let transaction = db.begin().await?;
    let id = users::add(&transaction, user, now).await?;
    let event = Event { detail: Some(&id), ..Event::default() };
    audit::record(&transaction, Action::UserCreated, event, now).await?;
    transaction.commit().await?;
    Ok(id)
}

/// Keeps a person from signing in, or lets them again.
pub async fn set_disabled(db: &Database, user_id: &UserId, disabled: bool, now: Millis) -> Result<()> {
    let transaction = db.begin().await?;
    let event = Event { detail: Some(user_id), ..Event::default() };
    user_administration::switch(&transaction, event, user_id, disabled, now).await?;
    transaction.commit().await
}

/// Deletes an account.
///
/// # Errors
/// As [`endings::end_account`].
pub async fn delete_user(db: &Database, user_id: &UserId, now: Millis) -> Result<(), Failure> {
    let transaction = db.begin().await?;
    let ended = endings::end_account(&transaction, By::default(), user_id, now).await;
    transaction.conclude(ended).await
}

/// Adds an organization, with an owner if one is given. Gives its id and its slug.
pub async fn create_organization(
    db: &Database,
    name: &str,
    owner: Option<&UserId>,
    now: Millis,
) -> Result<(OrganizationId, String)> {
    let transaction = db.begin().await?;
    let (id, slug) = organizations::add(&transaction, name, now).await?;
    if let Some(owner) = owner {
        products::set_membership(&transaction, &id, owner, OrgRole::Owner, now).await?;
    }
    let event = Event { organization_id: Some(&id), detail: Some(name), ..Event::default() };
    audit::record(&transaction, Action::OrganizationCreated, event, now).await?;
    transaction.commit().await?;
    Ok((id, slug))
}

/// Deletes an organization with its products, their data and all access.
///
/// # Errors
/// [`Failure::NotFound`] when it is gone.
pub async fn delete_organization(db: &Database, id: &OrganizationId, now: Millis) -> Result<Impact, Failure> {
    let transaction = db.begin().await?;
    let ended = endings::end_organization(&transaction, By::default(), id, None, now).await;
    transaction.conclude(ended).await
}

/// Adds a product to an organization. Gives its id and its slug.
pub async fn create_product(
    db: &Database,
    organization_id: &OrganizationId,
    name: &str,
    now: Millis,
) -> Result<(ProductId, String)> {
    let transaction = db.begin().await?;
    organizations::lock(&transaction, organization_id).await?;
    let (id, slug) = product_settings::add(&transaction, organization_id, name, now).await?;
    let event = Event { organization_id: Some(organization_id), detail: Some(name), ..Event::default() };
    audit::record(&transaction, Action::ProductCreated, event, now).await?;
    transaction.commit().await?;
    Ok((id, slug))
}

/// Makes a person a member of an organization, or gives them more roles.
pub async fn add_member(
    db: &Database,
    organization_id: &OrganizationId,
    user_id: &UserId,
    roles: &Roles,
    now: Millis,
) -> Result<()> {
    let transaction = db.begin().await?;
    organizations::lock(&transaction, organization_id).await?;
    members::join(&transaction, organization_id, user_id, roles, now).await?;
    let event = Event { organization_id: Some(organization_id), detail: Some(user_id), ..Event::default() };
    audit::record(&transaction, Action::MemberJoined, event, now).await?;
    transaction.commit().await
}

/// Ends a membership, with the access that the person gave apps there.
///
/// # Errors
/// As [`endings::end_membership`].
pub async fn remove_member(
    db: &Database,
    organization_id: &OrganizationId,
    user_id: &UserId,
    now: Millis,
) -> Result<Impact, Failure> {
    let transaction = db.begin().await?;
    let ended = endings::end_membership(&transaction, By::default(), organization_id, user_id, now).await;
    transaction.conclude(ended).await
}
