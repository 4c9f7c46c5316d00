//! Clients of every source, for instance admins.

use std::sync::Arc;

use app::ports::{ClientAdministration, Visit};
use async_trait::async_trait;
use types::{
    admin::{AdminClientPage, BULK_MAX, ClientsPage, ClientsQuery, SeenClient},
    client::{ClientSource, ClientType, Credentials, Impact},
    client_form::ClientForm,
    failure::Failure,
    person::Viewer,
};

use super::{
    client_documents, client_ends,
    client_form::{self, event},
    client_view, unavailable,
};
use domain::{
    client_metadata::documents::MetadataDocuments,
    clock::Clock,
    config::Config,
    error::Error,
    oauth::text::website,
    storage::{
        Database,
        audit::{self, Action, Event},
        client_entries, client_grants, client_list, client_marks,
        client_targets::{self, Target},
        clients, impact,
        unused_clients::{self, YOUNG},
    },
};

/// Implements [`ClientAdministration`].
pub struct ClientsService {
    /// The settings.
    pub config: Arc<Config>,
    /// The database.
    pub db: Database,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Clients whose ID is the address of a document.
    pub documents: MetadataDocuments,
}

#[async_trait]
impl ClientAdministration for ClientsService {
    async fn list(&self, viewer: &Viewer, query: &ClientsQuery) -> Result<ClientsPage, Failure> {
        viewer.must_administer()?;
        let now = self.clock.now();
        let found = client_list::all(self.db.read(), query, now).await.map_err(unavailable)?;
        let entry_name = match query.entry.as_str() {
            "" => None,
            id => Some(
                client_entries::name(self.db.read(), id)
                    .await
                    .map_err(unavailable)?
                    .ok_or(Failure::NotFound)?,
            ),
        };
        Ok(ClientsPage {
            rows: found.rows,
            total: found.total,
            total_unfiltered: found.total_unfiltered,
            entry_name,
            outage: client_documents::outage(&self.documents),
            missed: client_documents::missed(&self.documents),
            now,
        })
    }

    async fn details(
        &self,
        viewer: &Viewer,
        client_id: &str,
        grants_page: u64,
        activity_page: u64,
    ) -> Result<AdminClientPage, Failure> {
        viewer.must_administer()?;
        let read = self.db.read();
        // A client ID that is an address cannot stand in a path: its entry stands for it.
        let client = if client_id.starts_with(client_entries::DOCUMENT_PREFIX) {
            clients::find_by_entry(read, client_id).await
        } else {
            clients::lookup(read, client_id).await
        };
        let client = client.map_err(unavailable)?.ok_or(Failure::NotFound)?;
        let client_id = client.id.as_str();
        let document = client_documents::stored(&self.documents, client_id).await.map_err(unavailable)?;
        let resource_server = client.resource_server;
        let registrations =
            client_entries::registrations(read, &client.entry_id).await.map_err(unavailable)?;
        let entry = (registrations > 1).then(|| (client.entry_id.clone(), registrations));
        let scopes = client_grants::scopes(read, client_id).await.map_err(unavailable)?;
        let (grants, grants_total) =
            client_grants::list(read, client_id, grants_page).await.map_err(unavailable)?;
        let now = self.clock.now();
        Ok(AdminClientPage {
            client: client_view::details(&self.config, &self.db, viewer, client, activity_page, now).await?,
            entry,
            document,
            resource_server,
            scopes,
            grants,
            grants_total,
            grants_page: grants_page.max(1),
        })
    }

    async fn impact(&self, viewer: &Viewer, ids: &[String]) -> Result<Impact, Failure> {
        let targets = self.targets(viewer, ids).await?;
        impact::of_clients(self.db.read(), &targets, self.clock.now()).await.map_err(unavailable)
    }

    async fn set_blocked(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        ids: &[String],
        blocked: bool,
    ) -> Result<Impact, Failure> {
        let targets = self.targets(viewer, ids).await?;
        client_ends::set_blocked(&self.db, (visit, viewer), &targets, blocked, self.clock.now())
            .await
            .map_err(unavailable)
    }

    async fn revoke_access(&self, visit: &Visit, viewer: &Viewer, ids: &[String]) -> Result<Impact, Failure> {
        let targets = self.targets(viewer, ids).await?;
        client_ends::revoke_access(&self.db, (visit, viewer), &targets, self.clock.now())
            .await
            .map_err(unavailable)
    }

    async fn delete(&self, visit: &Visit, viewer: &Viewer, ids: &[String]) -> Result<Impact, Failure> {
        let targets = self.targets(viewer, ids).await?;
        client_ends::delete(&self.db, (visit, viewer), &targets, self.clock.now()).await
    }

