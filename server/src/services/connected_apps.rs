//! The Apps tab.

use std::sync::Arc;

use app::ports::{ConnectedApps, Visit};
use async_trait::async_trait;
use types::{
    apps::{AppsPage, AppsQuery, GrantDetails, Revoked},
    failure::Failure,
    person::Viewer,
};

use super::{activity, unavailable};
use domain::{
    clock::Clock,
    crypto::secret::sha256,
    error::Error,
    oauth::{
        grant::{GrantStatus, RevokeReason},
        redirect_uri,
    },
    storage::{
        Database,
        activity::About,
        clients, connected_apps,
        grants::{
            self, Grant,
            life::{self, Revocation},
        },
        impact, products,
    },
};

/// Ties the plain forms of pages to a session: nobody else can make them.
pub fn form_token(session: &str) -> String {
    sha256(format!("form\0{session}").as_bytes())
}

/// Implements [`ConnectedApps`].
pub struct ConnectedAppsService {
    /// The database.
    pub db: Database,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl ConnectedApps for ConnectedAppsService {
    async fn list(
        &self,
        viewer: &Viewer,
        organization: &str,
        query: &AppsQuery,
        session: &str,
    ) -> Result<AppsPage, Failure> {
        let now = self.clock.now();
        let seat = products::organization_by_slug(self.db.read(), &viewer.user_id, organization)
            .await
            .map_err(unavailable)?
            .ok_or(Failure::NotFound)?;
        let sees_all = seat.role.manages();
        let only = (!sees_all).then_some(viewer.user_id.as_str());
        let found =
            connected_apps::list(self.db.read(), &seat.id, only, query, now).await.map_err(unavailable)?;
        Ok(AppsPage {
            organization: seat.name,
            sees_all,
            rows: found.rows,
            total: found.total,
            total_unfiltered: found.total_unfiltered,
            csrf: form_token(session),
            now,
        })
    }

    async fn details(
        &self,
        viewer: &Viewer,
        grant_id: &str,
        activity_page: u64,
    ) -> Result<GrantDetails, Failure> {
        let now = self.clock.now();
        let grant = self.visible_grant(viewer, grant_id).await?;
        let read = self.db.read();
        let row = connected_apps::lookup(read, &grant.id).await.map_err(unavailable)?;
        let uris = clients::redirect_uris(read, &grant.client_id).await.map_err(unavailable)?;
        let live = grant.status.is_live();
        let tokens = impact::live_tokens(read, &grant.id, now).await.map_err(unavailable)?;
        Ok(GrantDetails {
            row: row.ok_or(Failure::NotFound)?,
            redirect_hosts: redirect_uri::hosts(&uris),
            live_tokens: if live { tokens } else { 0 },
            activity: activity::page(&self.db, viewer, About::Grant(&grant.id), activity_page).await?,
            now,
        })
    }

    async fn revoke(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        grant_id: &str,
        alike: bool,
    ) -> Result<Revoked, Failure> {
        let now = self.clock.now();
        let grant = self.visible_grant(viewer, grant_id).await?;
        let tokens = self.revoke_grants(visit, viewer, &grant, alike, now).await.map_err(unavailable)?;
        Ok(Revoked { at: now, by: viewer.name.clone(), tokens })
    }
}

impl ConnectedAppsService {
    /// The grant, if it is the viewer's own or of an organization that they manage. Pending ones are nobody's to see.
    async fn visible_grant(&self, viewer: &Viewer, grant_id: &str) -> Result<Grant, Failure> {
        let grant =
            grants::lookup(self.db.read(), grant_id).await.map_err(unavailable)?.ok_or(Failure::NotFound)?;
        let organizations =
            products::organizations_of(self.db.read(), &viewer.user_id).await.map_err(unavailable)?;
        let seat = organizations.iter().find(|seat| grant.is_of_organization(&seat.id));
        let shown = grant.status.is_live() || grant.status == GrantStatus::Revoked;
        let mine = grant.user_id == viewer.user_id;
        if shown && (mine || seat.is_some_and(|seat| seat.role.manages())) {
            Ok(grant)
        } else {
            Err(Failure::NotFound)
        }
    }

    /// Revokes the grant, and those alike if they are meant too. Says how many tokens died.
    async fn revoke_grants(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        grant: &Grant,
        alike: bool,
        now: i64,
    ) -> Result<u64, Error> {
        let transaction = self.db.begin().await?;
        let grants = if alike { grants::alike(&transaction, grant).await? } else { vec![grant.clone()] };
        let mut died = 0;
        for grant in &grants {
            let tokens = impact::live_tokens(&transaction, &grant.id, now).await?;
            let revocation = Revocation {
                reason: RevokeReason::Person,
                by: Some(&viewer.user_id),
                address: &visit.address,
            };
            if life::revoke(&transaction, grant, revocation, now).await? {
                died += tokens;
            }
        }
        transaction.commit().await?;
        Ok(died)
    }
}
