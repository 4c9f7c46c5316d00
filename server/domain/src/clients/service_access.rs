//! Letting a client act by itself, in one product, as far as an admin of that product says.

use types::{
    failure::Failure,
    grant::{RevokeReason, Subject},
    id::ProductId,
    role::ProductRole,
    scope::ScopeSet,
    service_access::{ProductPlace, ServiceAccess, ServiceGrant},
};

use crate::{
    accounts::users,
    actor::Actor,
    audit::{self, Action, Event},
    clients,
    clock::Millis,
    db::Database,
    error::Error,
    grants::{
        self, NewGrant,
        life::{self, Revocation},
    },
    oauth::client::Client,
    workspaces::products::{self, ProductMembership},
};

/// The access of the client by itself, and the products in which the viewer could give it.
pub(super) async fn view(db: &Database, actor: &Actor, client: &Client) -> Result<ServiceAccess, Error> {
    if !can_act(client) {
        return Ok(ServiceAccess::default());
    }
    let read = db.read();
    let memberships = products::memberships_of(read, &actor.viewer.user_id).await?;
    let current = match grants::service_grant_of(read, &client.id).await? {
        None => None,
        Some(grant) => {
            let by = users::lookup(read, &grant.user_id).await?;
            let place = match &grant.product {
                Some(product) => products::lookup_product(read, &product.product_id).await?,
                None => None,
            };
            // Outsiders do not learn who works for an organization.
            let theirs = actor.viewer.instance_admin
                || memberships.iter().any(|membership| grant.is_of_organization(&membership.organization_id));
            let elsewhere = ProductPlace {
                product: "A product of another organization".to_owned(),
                ..ProductPlace::default()
            };
            let (place, by) = match place.zip(by).filter(|_| theirs) {
                Some((place, by)) => (place, by.name),
                None => (elsewhere, "Somebody there".to_owned()),
            };
            Some(ServiceGrant { place, scopes: grant.scopes, by, authorized_at: grant.authorized_at })
        }
    };
    let products = memberships
        .into_iter()
        .filter(|membership| membership.role == ProductRole::Admin)
        .map(place)
        .collect();
    Ok(ServiceAccess { current, products })
}

/// Says if this kind of client may: it can prove itself, and a person answers for it.
fn can_act(client: &Client) -> bool {
    client.auth_method.is_confidential() && client.source.is_described_here()
}

fn place(membership: ProductMembership) -> ProductPlace {
    ProductPlace {
        product_id: Some(membership.product_id),
        product: membership.product,
        organization: membership.organization,
        organization_slug: membership.organization_slug,
    }
}

/// Lets a client act by itself. What it was let to do before ends.
pub(super) async fn authorize(
    db: &Database,
    actor: &Actor,
    client: &Client,
    product_id: &ProductId,
    scopes: ScopeSet,
    now: Millis,
) -> Result<(), Failure> {
    if !can_act(client) {
        return Err(Failure::Forbidden("Only a confidential app can have machine access.".to_owned()));
    }
    let invalid = |field: &str, message: &str| Failure::Invalid {
        field: field.to_owned(),
        message: message.to_owned(),
    };
    let scopes = scopes.iter().collect::<ScopeSet>().expanded();
    if scopes.is_empty() {
        return Err(invalid("scope", "Choose at least one permission."));
    }
    let membership = products::find_membership(db.read(), &actor.viewer.user_id, product_id).await?;
    let membership = membership.ok_or_else(|| invalid("product", "Choose one of your products."))?;
    if membership.role != ProductRole::Admin {
        return Err(invalid("product", "Only an admin of a product lets an app act there by itself."));
    }
    let transaction = db.begin().await?;
    // Held until the end, so that two of these do not both find no grant.
    let live = clients::lock(&transaction, &client.id).await?.filter(Client::is_active);
    if live.is_none() {
        return transaction.refuse(Failure::Forbidden("This app is switched off.".to_owned())).await;
    }
    if let Some(before) = grants::service_grant_of(&transaction, &client.id).await? {
        let revocation = Revocation {
            reason: RevokeReason::Person,
            by: Some(&actor.viewer.user_id),
            address: &actor.address,
        };
        life::revoke(&transaction, &before, revocation, now).await?;
    }
    let grant = NewGrant {
        user_id: actor.viewer.user_id.clone(),
        client_id: client.id.clone(),
        product: Some(membership.product_ref()),
        resources: scopes.resources().collect(),
        scopes: scopes.clone(),
        address: actor.address.clone(),
        subject: Subject::Client,
        origin: None,
    };
    let id = grants::add(&transaction, grant, now).await?;
    let added = grants::lookup(&transaction, &id).await?;
    if let Some(grant) = added {
        life::activate(&transaction, &grant).await?;
    }
    let detail = scopes.to_string();
    let event = Event {
        actor_id: Some(&actor.viewer.user_id),
        address: &actor.address,
        client_id: Some(&client.id),
        grant_id: Some(&id),
        organization_id: Some(&membership.organization_id),
        detail: Some(&detail),
    };
    audit::record(&transaction, Action::GrantAuthorized, event, now).await?;
    transaction.commit().await?;
    Ok(())
}
