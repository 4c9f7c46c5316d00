//! The first run: a link, and the first person with a workspace.

use types::{failure::Failure, role::OrgRole};

use super::sign_in::{self, SignedIn};
use crate::{
    Domain,
    accounts::{
        email, names, passwords,
        users::{self, NewUser},
    },
    actor::Visit,
    audit::{self, Action, Event},
    clock::{HOUR, Millis},
    crypto::secret::{HashedSecret, PlainSecret, SecretKind, constant_time_eq},
    db::{Database, settings},
    error::Result,
    workspaces::{organizations, product_settings, products},
};

/// The time for which the link is open.
const LIFETIME: Millis = HOUR;
/// The setting that has the hash of the link and the moment at which it ends.
const SETTING: &str = "set_up";

/// Makes a new link in place of the one before; `None` when somebody has an account. It is stored as a hash.
pub async fn new_link(db: &Database, now: Millis) -> Result<Option<PlainSecret>> {
    if users::any_exist(db.read()).await? {
        return Ok(None);
    }
    let token = PlainSecret::generate(SecretKind::SetUp);
    let value = format!("{} {}", token.hashed().as_str(), now + LIFETIME);
    settings::set(db.write(), SETTING, &value).await?;
    Ok(Some(token))
}

/// Says if this link is open.
pub async fn is_open(domain: &Domain, token: &str) -> Result<bool> {
    let stored = settings::lookup(domain.db.read(), SETTING).await?;
    let open = stored.is_some_and(|stored| opens(&stored, token, domain.clock.now()));
    Ok(open && !users::any_exist(domain.db.read()).await?)
}

fn opens(stored: &str, token: &str, now: Millis) -> bool {
    stored.split_once(' ').is_some_and(|(hash, end)| {
        constant_time_eq(hash, HashedSecret::of(token).as_str())
            && end.parse().is_ok_and(|end: Millis| now < end)
    })
}

/// The things that the first person types.
#[derive(Clone, Debug, Default)]
pub struct FirstRun<'a> {
    /// From the link.
    pub token: &'a str,
    /// Of the person.
    pub name: &'a str,
    /// Of the person.
    pub email: &'a str,
    /// Of the person.
    pub password: &'a str,
    /// The name of the first organization.
    pub organization: &'a str,
    /// The name of its first product.
    pub product: &'a str,
}

/// Makes the instance admin, the organization and the product, and signs the person in. Gives the path of the product.
///
/// # Errors
/// [`Failure::NotFound`] when the link is void: somebody was faster.
pub async fn set_up(
    domain: &Domain,
    visit: &Visit,
    first: &FirstRun<'_>,
) -> Result<(SignedIn, String), Failure> {
    domain.limits.account.take_known(domain.limits.network(&visit.address).as_deref())?;
    // Before the password is hashed: nobody makes the server work without the link.
    if !is_open(domain, first.token).await? {
        return Err(Failure::NotFound);
    }
    let name = names::typed("name", first.name)?;
    let email = email::typed(first.email)?;
    let organization = names::typed("organization", first.organization)?;
    let product = names::typed("product", first.product)?;
    let known = [name.as_str(), email.as_str()];
    let password_hash = passwords::chosen(domain, "password", first.password, &known).await?;
    let now = domain.clock.now();
    let transaction = domain.db.begin().await?;
    // One of those who come at once takes it away, and the others find nothing.
    let stored = settings::take(&transaction, SETTING).await?;
    let open = stored.is_some_and(|stored| opens(&stored, first.token, now));
    if !open || users::any_exist(&transaction).await? {
        return transaction.refuse(Failure::NotFound).await;
    }
    let user = NewUser { email, name, password_hash, instance_admin: true };
    let user_id = users::add(&transaction, user, now).await?;
    let (organization_id, slug) = organizations::add(&transaction, &organization, now).await?;
    let (_, product_slug) = product_settings::add(&transaction, &organization_id, &product, now).await?;
    products::set_membership(&transaction, &organization_id, &user_id, OrgRole::Owner, now).await?;
    let event = Event {
        actor_id: Some(&user_id),
        address: &visit.address,
        organization_id: Some(&organization_id),
        ..Event::default()
    };
    for action in
        [Action::UserCreated, Action::AdminMade, Action::OrganizationCreated, Action::ProductCreated]
    {
        audit::record(&transaction, action, event, now).await?;
    }
    let session = sign_in::begin_in(domain, &transaction, visit, &user_id).await?;
    transaction.commit().await?;
    Ok((SignedIn { user_id, session }, types::paths::product(&slug, &product_slug)))
}
