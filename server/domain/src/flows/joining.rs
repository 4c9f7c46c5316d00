//! Coming into a workspace: by an invitation, or by signing up.

use types::{
    account::{InvitePage, Invited},
    failure::Failure,
    id::UserId,
    paths,
    role::{OrgRole, ProductRole},
};

use super::sign_in::{self, SignedIn};
use crate::{
    Domain,
    accounts::{
        email,
        links::{self, Purpose},
        names, passwords,
        users::{self, NewUser},
    },
    actor::{Actor, Visit},
    audit::{self, Action, Event},
    clock::{DAY, Millis},
    crypto::secret::{HashedSecret, PlainSecret, SecretKind},
    db::Transaction,
    error::Error,
    mail::Mail,
    workspaces::{
        invitations::{self, Invitation},
        members, organizations, products,
    },
};

/// The time for which a link that makes an account is open.
const SIGN_UP_LINK: Millis = DAY;

/// The invitation of a link, if it is open and whoever made it could still make it.
async fn open_invitation(
    domain: &Domain,
    db: &impl sea_orm::ConnectionTrait,
    token: &str,
) -> Result<Option<Invitation>, Error> {
    let Some(invitation) = invitations::lookup(db, &HashedSecret::of(token), domain.clock.now()).await?
    else {
        return Ok(None);
    };
    let inviter = users::lookup(db, &invitation.invited_by).await?.filter(|user| user.disabled_at.is_none());
    let role = members::role_of(db, &invitation.organization_id, &invitation.invited_by).await?;
    let may = role.is_some_and(|role| {
        members::may_touch(role, invitation.roles.role.unwrap_or(OrgRole::Member)).is_ok()
    });
    Ok(Some(invitation).filter(|_| may && inviter.is_some()))
}

/// Content of the page of an invitation.
pub async fn invitation_page(domain: &Domain, visit: &Visit, token: &str) -> Result<InvitePage, Failure> {
    let db = domain.db.read();
    let viewer = visit.viewer.as_ref();
    let page = |invitation| InvitePage { invitation, viewer: viewer.map(|viewer| viewer.email.clone()) };
    let Some(invitation) = open_invitation(domain, db, token).await? else { return Ok(page(None)) };
    let Some(organization) = organizations::lookup(db, &invitation.organization_id).await? else {
        return Ok(page(None));
    };
    let by = users::lookup(db, &invitation.invited_by).await?.map(|user| user.name).unwrap_or_default();
    let roles: Vec<_> =
        invitation.roles.products.into_iter().filter_map(|(id, role)| Some((id, role?))).collect();
    let named = invitations::names(db, &roles).await?;
    let member = match viewer {
        Some(viewer) => members::role_of(db, &organization.id, &viewer.user_id).await?.is_some(),
        None => false,
    };
    Ok(page(Some(Invited {
        organization: organization.name,
        invited_by: by,
        role: invitation.roles.role.unwrap_or(OrgRole::Member),
        products: named
            .into_iter()
            .map(|(name, role): (String, ProductRole)| (name, role.to_string()))
            .collect(),
        email: invitation.email,
        member,
    })))
}

/// Makes the person who is signed in a member. Gives the path that they go on to.
///
/// # Errors
/// [`Failure::NotFound`] when the link is void.
pub async fn join(domain: &Domain, actor: &Actor, token: &str) -> Result<String, Failure> {
    domain.limits.change.take(&actor.viewer.user_id)?;
    let transaction = domain.db.begin().await?;
    let joined = take_invitation(domain, &transaction, token, &actor.viewer.user_id, &actor.address).await;
    let invitation = transaction.conclude(joined).await?;
    home(domain, &actor.viewer.user_id, &invitation).await
}

/// Makes an account for whoever was invited, a member of it, and signs the person in. Gives the path that they go on to.
///
/// # Errors
/// [`Failure::NotFound`] when the link is void, [`Failure::Invalid`] for what cannot be taken.
pub async fn join_as_new(
    domain: &Domain,
    visit: &Visit,
    token: &str,
    new: &NewAccount<'_>,
) -> Result<(SignedIn, String), Failure> {
    domain.limits.account.take_known(domain.limits.network(&visit.address).as_deref())?;
    // Before the password is hashed: nobody makes the server work without the link.
    let invitation = open_invitation(domain, domain.db.read(), token).await?.ok_or(Failure::NotFound)?;
    let email = email::typed(new.email)?;
    if let Some(invited) = invitation.email.filter(|invited| *invited != email) {
        let message =
            format!("This invitation is for {invited}. Ask for one of your own to use another address.");
        return Err(Failure::Invalid { field: "email".to_owned(), message });
    }
    let user = new.checked(domain, email).await?;
    let transaction = domain.db.begin().await?;
    let made = join_as_new_in(domain, &transaction, visit, token, user).await;
    let (signed_in, invitation) = transaction.conclude(made).await?;
    let path = home(domain, &signed_in.user_id, &invitation).await?;
    Ok((signed_in, path))
}

async fn join_as_new_in(
    domain: &Domain,
    transaction: &Transaction,
    visit: &Visit,
    token: &str,
    user: NewUser,
) -> Result<(SignedIn, Invitation), Failure> {
    let signed_in = add_account(domain, transaction, visit, user).await?;
    let invitation = take_invitation(domain, transaction, token, &signed_in.user_id, &visit.address).await?;
    Ok((signed_in, invitation))
}

