//! `gatepass organization`, `gatepass product` and `gatepass member`.

use domain::{
    accounts::names,
    clock::{Clock, SystemClock},
    error::{Error, Result},
    flows::by_operator,
    views::people,
    workspaces::members::Roles,
};
use serde_json::json;
use types::people::{PEOPLE_PER_PAGE, PeopleQuery};

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
    let (id, slug) =
        by_operator::create_organization(&db, &called, owner.as_ref(), SystemClock.now()).await?;
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
    let impact = by_operator::delete_organization(&db, &id, SystemClock.now()).await.map_err(refused)?;
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
    let (id, slug) = by_operator::create_product(&db, &organization_id, &called, SystemClock.now()).await?;
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
    by_operator::add_member(&db, &organization_id, &user_id, &roles, SystemClock.now()).await?;
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
    let removed = by_operator::remove_member(&db, &organization_id, &user_id, SystemClock.now()).await;
    let impact = removed.map_err(refused)?;
    db.close().await?;
    let sentence = format!(
        "{address} is no member of {} any more; {} grants ended.",
        options.organization, impact.grants
    );
    done(options.json, &sentence, json!({ "id": user_id, "email": address, "grants": impact.grants }));
    Ok(())
}
