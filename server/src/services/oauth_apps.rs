//! Clients for the people who register them.

use std::sync::Arc;

use app::ports::{OauthApps, Visit};
use async_trait::async_trait;
use types::{
    client::{ClientDetails, ClientSource, ClientType, Credentials, Impact},
    client_form::{ClientForm, RegistrationRules},
    failure::Failure,
    oauth_apps::{OauthAppsPage, OauthAppsQuery},
    person::Viewer,
    scope::ScopeSet,
};

use super::{
    app_credentials, client_ends,
    client_form::{self, event},
    client_view, own_access, unavailable,
};
use domain::{
    clock::Clock,
    config::Config,
    error::Error,
    oauth::client::Client,
    rate_limit::RateLimits,
    storage::{
        Database,
        audit::{self, Action, Event},
        client_changes::{self, Change, Description},
        client_list, client_marks,
        client_targets::Target,
        clients, impact, users,
    },
};

/// Most apps that one person may register: a bound on what an account can fill the database with.
pub const APPS_MAX: u64 = 200;

/// Implements [`OauthApps`].
pub struct OauthAppsService {
    /// The settings.
    pub config: Arc<Config>,
    /// The database.
    pub db: Database,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Changes of a person to their apps.
    pub limits: Arc<RateLimits>,
}

#[async_trait]
impl OauthApps for OauthAppsService {
    async fn list(&self, viewer: &Viewer, query: &OauthAppsQuery) -> Result<OauthAppsPage, Failure> {
        let found =
            client_list::of_owner(self.db.read(), &viewer.user_id, query).await.map_err(unavailable)?;
        Ok(OauthAppsPage {
            rows: found.rows,
            total: found.total,
            total_unfiltered: found.total_unfiltered,
            now: self.clock.now(),
        })
    }

    fn rules(&self) -> RegistrationRules {
        client_form::rules(&self.config)
    }

    async fn create(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        form: &ClientForm,
        kind: ClientType,
    ) -> Result<Credentials, Failure> {
        let description = client_form::description(&self.config, form)?;
        self.limits.change.take(&viewer.user_id)?;
        let register = async {
            let now = self.clock.now();
            let transaction = self.db.begin().await?;
            // Holding the person, so that two of these do not both find room.
            users::lock(&transaction, &viewer.user_id).await?;
            if clients::count_of(&transaction, &viewer.user_id).await? >= APPS_MAX {
                return Ok::<_, Error>(Err(Failure::Forbidden(format!(
                    "You have registered {APPS_MAX} apps. Delete one that is no longer used first."
                ))));
            }
            let who = (visit, viewer);
            let source = ClientSource::User;
            let made = client_form::register(&transaction, who, source, description, kind, now).await?;
            transaction.commit().await?;
            Ok(Ok(made))
        };
        register.await.map_err(unavailable)?
    }

    async fn details(
        &self,
        viewer: &Viewer,
        client_id: &str,
        activity_page: u64,
    ) -> Result<ClientDetails, Failure> {
        let client = self.client_of(viewer, client_id).await?;
        client_view::details(&self.config, &self.db, viewer, client, activity_page, self.clock.now()).await
    }

    async fn update(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        client_id: &str,
        form: &ClientForm,
    ) -> Result<(), Failure> {
        let client = self.client_of(viewer, client_id).await?;
        describes_itself(&client)?;
        let to = client_form::description(&self.config, form)?;
        self.limits.change.take(&viewer.user_id)?;
        self.change(viewer, event(visit, viewer, client_id), to).await?
    }

    async fn add_secret(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        client_id: &str,
    ) -> Result<Credentials, Failure> {
        let client = self.client_of(viewer, client_id).await?;
        describes_itself(&client)?;
        self.limits.change.take(&viewer.user_id)?;
        app_credentials::add_secret(&self.db, (visit, viewer), &client, self.clock.now()).await
    }