    async fn set_verified(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        client_id: &str,
        verified: bool,
        seen: Option<SeenClient>,
    ) -> Result<(), Failure> {
        viewer.must_administer()?;
        let change = async {
            let now = self.clock.now();
            let transaction = self.db.begin().await?;
            // Of an entry with several registrations, each one is vouched for by itself.
            let Some(client) = clients::lock(&transaction, client_id).await? else {
                return Ok::<_, Error>(Err(Failure::NotFound));
            };
            let is_seen = |seen: SeenClient| {
                seen == SeenClient {
                    name: client.name.clone(),
                    description: client.description.clone(),
                    website: client.website.as_deref().and_then(website).map(|(_, url)| url),
                    redirect_uris: client.redirect_uris.clone(),
                }
            };
            if verified && seen.is_some_and(|seen| !is_seen(seen)) {
                let why =
                    "The client changed since this page was loaded. Load the page again and look at it.";
                return Ok(Err(Failure::Forbidden(why.to_owned())));
            }
            if client_marks::set_verified(&transaction, client_id, verified).await? {
                let action = if verified { Action::ClientVerified } else { Action::ClientUnverified };
                audit::record(&transaction, action, event(visit, viewer, client_id), now).await?;
            }
            transaction.commit().await?;
            Ok(Ok(()))
        };
        change.await.map_err(unavailable)?
    }

    async fn set_resource_server(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        client_id: &str,
        resource_server: bool,
    ) -> Result<(), Failure> {
        viewer.must_administer()?;
        let client = clients::lookup(self.db.read(), client_id).await.map_err(unavailable)?;
        if !client.ok_or(Failure::NotFound)?.auth_method.is_confidential() && resource_server {
            let why = "A public client cannot prove itself, so it is told about no tokens.";
            return Err(Failure::Forbidden(why.to_owned()));
        }
        let change = async {
            let now = self.clock.now();
            let transaction = self.db.begin().await?;
            if client_marks::set_resource_server(&transaction, client_id, resource_server).await? {
                let action =
                    if resource_server { Action::ClientServes } else { Action::ClientServesNoLonger };
                audit::record(&transaction, action, event(visit, viewer, client_id), now).await?;
            }
            transaction.commit().await
        };
        change.await.map_err(unavailable)
    }

    async fn refresh_document(&self, visit: &Visit, viewer: &Viewer, client_id: &str) -> Result<(), Failure> {
        viewer.must_administer()?;
        client_documents::refresh(&self.documents, (visit, viewer), client_id).await
    }

    async fn set_document_pinned(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        client_id: &str,
        pinned: bool,
        seen: Option<i64>,
    ) -> Result<(), Failure> {
        viewer.must_administer()?;
        client_documents::set_pinned(&self.documents, (visit, viewer), client_id, pinned, seen).await
    }

    async fn enter_document(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        client_id: Option<&str>,
        body: &str,
    ) -> Result<String, Failure> {
        viewer.must_administer()?;
        client_documents::enter(&self.documents, (visit, viewer), client_id, body).await
    }

    async fn create(
        &self,
        visit: &Visit,
        viewer: &Viewer,
        form: &ClientForm,
        kind: ClientType,
    ) -> Result<Credentials, Failure> {
        viewer.must_administer()?;
        let description = client_form::description(&self.config, form)?;
        let register = async {
            let now = self.clock.now();
            let transaction = self.db.begin().await?;
            let who = (visit, viewer);
            let source = ClientSource::Admin;
            let made = client_form::register(&transaction, who, source, description, kind, now).await?;
            transaction.commit().await?;
            Ok::<_, Error>(made)
        };
        register.await.map_err(unavailable)
    }

    async fn unused(&self, viewer: &Viewer) -> Result<u64, Failure> {
        viewer.must_administer()?;
        let before = self.clock.now() - YOUNG;
        unused_clients::count(self.db.read(), before, before).await.map_err(unavailable)
    }

    async fn remove_unused(&self, visit: &Visit, viewer: &Viewer) -> Result<u64, Failure> {
        viewer.must_administer()?;
        let remove = async {
            let now = self.clock.now();
            let transaction = self.db.begin().await?;
            let removed = unused_clients::remove(&transaction, now - YOUNG, now - YOUNG).await?;
            let detail = removed.to_string();
            let event = Event { client_id: None, detail: Some(&detail), ..event(visit, viewer, "") };
            audit::record(&transaction, Action::ClientsRemoved, event, now).await?;
            transaction.commit().await?;
            Ok::<_, Error>(removed)
        };
        remove.await.map_err(unavailable)
    }
}

impl ClientsService {
    /// The clients behind these ids, for an instance admin.
    async fn targets(&self, viewer: &Viewer, ids: &[String]) -> Result<Vec<Target>, Failure> {
        viewer.must_administer()?;
        if ids.is_empty() || ids.len() > BULK_MAX {
            let message = format!("Choose between one and {BULK_MAX} clients.");
            return Err(Failure::Invalid { field: "ids".to_owned(), message });
        }
        client_targets::targets(self.db.read(), ids).await.map_err(unavailable)?.ok_or(Failure::NotFound)
    }
}
