//! Text that people type about a client, checked and cleaned; and a client made of it.

use sea_orm::ConnectionTrait;
use types::{
    client::{AuthMethod, ClientSource, ClientType, Credentials, GrantType},
    client_form::{ClientForm, DESCRIPTION_MAX, Endpoints, NAME_MAX, RegistrationRules},
    failure::Failure,
    id::{ClientId, UserId},
    paths,
    redirect_uri::RedirectRules,
    scope::Resource,
};

use crate::{
    actor::Actor,
    audit::{self, Action, Event},
    clients::{self, NewClient, secrets, update::Description},
    clock::Millis,
    config::Config,
    crypto::{
        id,
        secret::{PlainSecret, SecretKind},
    },
    db::Transaction,
    error::Error,
    oauth::text::{presentable, website},
};

/// The rules that a form for a client needs to know.
pub(crate) fn rules(config: &Config) -> RegistrationRules {
    RegistrationRules {
        redirect: config.redirect_rules.clone(),
        endpoints: Endpoints {
            authorize: config.url(paths::AUTHORIZE),
            token: config.url(paths::TOKEN),
            api: Resource::Api.url(&config.issuer),
        },
    }
}

/// The form as what is stored.
///
/// # Errors
/// [`Failure::Invalid`] for the first field that cannot be taken.
pub(crate) fn description(rules: &RedirectRules, form: &ClientForm) -> Result<Description, Failure> {
    let refuse = |field: &str, message: &str| Failure::Invalid {
        field: field.to_owned(),
        message: message.to_owned(),
    };
    if let Err(errors) = form.check(rules) {
        let first = errors.into_iter().next().map(|error| refuse(&error.field, &error.message));
        return Err(first.unwrap_or(Failure::Unavailable));
    }
    let name = presentable(&form.name, NAME_MAX);
    if name.is_empty() {
        return Err(refuse("name", "Give the app a name that can be seen."));
    }
    let lines = form.description.trim().lines().map(|line| presentable(line, DESCRIPTION_MAX));
    let typed = form.website.trim();
    let url = website(typed).map(|(_, url)| url);
    if !typed.is_empty() && url.is_none() {
        return Err(refuse("website", "The website must be an http or https address."));
    }
    Ok(Description {
        name,
        redirect_uris: form.trimmed_redirect_uris(),
        description: lines.collect::<Vec<_>>().join("\n"),
        website: url,
    })
}

/// Registers a client in a transaction of the caller's, with a secret when it can keep one; `by` is the person who does it,
/// and their address.
pub(crate) async fn register(
    transaction: &Transaction,
    by: (Option<&UserId>, &str),
    source: ClientSource,
    description: Description,
    kind: ClientType,
    now: Millis,
) -> Result<Credentials, Error> {
    let client_id: ClientId = id::typed(now);
    let auth_method = match kind {
        ClientType::Confidential => AuthMethod::SecretBasic,
        ClientType::Public => AuthMethod::None,
    };
    let client = NewClient {
        id: client_id.clone(),
        source,
        name: description.name,
        description: description.description,
        website: description.website,
        redirect_uris: description.redirect_uris,
        auth_method,
        keys: None,
        grant_types: GrantType::FOR_PEOPLE.to_vec(),
        default_scope: None,
        verified: false,
        owner_id: by.0.filter(|_| source == ClientSource::User).cloned(),
        address: by.1.to_owned(),
    };
    clients::add(transaction, client, now).await?;
    let event = Event { actor_id: by.0, address: by.1, client_id: Some(&client_id), ..Event::default() };
    audit::record(transaction, Action::ClientRegistered, event, now).await?;
    let client_secret = match kind {
        ClientType::Confidential => Some(add_secret(transaction, event, &client_id, now).await?),
        ClientType::Public => None,
    };
    Ok(Credentials { client_id, client_secret })
}

/// Adds a secret to a client and records it. Gives the secret, which nobody can read later.
pub(crate) async fn add_secret(
    db: &impl ConnectionTrait,
    event: Event<'_>,
    client_id: &ClientId,
    now: Millis,
) -> Result<String, Error> {
    let secret = PlainSecret::generate(SecretKind::Client);
    let named = secrets::add(db, client_id, &secret, now).await?;
    secrets::forget_retired(db, client_id).await?;
    audit::record(db, Action::SecretAdded, Event { detail: Some(&named), ..event }, now).await?;
    Ok(secret.expose().to_owned())
}

/// An event about a client, done by the viewer.
pub(crate) fn event<'a>(actor: &'a Actor, client_id: &'a ClientId) -> Event<'a> {
    Event {
        actor_id: Some(&actor.viewer.user_id),
        address: &actor.address,
        client_id: Some(client_id),
        ..Event::default()
    }
}
