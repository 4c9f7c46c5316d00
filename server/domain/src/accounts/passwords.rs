//! Passwords that people choose, and prove to know.

use types::{failure::Failure, id::UserId};

use crate::{
    Domain,
    accounts::users,
    crypto::{
        CryptoError,
        password::{Lane, rules},
    },
    rate_limit::TooMany,
};

/// Longest password that is looked at, in bytes.
pub(crate) const LENGTH_MAX: usize = 1_024;

/// Hashes a password that somebody chooses and typed into `field`; `known` is what others know of them.
///
/// # Errors
/// [`Failure::Invalid`] when it may not be chosen, [`Failure::TooMany`] when too many wait.
pub(crate) async fn chosen(
    domain: &Domain,
    field: &str,
    password: &str,
    known: &[&str],
) -> Result<String, Failure> {
    rules::check(password, known)
        .map_err(|weakness| Failure::Invalid { field: field.to_owned(), message: weakness.to_string() })?;
    domain.passwords.hash(password.to_owned()).await.map_err(busy)
}

/// Checks the password of a person who is signed in, once more. Wrong ones count as at sign-in.
///
/// # Errors
/// [`Failure::Invalid`] for the field when it is wrong.
pub(crate) async fn prove(
    domain: &Domain,
    user_id: &UserId,
    field: &str,
    password: &str,
) -> Result<(), Failure> {
    let key = format!("again {user_id}");
    domain.limits.sign_in_account.take(&key).map_err(|_: TooMany| Failure::TooMany)?;
    let user = users::lookup(domain.db.read(), user_id).await?.ok_or(Failure::SignedOut)?;
    let password = if password.len() <= LENGTH_MAX { password } else { "" };
    let lane = Lane::Known { user_id };
    let right = domain.passwords.verify(password.to_owned(), Some(user.password_hash), lane).await;
    if !matches!(right, Ok(false)) {
        domain.limits.sign_in_account.give_back(&key);
    }
    if right.map_err(busy)? {
        return Ok(());
    }
    Err(Failure::Invalid { field: field.to_owned(), message: "This is not your password.".to_owned() })
}

fn busy(error: CryptoError) -> Failure {
    match error {
        CryptoError::Busy => Failure::TooMany,
        error => crate::error::Error::from(error).into(),
    }
}
