//! Clients for the people who register them.

use types::{
    client::{ClientDetails, ClientSource, ClientType, Credentials, Impact},
    client_form::{ClientForm, RegistrationRules},
    failure::Failure,
    id::{ClientId, ProductId},
    oauth_apps::{OAUTH_APPS_PER_PAGE, OauthAppsPage, OauthAppsQuery},
    scope::ScopeSet,
};

use super::{
    credentials, details,
    form::{self, event},
    lifecycle, service_access,
};
use crate::{
    Domain,
    accounts::users,
    actor::Actor,
    audit::{self, Action},
    clients::{
        self,
        bulk::Target,
        status,
        update::{self, Change},
    },
    db::listing::turn_back,
    grants::software_counts,
    oauth::client::Client,
    views::{client_list, impact},
};

/// Most apps that one person may register: a bound on what an account can fill the database with.
pub const APPS_MAX: u64 = 200;

/// The viewer's own apps.
pub async fn list(domain: &Domain, actor: &Actor, query: &OauthAppsQuery) -> Result<OauthAppsPage, Failure> {
    software_counts::settle(&domain.db).await?;
    let (db, owner) = (domain.db.lists(), &actor.viewer.user_id);
    let mut query = query.clone();
    let mut found = client_list::list_by_owner(db, owner, &query).await?;
    if let Some(last) = turn_back(&found, query.page, OAUTH_APPS_PER_PAGE) {
        query.page = last;
        found = client_list::list_by_owner(db, owner, &query).await?;
    }
    Ok(OauthAppsPage {
        page: query.page.max(1),
        rows: found.rows,
        total: found.total,
        total_unfiltered: found.total_unfiltered,
        now: domain.clock.now(),
    })
}

/// The rules that a form for a client needs to know.
pub fn rules(domain: &Domain) -> RegistrationRules {
    form::rules(&domain.config)
}

