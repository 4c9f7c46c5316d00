//! The Apps tab.

use types::{
    apps::{APPS_PER_PAGE, AppsPage, AppsQuery, GrantDetails, Revoked},
    failure::Failure,
    grant::{GrantStatus, RevokeReason},
    id::GrantId,
};

use crate::{
    Domain,
    actor::Actor,
    audit::{activity, events::About},
    db::listing::turn_back,
    error::Error,
    grants::{
        self, Grant,
        life::{self, Revocation},
    },
    oauth::redirect_uri,
    views::{connected_apps, impact},
    workspaces::products,
};

/// The grants of an organization that the viewer may see: all for owners and admins, their own for members.
pub async fn list(
    domain: &Domain,
    actor: &Actor,
    organization: &str,
    query: &AppsQuery,
) -> Result<AppsPage, Failure> {
    let now = domain.clock.now();
    let membership = products::organization_by_slug(domain.db.read(), &actor.viewer.user_id, organization)
        .await?
        .ok_or(Failure::NotFound)?;
    let sees_all = membership.role.manages();
    let only = (!sees_all).then_some(&actor.viewer.user_id);
    let db = domain.db.lists();
    let mut query = query.clone();
    let mut found = connected_apps::list(db, &membership.id, only, &query, now).await?;
    if let Some(last) = turn_back(&found, query.page, APPS_PER_PAGE) {
        query.page = last;
        found = connected_apps::list(db, &membership.id, only, &query, now).await?;
    }
    Ok(AppsPage {
        page: query.page.max(1),
        organization: membership.name,
        sees_all,
        rows: found.rows,
        total: found.total,
        total_unfiltered: found.total_unfiltered,
        csrf: domain.form_token(&actor.viewer.user_id),
        now,
    })
}

/// One grant with what happened to it; the viewer's own, or of an organization that they manage.
pub async fn details(
    domain: &Domain,
    actor: &Actor,
    grant_id: &GrantId,
    activity_page: u64,
) -> Result<GrantDetails, Failure> {
    let now = domain.clock.now();
    let grant = visible_grant(domain, actor, grant_id).await?;
    let read = domain.db.read();
    let row = connected_apps::lookup(read, &grant.id).await?;
    let uris = connected_apps::redirect_uris(read, &grant.client_id).await?;
    let standing = products::standing_of(read, &actor.viewer.user_id).await?;
    let live = grant.status.is_live();
    domain.usage.settle_tokens(&domain.db).await;
    let tokens = impact::live_tokens(read, &grant.id, now).await?;
    Ok(GrantDetails {
        row: row.ok_or(Failure::NotFound)?,
        redirect_hosts: redirect_uri::hosts(&uris),
        live_tokens: if live { tokens } else { 0 },
        activity: activity::page(&domain.db, actor, &standing, About::Grant(&grant.id), activity_page)
            .await?,
        now,
    })
}

/// Revokes a grant permanently, with `alike` also the others of the same person, app and product. Doing it twice is no
/// error.
pub async fn revoke(
    domain: &Domain,
    actor: &Actor,
    grant_id: &GrantId,
    alike: bool,
) -> Result<Revoked, Failure> {
    let now = domain.clock.now();
    let grant = visible_grant(domain, actor, grant_id).await?;
    domain.usage.settle_tokens(&domain.db).await;
    let tokens = revoke_grants(domain, actor, &grant, alike, now).await?;
    Ok(Revoked { at: now, by: actor.viewer.name.clone(), tokens })
}

/// The grant, if it is the viewer's own or of an organization that they manage. Pending ones are nobody's to see.
async fn visible_grant(domain: &Domain, actor: &Actor, grant_id: &GrantId) -> Result<Grant, Failure> {
    let grant = grants::lookup(domain.db.read(), grant_id).await?.ok_or(Failure::NotFound)?;
    let organizations = products::organizations_of(domain.db.read(), &actor.viewer.user_id).await?;
    let membership = organizations.iter().find(|membership| grant.is_of_organization(&membership.id));
    let shown = grant.status.is_live() || grant.status == GrantStatus::Revoked;
    let mine = grant.user_id == actor.viewer.user_id;
    if shown && (mine || membership.is_some_and(|membership| membership.role.manages())) {
        Ok(grant)
    } else {
        Err(Failure::NotFound)
    }
}

/// Revokes the grant, and those alike if they are meant too. Says how many tokens died.
async fn revoke_grants(
    domain: &Domain,
    actor: &Actor,
    grant: &Grant,
    alike: bool,
    now: i64,
) -> Result<u64, Error> {
    let transaction = domain.db.begin().await?;
    let grants = if alike { grants::alike(&transaction, grant).await? } else { vec![grant.clone()] };
    let mut died = 0;
    for grant in &grants {
        let tokens = impact::live_tokens(&transaction, &grant.id, now).await?;
        let revocation = Revocation {
            reason: RevokeReason::Person,
            by: Some(&actor.viewer.user_id),
            address: &actor.address,
        };
        if life::revoke(&transaction, grant, revocation, now).await? {
            died += tokens;
        }
    }
    transaction.commit().await?;
    Ok(died)
}
