//! `gatepass organization`, `gatepass product` and `gatepass member`.

use domain::{
    accounts::names,
    audit::{self, Action, Event},
    clock::{Clock, SystemClock},
    error::{Error, Result},
    flows::endings::{self, By},
    views::people,
    workspaces::{
        members::{self, Roles},
        organizations, product_settings, products,
    },
};
use serde_json::json;
use types::{
    people::{PEOPLE_PER_PAGE, PeopleQuery},
    role::OrgRole,
};

use super::{
    make, open, organization,
    output::{done, list as print_list, utc},
    person, product, refused,
};
use crate::command_line::{AddMember, CreateOrganization, CreateProduct, Deletion, List, RemoveMember};

fn name(text: &str) -> Result<String> {
    names::typed("name", text).map_err(|failure| Error::Setup(format!("the name: {failure}")))
}

/// `gatepass organization create`.
///
/// # Errors
/// When the name cannot be taken, or nobody has the address of its owner.
pub async fn create(options: CreateOrganization) -> Result<()> {
    let called = name(&options.name)?;
    let db = make(&options.database).await?;
    let owner = match &options.owner {
        Some(address) => Some(person(&db, address).await?.0),
        None => None,
    };
    let now = SystemClock.now();
    let transaction = db.begin().await?;
    let (id, slug) = organizations::add(&transaction, &called, now).await?;
    if let Some(owner) = &owner {
        products::set_membership(&transaction, &id, owner, OrgRole::Owner, now).await?;
    }
    let event = Event { organization_id: Some(&id), detail: Some(&called), ..Event::default() };
    audit::record(&transaction, Action::OrganizationCreated, event, now).await?;
    transaction.commit().await?;
    db.close().await?;
    done(
        options.json,
        &format!("The organization {called} is at /o/{slug}."),
        json!({ "id": id, "name": called, "slug": slug }),
    );
    Ok(())
}

/// `gatepass organization list`.
///
/// # Errors
/// When there is no database.
pub async fn list(options: List) -> Result<()> {
    let db = open(&options.database).await?;
    let mut rows = Vec::new();
    for page in 1.. {
        let found =
            people::organizations(db.lists(), &PeopleQuery { page, ..PeopleQuery::default() }).await?;
        let last = (found.rows.len() as u64) < PEOPLE_PER_PAGE;
        rows.extend(found.rows.into_iter().map(|row| {
            vec![
                json!(row.id),
                json!(row.slug),
                json!(row.name),
                json!(row.members),
                json!(row.products),
                json!(utc(row.created_at)),
            ]
        }));
        if last {
            break;
        }
    }
    db.close().await?;
    print_list(options.json, &["id", "slug", "name", "members", "products", "created"], rows)
}

/// `gatepass organization delete`: with its products, their data and all access.
///
/// # Errors
/// When there is none of this slug, or `--yes` is missing.
pub async fn delete(options: Deletion) -> Result<()> {
    let db = open(&options.database).await?;
    let id = organization(&db, &options.slug).await?;
    if !options.yes {
        return Err(Error::Setup(format!(
            "this deletes {} with its products, their data and all access; add --yes",
            options.slug
        )));
    }
    let transaction = db.begin().await?;
    let ended = endings::end_organization(&transaction, By::default(), &id, None, SystemClock.now()).await;
    let impact = transaction.conclude(ended).await.map_err(refused)?;
    db.close().await?;
    let sentence = format!("The organization {} is deleted; {} grants ended.", options.slug, impact.grants);
    done(options.json, &sentence, json!({ "id": id, "grants": impact.grants, "tokens": impact.tokens }));
    Ok(())
}

/// `gatepass product create`.
///
/// # Errors
/// When there is no such organization, or the name cannot be taken.
pub async fn create_product(options: CreateProduct) -> Result<()> {
    let called = name(&options.name)?;
    let db = open(&options.database).await?;
    let organization_id = organization(&db, &options.organization).await?;
    let now = SystemClock.now();
    let transaction = db.begin().await?;
    organizations::lock(&transaction, &organization_id).await?;
    let (id, slug) = product_settings::add(&transaction, &organization_id, &called, now).await?;
    let event = Event { organization_id: Some(&organization_id), detail: Some(&called), ..Event::default() };
    audit::record(&transaction, Action::ProductCreated, event, now).await?;
    transaction.commit().await?;
    db.close().await?;
    let place = format!("/o/{}/{slug}", options.organization);
    done(
        options.json,
        &format!("The product {called} is at {place}."),
        json!({ "id": id, "name": called, "slug": slug }),
    );
    Ok(())
}

/// `gatepass member add`.
///
/// # Errors
/// When there is no such organization, product or person.
pub async fn add_member(options: AddMember) -> Result<()> {
    let db = open(&options.database).await?;
    let organization_id = organization(&db, &options.organization).await?;
    let (user_id, address) = person(&db, &options.email).await?;
    let mut roles = Roles { role: Some(options.role), products: Vec::new() };
    for (slug, role) in &options.product_roles {
        roles.products.push((product(&db, &organization_id, slug).await?, Some(*role)));
    }
    let now = SystemClock.now();
    let transaction = db.begin().await?;
    organizations::lock(&transaction, &organization_id).await?;
    members::join(&transaction, &organization_id, &user_id, &roles, now).await?;
    let event = Event { organization_id: Some(&organization_id), detail: Some(&user_id), ..Event::default() };
    audit::record(&transaction, Action::MemberJoined, event, now).await?;
    transaction.commit().await?;
    db.close().await?;
    let sentence = format!("{address} is {} of {}.", options.role, options.organization);
    done(options.json, &sentence, json!({ "id": user_id, "email": address, "role": options.role.as_str() }));
    Ok(())
}

/// `gatepass member remove`.
///
/// # Errors
/// When there is no such organization or member, or it is the last owner.
pub async fn remove_member(options: RemoveMember) -> Result<()> {
    let db = open(&options.database).await?;
    let organization_id = organization(&db, &options.organization).await?;
    let (user_id, address) = person(&db, &options.email).await?;
    let transaction = db.begin().await?;
    let now = SystemClock.now();
    let ended = endings::end_membership(&transaction, By::default(), &organization_id, &user_id, now).await;
    let impact = transaction.conclude(ended).await.map_err(refused)?;
    db.close().await?;
    let sentence = format!(
        "{address} is no member of {} any more; {} grants ended.",
        options.organization, impact.grants
    );
    done(options.json, &sentence, json!({ "id": user_id, "email": address, "grants": impact.grants }));
    Ok(())
}