/// Registers an app of the viewer's.
pub async fn create(
    domain: &Domain,
    actor: &Actor,
    form: &ClientForm,
    kind: ClientType,
) -> Result<Credentials, Failure> {
    let description = form::description(&domain.config.redirect_rules, form)?;
    domain.limits.change.take(&actor.viewer.user_id)?;
    let now = domain.clock.now();
    let transaction = domain.db.begin().await?;
    // Holding the person, so that two of these do not both find room.
    users::lock(&transaction, &actor.viewer.user_id).await?;
    if clients::count_of(&transaction, &actor.viewer.user_id).await? >= APPS_MAX {
        let full = format!("You have registered {APPS_MAX} apps. Delete one that is no longer used first.");
        return transaction.refuse(Failure::Forbidden(full)).await;
    }
    let source = ClientSource::User;
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

/// One client, with a page of what happened to it.
pub async fn details(
    domain: &Domain,
    actor: &Actor,
    client_id: &ClientId,
    activity_page: u64,
) -> Result<ClientDetails, Failure> {
    let client = client_of(domain, actor, client_id).await?;
    software_counts::settle(&domain.db).await?;
    details::details(&domain.config, &domain.db, actor, client, activity_page, domain.clock.now()).await
}

/// Changes name, redirect URIs, description and website. Clients that registered themselves cannot be changed.
pub async fn update(
    domain: &Domain,
    actor: &Actor,
    client_id: &ClientId,
    form: &ClientForm,
) -> Result<(), Failure> {
    let client = client_of(domain, actor, client_id).await?;
    describes_itself(&client)?;
    let to = form::description(&domain.config.redirect_rules, form)?;
    domain.limits.change.take(&actor.viewer.user_id)?;
    let now = domain.clock.now();
    let transaction = domain.db.begin().await?;
    let Some(client) = clients::lock(&transaction, client_id).await? else {
        return transaction.refuse(Failure::NotFound).await;
    };
    // Instance admins vouch for what they write.
    let change = Change { to, keys: false, vouched: actor.viewer.instance_admin };
    update::change(&transaction, &client, change, event(actor, client_id), now).await?;
    Ok(transaction.commit().await?)
}

/// Adds a secret beside the one that works; refused when there are two.
pub async fn add_secret(
    domain: &Domain,
    actor: &Actor,
    client_id: &ClientId,
) -> Result<Credentials, Failure> {
    let client = client_of(domain, actor, client_id).await?;
    describes_itself(&client)?;
    domain.limits.change.take(&actor.viewer.user_id)?;
    credentials::add_secret(&domain.db, actor, &client, domain.clock.now()).await
}

/// Ends a secret. Doing it twice is no error.
pub async fn retire_secret(
    domain: &Domain,
    actor: &Actor,
    client_id: &ClientId,
    secret_id: &str,
) -> Result<(), Failure> {
    client_of(domain, actor, client_id).await?;
    domain.limits.change.take(&actor.viewer.user_id)?;
    let event = event(actor, client_id);
    credentials::retire_secret(&domain.db, event, (client_id, secret_id), domain.clock.now()).await
}

/// Switches the client off, or on again. Switching on does not lift an administrator's block.
pub async fn set_disabled(
    domain: &Domain,
    actor: &Actor,
    client_id: &ClientId,
    disabled: bool,
) -> Result<(), Failure> {
    client_of(domain, actor, client_id).await?;
    domain.limits.change.take(&actor.viewer.user_id)?;
    let now = domain.clock.now();
    let transaction = domain.db.begin().await?;
    if status::set_disabled(&transaction, client_id, disabled.then_some(now)).await? {
        let action = if disabled { Action::ClientDisabled } else { Action::ClientEnabled };
        audit::record(&transaction, action, event(actor, client_id), now).await?;
    }
    Ok(transaction.commit().await?)
}

/// Changes the public keys of a confidential client: a JWK Set, or the https address of one, or nothing.
pub async fn set_keys(
    domain: &Domain,
    actor: &Actor,
    client_id: &ClientId,
    keys: &str,
) -> Result<(), Failure> {
    let client = client_of(domain, actor, client_id).await?;
    describes_itself(&client)?;
    domain.limits.change.take(&actor.viewer.user_id)?;
    let event = event(actor, client_id);
    credentials::set_keys(&domain.db, event, &client, keys, domain.clock.now()).await
}

/// Lets a confidential client act by itself in a product of which the viewer is an admin. Ends what it was let to do
/// before.
pub async fn authorize_own(
    domain: &Domain,
    actor: &Actor,
    client_id: &ClientId,
    product_id: &ProductId,
    scopes: ScopeSet,
) -> Result<(), Failure> {
    let client = client_of(domain, actor, client_id).await?;
    domain.limits.change.take(&actor.viewer.user_id)?;
    service_access::authorize(&domain.db, actor, &client, product_id, scopes, domain.clock.now()).await
}

/// Counts the people, grants and tokens that would end with the client.
pub async fn impact(domain: &Domain, actor: &Actor, client_id: &ClientId) -> Result<Impact, Failure> {
    let client = client_of(domain, actor, client_id).await?;
    domain.usage.settle_tokens(&domain.db).await;
    impact::of_clients(domain.db.lists(), &[&client.id], domain.clock.now()).await.map_err(Failure::from)
}

/// Deletes the client and ends all its grants. `name` is what the person typed to confirm.
pub async fn delete(
    domain: &Domain,
    actor: &Actor,
    client_id: &ClientId,
    name: &str,
) -> Result<Impact, Failure> {
    let client = client_of(domain, actor, client_id).await?;
    if name.trim() != client.name {
        let message = "This is not the name of the app.".to_owned();
        return Err(Failure::Invalid { field: "confirm".to_owned(), message });
    }
    domain.limits.change.take(&actor.viewer.user_id)?;
    lifecycle::delete(&domain.db, actor, &[Target::from(&client)], domain.clock.now()).await
}

/// The client, if it is the viewer's or the viewer is an instance admin.
async fn client_of(domain: &Domain, actor: &Actor, client_id: &ClientId) -> Result<Client, Failure> {
    let client = clients::lookup(domain.db.read(), client_id).await?;
    client
        .filter(|client| {
            actor.viewer.instance_admin || client.owner_id.as_ref() == Some(&actor.viewer.user_id)
        })
        .ok_or(Failure::NotFound)
}

/// Refuses to change what registered itself: it would never hear of it.
fn describes_itself(client: &Client) -> Result<(), Failure> {
    if client.source.is_described_here() {
        return Ok(());
    }
    Err(Failure::Forbidden("This app describes itself.".to_owned()))
}
