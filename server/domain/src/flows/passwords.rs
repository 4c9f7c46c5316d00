//! Passwords that are changed, or set anew by whoever has a link.

use types::{account::LinkPage, failure::Failure, grant::RevokeReason, id::UserId, paths};

use super::sign_in::{self, SignedIn};
use crate::{
    Domain,
    accounts::{
        email,
        links::{self, Purpose},
        passwords,
        profile::own_event,
        sessions, users,
    },
    actor::{Actor, Visit},
    audit::{self, Action, Event},
    clock::{HOUR, Millis},
    crypto::secret::{HashedSecret, PlainSecret, SecretKind},
    db::Database,
    error::Error,
    flows::set_up,
    grants::life::{self, Revocation},
    mail::Mail,
    views::impact::GrantsOf,
};

/// The time for which a link sets a new password.
const RESET_LINK: Millis = HOUR;
/// The same for one that an operator or administrator hands over.
const HANDED_LINK: Millis = 24 * HOUR;

/// The changes that come with a new password.
#[derive(Clone, Copy, Debug, Default)]
pub struct NewPassword<'a> {
    /// The password.
    pub password: &'a str,
    /// Says if the access of the person's apps ends too (`protocol.md` F6).
    pub revokes: bool,
}

/// Changes the password of the person. Their other sessions end.
pub async fn change(
    domain: &Domain,
    actor: &Actor,
    current: &str,
    new: NewPassword<'_>,
) -> Result<(), Failure> {
    let viewer = &actor.viewer;
    passwords::prove(domain, &viewer.user_id, "password", current).await?;
    let known = [viewer.name.as_str(), viewer.email.as_str()];
    let hash = passwords::chosen(domain, "new_password", new.password, &known).await?;
    domain.limits.change.take(&viewer.user_id)?;
    let transaction = domain.db.begin().await?;
    users::set_password(&transaction, &viewer.user_id, &hash).await?;
    sessions::remove_of(&transaction, &viewer.user_id, Some(&actor.session)).await?;
    links::remove_of(&transaction, &viewer.user_id).await?;
    let now = domain.clock.now();
    if new.revokes {
        let revocation =
            Revocation { reason: RevokeReason::Person, by: Some(&viewer.user_id), address: &actor.address };
        life::revoke_where(&transaction, GrantsOf::User(&viewer.user_id), revocation, now).await?;
    }
    audit::record(&transaction, Action::PasswordChanged, own_event(actor), now).await?;
    Ok(transaction.commit().await?)
}

/// Sends a link that sets a new password to an address, if it has an account. The answer is the same if not.
pub async fn request_reset(domain: &Domain, visit: &Visit, email: &str) -> Result<(), Failure> {
    let email = email::typed(email)?;
    domain.limits.account.take_known(domain.limits.network(&visit.address).as_deref())?;
    domain.limits.mail.take(&email)?;
    let user = users::find_by_email(domain.db.read(), &email).await?;
    let Some(user) = user.filter(|user| user.disabled_at.is_none()) else { return Ok(()) };
    let now = domain.clock.now();
    let token = PlainSecret::generate(SecretKind::Link);
    let transaction = domain.db.begin().await?;
    links::add(&transaction, &token.hashed(), Purpose::Reset(user.id.clone()), RESET_LINK, now).await?;
    let event = Event { address: &visit.address, detail: Some(&user.id), ..Event::default() };
    audit::record(&transaction, Action::ResetRequested, event, now).await?;
    transaction.commit().await?;
    let link = domain.config.url(&paths::with_token(paths::RESET, token.expose()));
    let text = format!(
        "Open this link within an hour to choose a new password for {email}:\n\n{link}\n\n\
         If that was not you, do nothing: your password stays.\n"
    );
    domain.mail.post(Mail { to: &email, subject: "Choose a new password", text }, now);
    Ok(())
}

/// Makes a link that sets a new password of a person, to be handed over. Gives what its address ends with.
pub async fn new_link(
    db: &Database,
    user_id: &UserId,
    event: Event<'_>,
    now: Millis,
) -> Result<PlainSecret, Error> {
    let token = PlainSecret::generate(SecretKind::Link);
    let transaction = db.begin().await?;
    links::add(&transaction, &token.hashed(), Purpose::Reset(user_id.clone()), HANDED_LINK, now).await?;
    audit::record(&transaction, Action::ResetRequested, Event { detail: Some(user_id), ..event }, now)
        .await?;
    transaction.commit().await?;
    Ok(token)
}

/// The purpose of a link that somebody opens.
pub async fn link_page(domain: &Domain, token: &str) -> Result<LinkPage, Failure> {
    let hash = HashedSecret::of(token);
    Ok(match links::lookup(domain.db.read(), &hash, domain.clock.now()).await? {
        Some(Purpose::SignUp(email)) => LinkPage::SignUp { email },
        Some(Purpose::Email(_, email)) => LinkPage::Email { email },
        Some(Purpose::Reset(user_id)) => {
            let user = users::lookup(domain.db.read(), &user_id).await?;
            user.filter(|user| user.disabled_at.is_none())
                .map_or(LinkPage::Void, |user| LinkPage::Reset { email: user.email })
        }
        None if set_up::is_open(domain, token).await? => LinkPage::SetUp,
        None => LinkPage::Void,
    })
}

/// Sets the password of the person whose link this is, ends their sessions, and signs them in.
///
/// # Errors
/// [`Failure::NotFound`] when the link is void, [`Failure::Invalid`] for a password that may not be chosen.
pub async fn reset(
    domain: &Domain,
    visit: &Visit,
    token: &str,
    new: NewPassword<'_>,
) -> Result<SignedIn, Failure> {
    let token = HashedSecret::of(token);
    let now = domain.clock.now();
    let Some(Purpose::Reset(user_id)) = links::lookup(domain.db.read(), &token, now).await? else {
        return Err(Failure::NotFound);
    };
    let user = users::lookup(domain.db.read(), &user_id).await?;
    let user = user.filter(|user| user.disabled_at.is_none()).ok_or(Failure::NotFound)?;
    let hash = passwords::chosen(domain, "password", new.password, &[&user.name, &user.email]).await?;
    let transaction = domain.db.begin().await?;
    if !links::consume(&transaction, &token).await? {
        return transaction.refuse(Failure::NotFound).await;
    }
    users::set_password(&transaction, &user_id, &hash).await?;
    sessions::remove_of(&transaction, &user_id, None).await?;
    links::remove_of(&transaction, &user_id).await?;
    let by = Some(&user_id);
    if new.revokes {
        let revocation = Revocation { reason: RevokeReason::Person, by, address: &visit.address };
        life::revoke_where(&transaction, GrantsOf::User(&user_id), revocation, now).await?;
    }
    let event = Event { actor_id: by, address: &visit.address, ..Event::default() };
    audit::record(&transaction, Action::PasswordReset, event, now).await?;
    let session = sign_in::begin_in(domain, &transaction, visit, &user_id).await?;
    transaction.commit().await?;
    Ok(SignedIn { user_id, session })
}