async fn take_invitation(
    domain: &Domain,
    transaction: &Transaction,
    token: &str,
    user_id: &UserId,
    address: &str,
) -> Result<Invitation, Failure> {
    let now = domain.clock.now();
    let found = open_invitation(domain, transaction, token).await?.ok_or(Failure::NotFound)?;
    organizations::lock(transaction, &found.organization_id).await?.ok_or(Failure::NotFound)?;
    // Asked again: whoever invited may have lost the right while the organization was waited for.
    let invitation = open_invitation(domain, transaction, token).await?.ok_or(Failure::NotFound)?;
    if !invitations::consume(transaction, &invitation.id, now).await? {
        return Err(Failure::NotFound);
    }
    members::join(transaction, &invitation.organization_id, user_id, &invitation.roles, now).await?;
    let event = Event {
        actor_id: Some(user_id),
        address,
        organization_id: Some(&invitation.organization_id),
        detail: Some(&invitation.id),
        ..Event::default()
    };
    audit::record(transaction, Action::MemberJoined, event, now).await?;
    Ok(invitation)
}

/// The first product of the organization that the person may open by now, or the start page.
async fn home(domain: &Domain, user_id: &UserId, invitation: &Invitation) -> Result<String, Failure> {
    let products = products::memberships_of(domain.db.read(), user_id).await?;
    let first = products.into_iter().find(|product| product.organization_id == invitation.organization_id);
    Ok(first.map_or_else(
        || "/".to_owned(),
        |product| paths::product(&product.organization_slug, &product.product_slug),
    ))
}

/// The things that somebody types who gets an account.
#[derive(Clone, Copy, Debug, Default)]
pub struct NewAccount<'a> {
    /// The name on pages.
    pub name: &'a str,
    /// The address; a link that came to one says which.
    pub email: &'a str,
    /// The password.
    pub password: &'a str,
}

impl NewAccount<'_> {
    async fn checked(&self, domain: &Domain, email: String) -> Result<NewUser, Failure> {
        let name = names::typed("name", self.name)?;
        let known = [name.as_str(), email.as_str()];
        let password_hash = passwords::chosen(domain, "password", self.password, &known).await?;
        Ok(NewUser { email, name, password_hash, instance_admin: false })
    }
}

/// Adds an account, and signs its person in.
async fn add_account(
    domain: &Domain,
    transaction: &Transaction,
    visit: &Visit,
    user: NewUser,
) -> Result<SignedIn, Failure> {
    let now = domain.clock.now();
    if users::find_by_email(transaction, &user.email).await?.is_some() {
        let message = "This address has an account. Sign in with it.".to_owned();
        return Err(Failure::Invalid { field: "email".to_owned(), message });
    }
    let user_id = users::add(transaction, user, now).await?;
    let event = Event { actor_id: Some(&user_id), address: &visit.address, ..Event::default() };
    audit::record(transaction, Action::UserCreated, event, now).await?;
    let session = sign_in::begin_in(domain, transaction, visit, &user_id).await?;
    Ok(SignedIn { user_id, session })
}

/// Sends a link that makes an account to an address. Whoever has one there gets a mail that says so: the answer does not
/// tell who has an account.
///
/// # Errors
/// [`Failure::Forbidden`] where nobody may sign up.
pub async fn request_sign_up(domain: &Domain, visit: &Visit, email: &str) -> Result<(), Failure> {
    if !domain.config.options.sign_up {
        return Err(Failure::Forbidden("Accounts are made by invitation here.".to_owned()));
    }
    let email = email::typed(email)?;
    domain.limits.account.take_known(domain.limits.network(&visit.address).as_deref())?;
    domain.limits.mail.take(&email)?;
    let now = domain.clock.now();
    if users::find_by_email(domain.db.read(), &email).await?.is_some() {
        let link = domain.config.url(paths::SIGN_IN);
        let text = format!(
            "Somebody wants to make an account with this address. It has one already: sign in at\n\n{link}\n"
        );
        domain.mail.post(Mail { to: &email, subject: "You have an account already", text }, now);
        return Ok(());
    }
    let token = PlainSecret::generate(SecretKind::Link);
    let transaction = domain.db.begin().await?;
    links::add(&transaction, &token.hashed(), Purpose::SignUp(email.clone()), SIGN_UP_LINK, now).await?;
    transaction.commit().await?;
    let link = domain.config.url(&paths::with_token(paths::SIGN_UP, token.expose()));
    let text = format!(
        "Open this link within a day to make your account of Gatepass:\n\n{link}\n\nIf that was not you, do nothing.\n"
    );
    domain.mail.post(Mail { to: &email, subject: "Make your account", text }, now);
    Ok(())
}

/// Makes the account for whose address the link was made, and signs its person in.
///
/// # Errors
/// [`Failure::Forbidden`] where nobody may sign up any more, [`Failure::NotFound`] when the link is void, [`Failure::Invalid`] for what cannot be taken.
pub async fn complete_sign_up(
    domain: &Domain,
    visit: &Visit,
    token: &str,
    new: &NewAccount<'_>,
) -> Result<SignedIn, Failure> {
    if !domain.config.options.sign_up {
        return Err(Failure::Forbidden("Accounts are made by invitation here.".to_owned()));
    }
    domain.limits.account.take_known(domain.limits.network(&visit.address).as_deref())?;
    let token = HashedSecret::of(token);
    let now = domain.clock.now();
    let Some(Purpose::SignUp(email)) = links::lookup(domain.db.read(), &token, now).await? else {
        return Err(Failure::NotFound);
    };
    let user = new.checked(domain, email).await?;
    let transaction = domain.db.begin().await?;
    if !links::consume(&transaction, &token).await? {
        return transaction.refuse(Failure::NotFound).await;
    }
    let made = add_account(domain, &transaction, visit, user).await;
    transaction.conclude(made).await
}
