//! Signing in.

use types::{
    failure::Failure,
    id::UserId,
    paths,
    person::{DemoHint, SignInForm},
};

use crate::{
    Domain,
    accounts::{
        passwords::LENGTH_MAX,
        sessions::{self, Place},
        users,
    },
    actor::Visit,
    crypto::{
        CryptoError,
        password::Lane,
        secret::{HashedSecret, PlainSecret, SecretKind},
    },
    db::Transaction,
    demo,
    error::Error,
    rate_limit::TooMany,
};

/// Content of the sign-in page; `next` is the path to return to.
pub async fn sign_in_form(domain: &Domain, next: &str) -> Result<SignInForm, Failure> {
    let people = demo::PEOPLE.iter().map(|person| (person.email.to_owned(), person.about.to_owned()));
    let demo = domain
        .config
        .options
        .demo
        .then(|| DemoHint { people: people.collect(), password: demo::PASSWORD.to_owned() });
    Ok(SignInForm {
        next: paths::local_path(next).to_owned(),
        demo,
        empty: !users::any_exist(domain.db.read()).await?,
        sign_up: domain.config.options.sign_up,
        ..SignInForm::default()
    })
}

/// A person who signed in.
pub struct SignedIn {
    /// The person.
    pub user_id: UserId,
    /// Opens their new session.
    pub session: PlainSecret,
}

/// The reason why a password was not even checked, or nobody could be signed in.
#[derive(Debug)]
pub enum Refusal {
    /// Too many wrong ones.
    TooMany(TooMany),
    /// More people sign in than the server can check at once.
    Busy,
    /// Something failed inside.
    Internal(Error),
}

impl From<TooMany> for Refusal {
    fn from(too_many: TooMany) -> Self {
        Self::TooMany(too_many)
    }
}

impl From<CryptoError> for Refusal {
    fn from(error: CryptoError) -> Self {
        match error {
            CryptoError::Busy => Self::Busy,
            error => Self::Internal(error.into()),
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Internal(error)
    }
}

/// A pair of e-mail address and password that somebody sent.
pub struct Attempt<'a> {
    /// The address of an account.
    pub email: &'a str,
    /// The password.
    pub password: &'a str,
    /// Says if this user signed in before in the browser that sent it.
    pub knows: &'a (dyn Fn(&str) -> bool + Send + Sync),
    /// Says if nobody did.
    pub stranger: bool,
}

impl Attempt<'_> {
    /// Signs the person in, with a new session in place of the one that the browser had; `None` for a wrong pair.
    ///
    /// # Errors
    /// [`Refusal`].
    pub async fn sign_in(&self, domain: &Domain, visit: &Visit) -> Result<Option<SignedIn>, Refusal> {
        let Some(user_id) = self.check(domain, visit).await? else { return Ok(None) };
        let session = begin(domain, visit, &user_id).await?;
        Ok(Some(SignedIn { user_id, session }))
    }

    /// The user that the pair belongs to. Wrong pairs count against the address, and against it and the account: who
    /// knows an e-mail address cannot keep its owner out. Right ones count for the person alone, those that were not
    /// checked for nobody.
    async fn check(&self, domain: &Domain, visit: &Visit) -> Result<Option<UserId>, Refusal> {
        let Domain { limits, passwords, db, .. } = domain;
        let network = limits.network(&visit.address);
        let network = network.as_deref();
        let account = format!("{} {}", network.unwrap_or_default(), self.email.to_lowercase());
        // Whoever tries one account too often does not use up the tries of everybody at the address.
        limits.sign_in_address.check_known(network)?;
        // A flood of strangers does not even get as far as the database.
        let _let_in = self.stranger.then(|| passwords.let_in()).transpose()?;
        limits.sign_in_account.take(&account)?;
        limits.sign_in_address.take_known(network)?;
        let user = users::find_by_email(db.read(), self.email).await?;
        let user = user.filter(|user| user.disabled_at.is_none());
        let stored = user.as_ref().map(|user| user.password_hash.clone());
        let user_id = user.as_ref().map_or("", |user| &user.id);
        let lane = match (self.knows)(user_id) {
            true => Lane::Known { user_id },
            false => Lane::Anybody { network: network.unwrap_or_default() },
        };
        let password = if self.password.len() <= LENGTH_MAX { self.password } else { "" };
        let verified = passwords.verify(password.to_owned(), stored, lane).await;
        if !matches!(verified, Ok(false)) {
            if let Some(network) = network {
                limits.sign_in_address.give_back(network);
            }
            limits.sign_in_account.give_back(&account);
        }
        let right = verified?;
        let user = user.filter(|_| right).map(|user| user.id);
        // Each leaves a session behind.
        limits.sign_in_person.take_known(user.as_deref())?;
        Ok(user)
    }
}

/// A new session in place of the one that the browser had, if any.
async fn begin(domain: &Domain, visit: &Visit, user_id: &UserId) -> Result<PlainSecret, Error> {
    let transaction = domain.db.begin().await?;
    let id = begin_in(domain, &transaction, visit, user_id).await?;
    transaction.commit().await?;
    Ok(id)
}

/// The same in a transaction of the caller's.
pub(crate) async fn begin_in(
    domain: &Domain,
    transaction: &Transaction,
    visit: &Visit,
    user_id: &UserId,
) -> Result<PlainSecret, Error> {
    let id = PlainSecret::generate(SecretKind::Session);
    let lifetime = domain.config.options.lifetimes.session_lifetime;
    if let Some(old) = &visit.session {
        sessions::remove(transaction, &HashedSecret::stored(old.clone())).await?;
    }
    sessions::make_room(transaction, user_id).await?;
    let place = Place { address: &visit.address, device: &visit.device };
    sessions::add(transaction, &id.hashed(), user_id, place, lifetime, domain.clock.now()).await?;
    Ok(id)
}
