//! Clients of every source, for instance admins.

use tokio_util::sync::CancellationToken;
use types::{
    admin::{AdminClientPage, BULK_MAX, CLIENTS_PER_PAGE, ClientsPage, ClientsQuery, SeenClient},
    client::{ClientSource, ClientType, Credentials, Impact},
    client_form::ClientForm,
    failure::Failure,
    id::ClientId,
};

use crate::client_metadata::administration as documents;
use crate::clients::{
    details,
    form::{self, event},
    lifecycle,
};
use crate::oauth::software::DOCUMENT_PREFIX;
use crate::{
    Domain,
    actor::Actor,
    audit::{self, Action, Event},
    clients::{
        self,
        bulk::{self, Target},
        software, status,
        unused::{self, Unused, YOUNG},
    },
    clock::Millis,
    db::{listing::turn_back, pieces::Pieces},
    grants::software_counts,
    oauth::text::website,
    views::{client_grants, client_list, impact},
};

/// One page of the list.
pub async fn list(domain: &Domain, actor: &Actor, query: &ClientsQuery) -> Result<ClientsPage, Failure> {
    actor.viewer.must_administer()?;
    software_counts::settle(&domain.db).await?;
    let now = domain.clock.now();
    let mut query = query.clone();
    let mut found = client_list::all(domain.db.lists(), &query, now).await?;
    if let Some(last) = turn_back(&found, query.page, CLIENTS_PER_PAGE) {
        query.page = last;
        found = client_list::all(domain.db.lists(), &query, now).await?;
    }
    let entry_name = match query.entry.as_str() {
        "" => None,
        id => Some(software::name(domain.db.read(), id).await?.ok_or(Failure::NotFound)?),
    };
    Ok(ClientsPage {
        page: query.page.max(1),
        rows: found.rows,
        total: found.total,
        total_unfiltered: found.total_unfiltered,
        entry_name,
        outage: documents::outage(&domain.documents),
        missed: documents::missed(&domain.documents),
        now,
    })
}

/// One client.
pub async fn details(
    domain: &Domain,
    actor: &Actor,
    client_id: &str,
    grants_page: u64,
    activity_page: u64,
) -> Result<AdminClientPage, Failure> {
    actor.viewer.must_administer()?;
    software_counts::settle(&domain.db).await?;
    let read = domain.db.read();
    // A client ID that is an address cannot stand in a path: its entry stands for it.
    let client = if client_id.starts_with(DOCUMENT_PREFIX) {
        clients::find_by_entry(read, client_id).await
    } else {
        clients::lookup(read, client_id).await
    };
    let client = client?.ok_or(Failure::NotFound)?;
    let client_id = &client.id.clone();
    let document = documents::stored(&domain.documents, client_id).await?;
    let resource_server = client.resource_server;
    let registrations = software::registrations(read, &client.entry_id).await?;
    let entry = (registrations > 1).then(|| (client.entry_id.clone(), registrations));
    let scopes = client_grants::scopes(domain.db.lists(), client_id).await?;
    let (grants, grants_total) = client_grants::list(domain.db.lists(), client_id, grants_page).await?;
    let now = domain.clock.now();
    Ok(AdminClientPage {
        client: details::details(&domain.config, &domain.db, actor, client, activity_page, now).await?,
        entry,
        document,
        resource_server,
        scopes,
        grants,
        grants_total,
        grants_page: grants_page.max(1),
    })
}

/// Counts the reach of an action on these.
pub async fn impact(domain: &Domain, actor: &Actor, ids: &[String]) -> Result<Impact, Failure> {
    let targets = targets(domain, actor, ids).await?;
    domain.usage.settle_tokens(&domain.db).await;
    impact::of_clients(domain.db.lists(), &bulk::ids(&targets), domain.clock.now())
        .await
        .map_err(Failure::from)
}

/// Blocks them until they are unblocked, or unblocks them. Grants live on.
pub async fn set_blocked(
    domain: &Domain,
    actor: &Actor,
    ids: &[String],
    blocked: bool,
) -> Result<Impact, Failure> {
    let targets = targets(domain, actor, ids).await?;
    lifecycle::set_blocked(&domain.db, actor, &targets, blocked, domain.clock.now())
        .await
        .map_err(Failure::from)
}

/// Ends all their grants. People may authorize them again.
pub async fn revoke_access(domain: &Domain, actor: &Actor, ids: &[String]) -> Result<Impact, Failure> {
    let targets = targets(domain, actor, ids).await?;
    lifecycle::revoke_access(&domain.db, actor, &targets, domain.clock.now()).await.map_err(Failure::from)
}

/// Deletes them and ends all their grants.
pub async fn delete(domain: &Domain, actor: &Actor, ids: &[String]) -> Result<Impact, Failure> {
    let targets = targets(domain, actor, ids).await?;
    lifecycle::delete(&domain.db, actor, &targets, domain.clock.now()).await
}

