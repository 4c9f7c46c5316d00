//! What the command line does besides serving: on a database of its own, whether a server runs on it or not.

pub mod clients;
pub mod keys;
pub mod organizations;
mod output;
pub mod users;

use domain::{
    accounts::{email, users as accounts},
    config::DatabaseOptions,
    db::{Database, migrations::migrate},
    error::{Error, Result},
    workspaces::{organizations as workspaces, product_settings},
};
use types::{
    failure::Failure,
    id::{OrganizationId, ProductId, UserId},
};

/// Opens the database, with the newest schema. It is made if it is missing.
///
/// # Errors
/// When it cannot be opened, made or brought to the newest schema.
pub async fn make(options: &DatabaseOptions) -> Result<Database> {
    options.make_folder()?;
    let db = Database::connect(&options.location(false)).await?;
    migrate(&db).await?;
    Ok(db)
}

/// Opens the database that is there, with the newest schema.
async fn open(options: &DatabaseOptions) -> Result<Database> {
    let db = Database::connect_existing(&options.location(false)).await?;
    migrate(&db).await?;
    Ok(db)
}

/// A refusal in one line.
fn refused(failure: Failure) -> Error {
    Error::Setup(failure.to_string())
}

/// The person with this address.
async fn person(db: &Database, address: &str) -> Result<(UserId, String)> {
    let unknown = || Error::Setup(format!("nobody has the address {address}"));
    let address = email::parse(address).ok_or_else(unknown)?;
    let user = accounts::find_by_email(db.read(), &address).await?.ok_or_else(unknown)?;
    Ok((user.id, user.email))
}

/// The organization of this slug.
async fn organization(db: &Database, slug: &str) -> Result<OrganizationId> {
    let found = workspaces::find_by_slug(db.read(), slug).await?;
    found.map(|row| row.id).ok_or_else(|| Error::Setup(format!("there is no organization {slug}")))
}

/// The product of an organization with this slug.
async fn product(db: &Database, organization_id: &OrganizationId, slug: &str) -> Result<ProductId> {
    let found = product_settings::find_by_slug(db.read(), organization_id, slug).await?;
    found.map(|row| row.id).ok_or_else(|| Error::Setup(format!("there is no product {slug} in it")))
}
