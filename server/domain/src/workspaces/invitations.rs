//! Invitations: links that make somebody a member, once.

use std::collections::BTreeMap;

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, PaginatorTrait,
    QueryFilter, QueryOrder, sea_query::Expr,
};
use types::{
    failure::Failure,
    id::{InvitationId, OrganizationId, ProductId, UserId},
    paths,
    role::{OrgRole, ProductRole},
    workspace::InvitationRow,
};

use super::{
    members::{self, Roles},
    organizations::{self, event},
};
use crate::{
    Domain,
    accounts::email,
    actor::Actor,
    audit::{self, Action},
    clock::{DAY, Millis},
    crypto::{
        id,
        secret::{HashedSecret, PlainSecret, SecretKind},
    },
    db::{database::sql, pieces::Pieces},
    error::{Error, Result},
    mail::Mail,
    workspaces::tables::invitation::{self, Column, Entity},
};

/// Most invitations of an organization that wait.
const WAITING_MAX: u64 = 500;
/// The times for which an invitation may be open.
pub const LIFETIMES: [Millis; 3] = [DAY, 7 * DAY, 30 * DAY];

/// An invitation to be made.
#[derive(Clone, Debug, Default)]
pub struct NewInvitation {
    /// The address that the link is sent to; empty for a link alone.
    pub email: String,
    /// The roles of whoever comes.
    pub roles: Roles,
    /// The time for which it is open: one of [`LIFETIMES`].
    pub lifetime: Millis,
}

/// Makes an invitation. Gives its link, which nobody can read later.
pub async fn create(
    domain: &Domain,
    actor: &Actor,
    organization: &str,
    new: &NewInvitation,
) -> Result<String, Failure> {
    let membership = organizations::managed(domain, actor, organization).await?;
    let role = new.roles.role.unwrap_or(OrgRole::Member);
    members::may_touch(membership.role, role)?;
    let email = if new.email.trim().is_empty() { None } else { Some(email::typed(&new.email)?) };
    if !LIFETIMES.contains(&new.lifetime) {
        let message = "Choose one of the times.".to_owned();
        return Err(Failure::Invalid { field: "lifetime".to_owned(), message });
    }
    domain.limits.change.take(&actor.viewer.user_id)?;
    if let Some(email) = &email {
        domain.limits.mail.take(email)?;
    }
    let now = domain.clock.now();
    let transaction = domain.db.begin().await?;
    let waiting = Entity::find()
        .filter(Column::OrganizationId.eq(&membership.id))
        .filter(Column::AcceptedAt.is_null())
        .count(&transaction)
        .await
        .map_err(Error::from)?;
    if waiting >= WAITING_MAX {
        let full = "Too many invitations wait. Withdraw some of them first.".to_owned();
        return transaction.refuse(Failure::Forbidden(full)).await;
    }
    let mut roles = BTreeMap::new();
    for (product_id, product_role) in &new.roles.products {
        if !members::is_of(&transaction, &membership.id, product_id).await? {
            return transaction.refuse(Failure::NotFound).await;
        }
        roles.extend(product_role.map(|product_role| (product_id.to_string(), product_role.as_str())));
    }
    let token = PlainSecret::generate(SecretKind::Invitation);
    let invitation_id: InvitationId = id::typed(now);
    let row = invitation::ActiveModel {
        id: Set(invitation_id.clone()),
        token_hash: Set(token.hashed().into_string()),
        organization_id: Set(membership.id.clone()),
        role: Set(role),
        product_roles: Set(serde_json::json!(roles)),
        email: Set(email.clone()),
        invited_by: Set(actor.viewer.user_id.clone()),
        created_at: Set(now),
        expires_at: Set(now + new.lifetime),
        accepted_at: Set(None),
    };
    Entity::insert(row).exec_without_returning(&transaction).await.map_err(Error::from)?;
    let event = event(actor, &membership.id, Some(&invitation_id));
    audit::record(&transaction, Action::MemberInvited, event, now).await?;
    transaction.commit().await?;
    let link = domain.config.url(&paths::invite(token.expose()));
    if let Some(email) = &email {
        let days = new.lifetime / DAY;
        let text = format!(
            "{} invites you to {} on Gatepass. Open this link within {} to join:\n\n{link}\n",
            actor.viewer.name,
            membership.name,
            if days == 1 { "a day".to_owned() } else { format!("{days} days") }
        );
        let subject = format!("Invitation to {}", membership.name);
        domain.mail.post(Mail { to: email, subject: &subject, text }, now);
    }
    Ok(link)
}

/// An invitation that is open.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// `inv_…`.
    pub id: InvitationId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The roles of whoever comes.
    pub roles: Roles,
    /// The address that it was sent to.
    pub email: Option<String>,
    /// The one who invited.
    pub invited_by: UserId,
}