/// Vouches for a client, or no longer.
pub async fn set_verified(
    domain: &Domain,
    actor: &Actor,
    client_id: &ClientId,
    verified: bool,
    seen: Option<SeenClient>,
) -> Result<(), Failure> {
    actor.viewer.must_administer()?;
    let now = domain.clock.now();
    let transaction = domain.db.begin().await?;
    // Of an entry with several registrations, each one is vouched for by itself.
    let Some(client) = clients::lock(&transaction, client_id).await? else {
        return transaction.refuse(Failure::NotFound).await;
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
        let why = "The client changed since this page was loaded. Load the page again and look at it.";
        return transaction.refuse(Failure::Forbidden(why.to_owned())).await;
    }
    if status::set_verified(&transaction, client_id, verified).await? {
        let action = if verified { Action::ClientVerified } else { Action::ClientUnverified };
        audit::record(&transaction, action, event(actor, client_id), now).await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Says that a client serves this server's resources, so that it may look into tokens, or no longer.
pub async fn set_resource_server(
    domain: &Domain,
    actor: &Actor,
    client_id: &ClientId,
    resource_server: bool,
) -> Result<(), Failure> {
    actor.viewer.must_administer()?;
    let client = clients::lookup(domain.db.read(), client_id).await?;
    if !client.ok_or(Failure::NotFound)?.auth_method.is_confidential() && resource_server {
        let why = "A public client cannot prove itself, so it is told about no tokens.";
        return Err(Failure::Forbidden(why.to_owned()));
    }
    let now = domain.clock.now();
    let transaction = domain.db.begin().await?;
    if status::set_resource_server(&transaction, client_id, resource_server).await? {
        let action =
            if resource_server { Action::ResourceServerMarked } else { Action::ResourceServerUnmarked };
        audit::record(&transaction, action, event(actor, client_id), now).await?;
    }
    Ok(transaction.commit().await?)
}

/// Fetches the document of a client again, whether or not it is fresh.
pub async fn refresh_document(domain: &Domain, actor: &Actor, client_id: &ClientId) -> Result<(), Failure> {
    actor.viewer.must_administer()?;
    documents::refresh(&domain.documents, actor, client_id).await
}

/// Keeps the document of a client as it is stored, or lets it be fetched again.
pub async fn set_document_pinned(
    domain: &Domain,
    actor: &Actor,
    client_id: &ClientId,
    pinned: bool,
    seen: Option<i64>,
) -> Result<(), Failure> {
    actor.viewer.must_administer()?;
    documents::set_pinned(&domain.documents, actor, client_id, pinned, seen).await
}

/// Takes a document that the viewer wrote, and pins it: that of a client, or of any without `client_id`. Gives what
/// names the client in a path.
pub async fn enter_document(
    domain: &Domain,
    actor: &Actor,
    client_id: Option<&ClientId>,
    body: &str,
) -> Result<String, Failure> {
    actor.viewer.must_administer()?;
    documents::enter(&domain.documents, actor, client_id, body).await
}

/// Registers a client that belongs to nobody.
pub async fn create(
    domain: &Domain,
    actor: &Actor,
    form: &ClientForm,
    kind: ClientType,
) -> Result<Credentials, Failure> {
    actor.viewer.must_administer()?;
    let description = form::description(&domain.config.redirect_rules, form)?;
    let now = domain.clock.now();
    let transaction = domain.db.begin().await?;
    let source = ClientSource::Admin;
    let made = form::register(
        &transaction,
        (Some(&actor.viewer.user_id), &actor.address),
        source,
        description,
        kind,
        now,
    )
    .await?;
    transaction.commit().await?;
    Ok(made)
}

/// Number of clients that registered themselves at least an hour ago and were never let in by anybody.
pub async fn unused(domain: &Domain, actor: &Actor) -> Result<u64, Failure> {
    actor.viewer.must_administer()?;
    unused::count(domain.db.lists(), never_used(domain.clock.now())).await.map_err(Failure::from)
}

/// Removes those, and says how many.
pub async fn remove_unused(domain: &Domain, actor: &Actor) -> Result<u64, Failure> {
    actor.viewer.must_administer()?;
    let now = domain.clock.now();
    let event = Event { actor_id: Some(&actor.viewer.user_id), address: &actor.address, ..Event::default() };
    let never = CancellationToken::new();
    Ok(unused::remove(Pieces::new(&domain.db, &never), never_used(now), Some((event, now))).await?)
}

/// Clients that people may remove by hand.
const fn never_used(now: Millis) -> Unused {
    Unused { before: now - YOUNG, asked_since: now - YOUNG }
}

/// The clients behind these ids, for an instance admin.
async fn targets(domain: &Domain, actor: &Actor, ids: &[String]) -> Result<Vec<Target>, Failure> {
    actor.viewer.must_administer()?;
    if ids.is_empty() || ids.len() > BULK_MAX {
        let message = format!("Choose between one and {BULK_MAX} clients.");
        return Err(Failure::Invalid { field: "ids".to_owned(), message });
    }
    bulk::targets(domain.db.read(), ids).await?.ok_or(Failure::NotFound)
}
