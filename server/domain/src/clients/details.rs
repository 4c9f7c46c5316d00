//! A client as its owner and administrators see it.

use types::{client::ClientDetails, failure::Failure};

use super::{form, service_access};
use crate::{
    accounts::users,
    actor::Actor,
    audit::{activity, events::About},
    clients::secrets,
    clock::Millis,
    config::Config,
    db::Database,
    oauth::{
        client::{Client, KeySource},
        text::website,
    },
    views::client_list,
    workspaces::products,
};

/// Everything that owner and administrators see of a client.
pub(crate) async fn details(
    config: &Config,
    db: &Database,
    actor: &Actor,
    client: Client,
    activity_page: u64,
    now: Millis,
) -> Result<ClientDetails, Failure> {
    let read = db.read();
    let owner = match &client.owner_id {
        Some(id) => users::lookup(read, id).await?,
        None => None,
    };
    let usage = client_list::usage(db.lists(), &client).await?;
    let own = service_access::view(db, actor, &client).await?;
    let secrets = secrets::list(read, &client.id).await?;
    let standing = products::standing_of(read, &actor.viewer.user_id).await?;
    let activity = activity::page(db, actor, &standing, About::Client(&client.id), activity_page).await?;
    Ok(ClientDetails {
        kind: client.kind(),
        website: client.website.as_deref().and_then(website),
        client_id: client.id,
        name: client.name,
        description: client.description,
        source: client.source,
        verified: client.verified,
        status: client.status,
        redirect_uris: client.redirect_uris,
        owner: owner.map(|owner| (owner.name, owner.email)),
        created_at: client.created_at,
        users: usage.users,
        grants: usage.grants,
        last_used_at: usage.last_used_at,
        secrets,
        own,
        keys: client.keys.map(KeySource::into_text),
        activity,
        rules: form::rules(config),
        now,
    })
}
