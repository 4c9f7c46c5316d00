//! A person's own account: name, address, sign-ins.

use types::{
    account::{ProfilePage, SessionsPage},
    failure::Failure,
    id::UserId,
    paths,
};

use crate::{
    Domain,
    accounts::{
        email,
        links::{self, Purpose},
        names, passwords, sessions, users,
    },
    actor::{Actor, Visit},
    audit::{self, Action, Event},
    clock::{DAY, Millis},
    crypto::secret::{HashedSecret, PlainSecret, SecretKind},
    mail::Mail,
};

/// The time for which a new address may be confirmed.
const EMAIL_LINK: Millis = DAY;

/// An event about the account of the person who does it.
pub(crate) fn own_event(actor: &Actor) -> Event<'_> {
    Event { actor_id: Some(&actor.viewer.user_id), address: &actor.address, ..Event::default() }
}

/// Content of the profile page.
pub async fn profile(domain: &Domain, actor: &Actor) -> Result<ProfilePage, Failure> {
    let waiting = links::waiting_email(domain.db.read(), &actor.viewer.user_id, domain.clock.now()).await?;
    Ok(ProfilePage {
        name: actor.viewer.name.clone(),
        email: actor.viewer.email.clone(),
        new_email: waiting,
        mail: domain.mail.way(),
    })
}

/// Changes the name that pages call the person by.
pub async fn rename(domain: &Domain, actor: &Actor, name: &str) -> Result<(), Failure> {
    let name = names::typed("name", name)?;
    domain.limits.change.take(&actor.viewer.user_id)?;
    let transaction = domain.db.begin().await?;
    users::rename(&transaction, &actor.viewer.user_id, &name).await?;
    audit::record(&transaction, Action::UserRenamed, own_event(actor), domain.clock.now()).await?;
    Ok(transaction.commit().await?)
}

/// Sends a link to a new address, which takes the place of the old one once the link is opened. Whoever has the address
/// already gets a mail that says so: the page does not tell who has an account.
pub async fn request_email(
    domain: &Domain,
    actor: &Actor,
    email: &str,
    password: &str,
) -> Result<(), Failure> {
    let email = email::typed(email)?;
    let user_id = &actor.viewer.user_id;
    if email == actor.viewer.email {
        let message = "This is your address already.".to_owned();
        return Err(Failure::Invalid { field: "email".to_owned(), message });
    }
    passwords::prove(domain, user_id, "password", password).await?;
    domain.limits.change.take(user_id)?;
    domain.limits.mail.take(&email)?;
    let now = domain.clock.now();
    if users::find_by_email(domain.db.read(), &email).await?.is_some() {
        let text = "Somebody wants to use this address for another account of Gatepass. It has an account already, and \
            nothing was changed.\n"
            .to_owned();
        domain.mail.post(Mail { to: &email, subject: "This address has an account already", text }, now);
        return Ok(());
    }
    let token = PlainSecret::generate(SecretKind::Link);
    let transaction = domain.db.begin().await?;
    let purpose = Purpose::Email(user_id.clone(), email.clone());
    links::add(&transaction, &token.hashed(), purpose, EMAIL_LINK, now).await?;
    audit::record(&transaction, Action::EmailRequested, own_event(actor), now).await?;
    transaction.commit().await?;
    let link = domain.config.url(&paths::with_token(paths::CONFIRM_EMAIL, token.expose()));
    let text = format!(
        "{} wants to sign in to Gatepass with this address. Open this link within a day to confirm it:\n\n{link}\n\n\
         If that was not you, do nothing.\n",
        actor.viewer.name
    );
    domain.mail.post(Mail { to: &email, subject: "Confirm your address", text }, now);
    Ok(())
}

/// Takes the new address of a person whose link this is.
///
/// # Errors
/// [`Failure::NotFound`] when the link is void, [`Failure::Invalid`] when somebody else has the address by now.
pub async fn confirm_email(domain: &Domain, visit: &Visit, token: &str) -> Result<UserId, Failure> {
    let token = HashedSecret::of(token);
    let now = domain.clock.now();
    let transaction = domain.db.begin().await?;
    let Some(Purpose::Email(user_id, email)) = links::lookup(&transaction, &token, now).await? else {
        return transaction.refuse(Failure::NotFound).await;
    };
    if !links::consume(&transaction, &token).await? {
        return transaction.refuse(Failure::NotFound).await;
    }
    if users::find_by_email(&transaction, &email).await?.is_some() {
        let message = "Somebody else has this address by now.".to_owned();
        return transaction.refuse(Failure::Invalid { field: "email".to_owned(), message }).await;
    }
    users::set_email(&transaction, &user_id, &email).await?;
    let event = Event { actor_id: Some(&user_id), address: &visit.address, ..Event::default() };
    audit::record(&transaction, Action::EmailChanged, event, now).await?;
    transaction.commit().await?;
    Ok(user_id)
}

/// Content of the sessions page.
pub async fn sessions(domain: &Domain, actor: &Actor) -> Result<SessionsPage, Failure> {
    let now = domain.clock.now();
    let sessions = sessions::list(domain.db.read(), &actor.viewer.user_id, &actor.session, now).await?;
    Ok(SessionsPage { sessions, now })
}

/// Ends one of the person's sessions. Doing it twice is no error.
pub async fn end_session(domain: &Domain, actor: &Actor, id: &str) -> Result<(), Failure> {
    let transaction = domain.db.begin().await?;
    if sessions::remove_named(&transaction, &actor.viewer.user_id, id).await? {
        audit::record(&transaction, Action::SessionsEnded, own_event(actor), domain.clock.now()).await?;
    }
    Ok(transaction.commit().await?)
}

/// Ends all of the person's sessions but the one that asks. Gives how many they were.
pub async fn end_other_sessions(domain: &Domain, actor: &Actor) -> Result<u64, Failure> {
    let transaction = domain.db.begin().await?;
    let ended = sessions::remove_of(&transaction, &actor.viewer.user_id, Some(&actor.session)).await?;
    if ended > 0 {
        audit::record(&transaction, Action::SessionsEnded, own_event(actor), domain.clock.now()).await?;
    }
    transaction.commit().await?;
    Ok(ended)
}