/// The open invitation that this link is of.
///
/// # Errors
/// [`Error::Corrupt`] for roles that the program does not write.
pub async fn lookup(
    db: &impl ConnectionTrait,
    token: &HashedSecret,
    now: Millis,
) -> Result<Option<Invitation>> {
    let row = Entity::find()
        .filter(Column::TokenHash.eq(token.as_str()))
        .filter(Column::AcceptedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .one(db)
        .await?;
    row.map(|row| {
        Ok(Invitation {
            roles: Roles {
                role: Some(row.role),
                products: read(&row.product_roles)?.into_iter().map(|(id, role)| (id, Some(role))).collect(),
            },
            id: row.id,
            organization_id: row.organization_id,
            email: row.email,
            invited_by: row.invited_by,
        })
    })
    .transpose()
}

fn read(stored: &serde_json::Value) -> Result<Vec<(ProductId, ProductRole)>> {
    let corrupt = || Error::Corrupt { column: "invitations.product_roles", value: stored.to_string() };
    let roles: BTreeMap<ProductId, ProductRole> =
        serde_json::from_value(stored.clone()).map_err(|_| corrupt())?;
    Ok(roles.into_iter().collect())
}

/// Uses an invitation up. `false` when somebody else was faster, or it was withdrawn.
pub async fn consume(db: &impl ConnectionTrait, id: &InvitationId, now: Millis) -> Result<bool> {
    let used = Entity::update_many()
        .col_expr(Column::AcceptedAt, Expr::value(now))
        .filter(Column::Id.eq(id))
        .filter(Column::AcceptedAt.is_null())
        .filter(Column::ExpiresAt.gt(now))
        .exec(db)
        .await?;
    Ok(used.rows_affected == 1)
}

/// Makes an invitation void. Doing it twice is no error.
pub async fn withdraw(
    domain: &Domain,
    actor: &Actor,
    organization: &str,
    id: &InvitationId,
) -> Result<(), Failure> {
    let membership = organizations::managed(domain, actor, organization).await?;
    domain.limits.change.take(&actor.viewer.user_id)?;
    let transaction = domain.db.begin().await?;
    let one = Entity::delete_many()
        .filter(Column::Id.eq(id))
        .filter(Column::OrganizationId.eq(&membership.id))
        .filter(Column::AcceptedAt.is_null());
    if one.exec(&transaction).await.map_err(Error::from)?.rows_affected == 1 {
        let event = event(actor, &membership.id, Some(id));
        audit::record(&transaction, Action::InvitationWithdrawn, event, domain.clock.now()).await?;
    }
    Ok(transaction.commit().await?)
}

/// A row of [`waiting`].
#[derive(FromQueryResult)]
struct Row {
    id: String,
    role: OrgRole,
    product_roles: serde_json::Value,
    email: Option<String>,
    invited_by: String,
    created_at: Millis,
    expires_at: Millis,
}

/// The invitations of an organization that wait, the latest first.
pub(super) async fn waiting(
    db: &impl ConnectionTrait,
    organization_id: &OrganizationId,
    now: Millis,
) -> Result<Vec<InvitationRow>> {
    let query =
        "SELECT i.id, i.role, i.product_roles, i.email, u.name AS invited_by, i.created_at, i.expires_at
        FROM invitations i JOIN users u ON u.id = i.invited_by
        WHERE i.organization_id = $1 AND i.accepted_at IS NULL AND i.expires_at > $2
        ORDER BY i.created_at DESC, i.id DESC";
    let rows = Row::find_by_statement(sql(db, query, [organization_id.into(), now.into()])).all(db).await?;
    let mut waiting = Vec::with_capacity(rows.len());
    for row in rows {
        waiting.push(InvitationRow {
            products: names(db, &read(&row.product_roles)?).await?,
            id: row.id,
            role: row.role,
            email: row.email,
            invited_by: row.invited_by,
            created_at: row.created_at,
            expires_at: row.expires_at,
        });
    }
    Ok(waiting)
}

/// The names of products, with the role in each; without those that are gone.
pub(crate) async fn names(
    db: &impl ConnectionTrait,
    roles: &[(ProductId, ProductRole)],
) -> Result<Vec<(String, ProductRole)>> {
    let mut named = Vec::with_capacity(roles.len());
    for (id, role) in roles {
        let product = super::products::lookup_product(db, id).await?;
        named.extend(product.map(|product| (product.product, *role)));
    }
    Ok(named)
}

/// Removes all invitations of an organization.
pub(super) async fn remove_of(db: &impl ConnectionTrait, organization_id: &OrganizationId) -> Result<()> {
    Entity::delete_many().filter(Column::OrganizationId.eq(organization_id)).exec(db).await?;
    Ok(())
}

/// Removes invitations that have ended.
pub async fn remove_expired(pieces: Pieces<'_>, now: Millis) -> Result<()> {
    let expired = Entity::find().filter(Column::ExpiresAt.lte(now));
    pieces.remove(expired.order_by_asc(Column::ExpiresAt)).await
}