    async fn retire_secret(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        client_id: &str,
        secret_id: &str,
    ) -> Result<(), Failure> {
        self.client_of(viewer, client_id).await?;
        self.limits.change.take(&viewer.user_id)?;
        let event = event(visit, viewer, client_id);
        app_credentials::retire_secret(&self.db, event, (client_id, secret_id), self.clock.now()).await
    }

    async fn set_disabled(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        client_id: &str,
        disabled: bool,
    ) -> Result<(), Failure> {
        self.client_of(viewer, client_id).await?;
        self.limits.change.take(&viewer.user_id)?;
        let change = async {
            let now = self.clock.now();
            let transaction = self.db.begin().await?;
            if client_marks::set_disabled(&transaction, client_id, disabled.then_some(now)).await? {
                let action = if disabled { Action::ClientDisabled } else { Action::ClientEnabled };
                audit::record(&transaction, action, event(visit, viewer, client_id), now).await?;
            }
            transaction.commit().await
        };
        change.await.map_err(unavailable)
    }

    async fn set_keys(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        client_id: &str,
        keys: &str,
    ) -> Result<(), Failure> {
        let client = self.client_of(viewer, client_id).await?;
        describes_itself(&client)?;
        self.limits.change.take(&viewer.user_id)?;
        let event = event(visit, viewer, client_id);
        app_credentials::set_keys(&self.db, event, &client, keys, self.clock.now()).await
    }

    async fn authorize_own(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        client_id: &str,
        product_id: &str,
        scopes: ScopeSet,
    ) -> Result<(), Failure> {
        let client = self.client_of(viewer, client_id).await?;
        self.limits.change.take(&viewer.user_id)?;
        own_access::authorize(&self.db, (visit, viewer), &client, product_id, scopes, self.clock.now()).await
    }

    async fn impact(&self, viewer: &Viewer, client_id: &str) -> Result<Impact, Failure> {
        let client = self.client_of(viewer, client_id).await?;
        impact::of_clients(self.db.read(), &[Target::from(&client)], self.clock.now())
            .await
            .map_err(unavailable)
    }

    async fn delete(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        client_id: &str,
        name: &str,
    ) -> Result<Impact, Failure> {
        let client = self.client_of(viewer, client_id).await?;
        if name.trim() != client.name {
            let message = "This is not the name of the app.".to_owned();
            return Err(Failure::Invalid { field: "confirm".to_owned(), message });
        }
        self.limits.change.take(&viewer.user_id)?;
        client_ends::delete(&self.db, (visit, viewer), &[Target::from(&client)], self.clock.now()).await
    }
}

impl OauthAppsService {
    /// The client, if it is the viewer's or the viewer is an instance admin.
    async fn client_of(&self, viewer: &Viewer, client_id: &str) -> Result<Client, Failure> {
        let client = clients::lookup(self.db.read(), client_id).await.map_err(unavailable)?;
        client
            .filter(|client| viewer.instance_admin || client.owner_id.as_ref() == Some(&viewer.user_id))
            .ok_or(Failure::NotFound)
    }

    /// Changes what a client says about itself. Instance admins vouch for what they write.
    async fn change(
        &self,
        viewer: &Viewer,
        event: Event<'_>,
        to: Description,
    ) -> Result<Result<(), Failure>, Failure> {
        let change = async {
            let now = self.clock.now();
            let transaction = self.db.begin().await?;
            let Some(client) = clients::lock(&transaction, event.client_id.unwrap_or_default()).await? else {
                return Ok::<_, Error>(Err(Failure::NotFound));
            };
            let change = Change { to, keys: false, vouched: viewer.instance_admin };
            client_changes::change(&transaction, &client, change, event, now).await?;
            transaction.commit().await?;
            Ok(Ok(()))
        };
        change.await.map_err(unavailable)
    }
}

/// Refuses to change what registered itself: it would never hear of it.
fn describes_itself(client: &Client) -> Result<(), Failure> {
    if client.source.is_described_here() {
        return Ok(());
    }
    Err(Failure::Forbidden("This app describes itself.".to_owned()))
}
