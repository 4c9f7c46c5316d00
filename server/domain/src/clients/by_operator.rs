//! Clients that whoever runs the server registers on the command line.

use types::{
    client::{ClientSource, ClientType, Credentials},
    client_form::ClientForm,
    failure::Failure,
    redirect_uri::RedirectRules,
};

use super::form;
use crate::{clock::Millis, db::Database};

/// Registers a client that belongs to nobody. Gives its secret, where it has one, which nobody can read later.
///
/// # Errors
/// [`Failure::Invalid`] for what cannot be taken.
pub async fn create(
    db: &Database,
    rules: &RedirectRules,
    typed: &ClientForm,
    kind: ClientType,
    now: Millis,
) -> Result<Credentials, Failure> {
    let description = form::description(rules, typed)?;
    let transaction = db.begin().await?;
    let made = form::register(&transaction, (None, ""), ClientSource::Admin, description, kind, now).await?;
    transaction.commit().await?;
    Ok(made)
}
