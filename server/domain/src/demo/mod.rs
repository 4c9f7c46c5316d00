//! The demo workspace: two organizations, their people and a few work items.

use std::sync::Arc;

use sea_orm::ConnectionTrait;
use serde_json::json;
use types::{
    id::{OrganizationId, ProductId, UserId},
    product::ProductRef,
    role::{OrgRole, ProductRole},
    work_item::{CreateWorkItem, Status},
};

use crate::{
    accounts::users::{self, NewUser},
    clock::{HOUR, ManualClock, Millis},
    crypto::password::PasswordHasher,
    db::{Database, settings},
    error::{Error, Result},
    oauth::caller::{CallActor, Caller},
    procedures::{self, Context, Progress},
    workspaces::products,
};

/// The password of everybody in the demo workspace.
pub const PASSWORD: &str = "correct horse battery staple";

/// Marks a database as the demo workspace.
pub const MARK: &str = "demo";

/// Somebody in the demo workspace.
pub struct Person {
    /// The address that they sign in with.
    pub email: &'static str,
    /// Their role, in words.
    pub about: &'static str,
    name: &'static str,
    instance_admin: bool,
}

const fn person(
    email: &'static str,
    name: &'static str,
    about: &'static str,
    instance_admin: bool,
) -> Person {
    Person { email, about, name, instance_admin }
}

/// Everybody in the demo workspace.
pub const PEOPLE: [Person; 5] = [
    person("admin@example.com", "Ada Admin", "instance admin, owner of Acme", true),
    person("owner@example.com", "Olive Owner", "owner of Acme and Globex", false),
    person("member@example.com", "Mel Member", "editor in Acme / Support", false),
    person("viewer@example.com", "Vic Viewer", "viewer in Acme / Support", false),
    person("outsider@example.com", "Otto Outsider", "operator in Globex / Research", false),
];

/// Title, description and status of a work item.
type Item = (&'static str, &'static str, Status);

const SUPPORT_ITEMS: [Item; 5] = [
    ("Customer cannot reset password", "The mail arrives, the link says it has expired.", Status::Open),
    (
        "Invoice shows the wrong address",
        "Since the move in June. Three customers so far.",
        Status::InProgress,
    ),
    ("Export stops at 10,000 rows", "", Status::Open),
    ("Add a status page link to replies", "", Status::Done),
    ("Refund for order 2041", "Approved by finance, waiting for the payment provider.", Status::InProgress),
];
const SALES_ITEMS: [Item; 2] = [
    ("Call Initech about the renewal", "Contract ends in March.", Status::Open),
    ("Prepare the quarterly forecast", "", Status::InProgress),
];
const RESEARCH_ITEMS: [Item; 2] = [
    ("Repeat the alloy test at 400 degrees", "Second furnace only.", Status::Open),
    ("Write up the July results", "", Status::Done),
];

/// Makes sure that the database is, or is not, the demo workspace, as the settings say.
///
/// # Errors
/// When a demo database is served without `--demo`, or the other way round.
pub async fn check_mark(db: &Database, demo: bool) -> Result<()> {
    let marked = settings::lookup(db.read(), MARK).await?.is_some();
    match (marked, demo) {
        (true, false) => Err(Error::Setup(
            "this database holds the demo workspace with its known passwords; add --demo".to_owned(),
        )),
        (false, true) if users::any_exist(db.read()).await? => Err(Error::Setup(
            "--demo needs a database of its own; this one holds other people's data".to_owned(),
        )),
        _ => Ok(()),
    }
}

/// Fills an empty database with the demo workspace; does nothing where it is there already.
pub async fn seed(db: &Database, passwords: &PasswordHasher, now: Millis) -> Result<()> {
    if settings::lookup(db.read(), MARK).await?.is_some() {
        return Ok(());
    }
    let hash = passwords.hash(PASSWORD.to_owned()).await?;
    let transaction = db.begin().await?;
    let [support, sales, research] = seed_people(&transaction, &hash, now).await?;
    settings::set(&transaction, MARK, "1").await?;
    transaction.commit().await?;
    seed_items(db, &support, &SUPPORT_ITEMS, now).await?;
    seed_items(db, &sales, &SALES_ITEMS, now).await?;
    seed_items(db, &research, &RESEARCH_ITEMS, now).await
}

/// Organizations, products and people. Gives, for each product, somebody who may write there.
async fn seed_people(db: &impl ConnectionTrait, hash: &str, now: Millis) -> Result<[Caller; 3]> {
    let mut ids = Vec::with_capacity(PEOPLE.len());
    for person in &PEOPLE {
        let user = NewUser {
            email: person.email.to_owned(),
            name: person.name.to_owned(),
            password_hash: hash.to_owned(),
            instance_admin: person.instance_admin,
        };
        ids.push(users::add(db, user, now).await?);
    }
    let [admin, owner, member, viewer, outsider] =
        <[UserId; 5]>::try_from(ids).map_err(|_| Error::Setup("the demo has five people".to_owned()))?;

    let acme = products::add_organization(db, "acme", "Acme", now).await?;
    let globex = products::add_organization(db, "globex", "Globex", now).await?;
    let support = products::add_product(db, &acme, "support", "Support", now).await?;
    let sales = products::add_product(db, &acme, "sales", "Sales", now).await?;
    let research = products::add_product(db, &globex, "research", "Research", now).await?;
    products::set_membership(db, &acme, &admin, OrgRole::Owner, now).await?;
    products::set_membership(db, &acme, &owner, OrgRole::Owner, now).await?;
    products::set_membership(db, &globex, &owner, OrgRole::Owner, now).await?;
    products::set_membership(db, &acme, &member, OrgRole::Member, now).await?;
    products::set_membership(db, &acme, &viewer, OrgRole::Member, now).await?;
    products::set_membership(db, &globex, &outsider, OrgRole::Member, now).await?;
    products::set_product_role(db, &support, &member, ProductRole::Editor).await?;
    products::set_product_role(db, &support, &viewer, ProductRole::Viewer).await?;
    products::set_product_role(db, &research, &outsider, ProductRole::Operator).await?;

    let owner_of = |organization: &OrganizationId, product: ProductId| Caller {
        user_id: owner.clone(),
        user_name: PEOPLE[1].name.to_owned(),
        product: ProductRef { organization_id: organization.clone(), product_id: product },
        role: ProductRole::Admin,
        actor: CallActor::Page,
    };
    Ok([owner_of(&acme, support), owner_of(&acme, sales), owner_of(&globex, research)])
}

async fn seed_items(db: &Database, caller: &Caller, items: &[Item], now: Millis) -> Result<()> {
    for (age, (title, description, status)) in (1..).zip(items) {
        let clock = Arc::new(ManualClock::new(now - age * 5 * HOUR));
        let words = json!({ "title": title, "description": description, "status": status });
        procedures::call::<CreateWorkItem>(
            &Context { db: db.clone(), clock, progress: Progress::default() },
            caller,
            words,
        )
        .await
        .map_err(|error| Error::Setup(format!("the demo cannot make a work item: {error}")))?;
    }
    Ok(())
}
