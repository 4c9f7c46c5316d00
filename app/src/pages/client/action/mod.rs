//! Actions that take something away from people: each asks first, and counts before.

mod dialog;

use crate::wire::Failed;
use crate::{
    api::{
        client_impact, clients_impact, delete_client, delete_clients, remove_unused_registrations,
        retire_client_secret, revoke_clients_access, set_client_disabled, set_clients_blocked,
        unused_registrations,
    },
    components::format::counted,
};
use types::{
    client::{Impact, SecretRow},
    failure::Failure,
    id::ClientId,
};

pub(crate) use dialog::ActionDialog;

/// An action on clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Nobody can use them until they are unblocked.
    Block,
    /// They can be used again.
    Unblock,
    /// All their grants end.
    Revoke,
    /// They are gone.
    Delete,
    /// Registrations that nobody ever used are gone.
    CleanUp,
    /// Nobody can use one's own app until it is enabled.
    Disable,
    /// One's own app is gone; its name has to be typed.
    DeleteOwn,
    /// A secret of a client is gone.
    Retire,
}

impl Action {
    /// The button.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Block => "Block",
            Self::Unblock => "Unblock",
            Self::Revoke => "Revoke all access",
            Self::Delete | Self::DeleteOwn => "Delete",
            Self::CleanUp => "Clean up",
            Self::Disable => "Disable",
            Self::Retire => "Retire",
        }
    }
}

/// An action, and the clients that it is meant for.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PendingAction {
    /// The action.
    pub(crate) action: Action,
    /// Client IDs, or entries.
    pub(crate) ids: Vec<String>,
    /// The name, when it is one.
    pub(crate) name: Option<String>,
    /// Says if one of them registered itself.
    pub(crate) dynamic: bool,
    /// Says if one of them is described by a document on the web.
    pub(crate) document: bool,
    /// The secret, and whether it is the only one that works.
    pub(crate) secret: Option<(SecretRow, bool)>,
}

impl PendingAction {
    /// Something to be done to one client.
    pub(crate) fn of(action: Action, client_id: impl Into<String>, name: String) -> Self {
        Self {
            action,
            ids: vec![client_id.into()],
            name: Some(name),
            dynamic: false,
            document: false,
            secret: None,
        }
    }

    fn question(&self) -> String {
        let whom = self.name.as_deref().unwrap_or("the selected clients");
        match self.action {
            Action::Revoke => format!("Revoke all access of {whom}?"),
            Action::CleanUp => "Clean up unused registrations?".to_owned(),
            action => format!("{} {whom}?", action.label()),
        }
    }

    /// The consequences, and whether people may authorize again.
    const fn consequence(&self) -> &'static str {
        match self.action {
            Action::Block => {
                "Calls are refused, and nobody can authorize, until this is unblocked. Existing access is kept."
            }
            Action::Unblock => {
                "Calls work again for access that is still active. People can authorize again."
            }
            Action::Revoke => "All grants end and their tokens stop working. People may authorize again.",
            Action::Delete | Action::DeleteOwn => {
                "All grants end, the client ID and its secrets stop working, and nobody can authorize again. This cannot be undone."
            }
            Action::CleanUp => {
                "They registered themselves more than an hour ago, and nobody ever gave them access. The same software can register again."
            }
            Action::Disable => {
                "Calls are refused, and nobody can authorize, until you enable it again. Existing access is kept."
            }
            Action::Retire => match self.secret {
                Some((_, true)) => {
                    "It is the only secret that works: the app cannot get tokens until another is added. This cannot be undone."
                }
                _ => "Whoever uses it cannot get tokens with it any more. This cannot be undone.",
            },
        }
    }

    /// More about clients that come by themselves.
    const fn about_origin(&self) -> Option<&'static str> {
        match self.action {
            Action::Block if self.dynamic => Some("New registrations of the same software are not affected."),
            Action::Delete if self.dynamic => Some("The same software can register again."),
            Action::Delete if self.document => {
                Some("People can authorize the app at the same address anew. Block it to keep it out.")
            }
            _ => None,
        }
    }

    /// Its reach: the number that stands out, and the rest of the sentence.
    fn reach(&self, impact: Impact) -> (String, String) {
        let all = format!("{}, {}", counted(impact.users, "user", "users"), ended(impact, ", "));
        match self.action {
            Action::Retire => Default::default(),
            Action::CleanUp => {
                let were = if impact.clients == 1 { "was" } else { "were" };
                (registrations(impact.clients), format!(" {were} never used."))
            }
            Action::DeleteOwn => (all, " lose access.".to_owned()),
            Action::Disable => (all, " are affected.".to_owned()),
            _ => (all, format!(" of {}.", clients(impact))),
        }
    }

    /// Says what was done.
    fn outcome(&self, impact: Impact) -> String {
        match self.action {
            Action::Block => format!("{} blocked.", clients(impact)),
            Action::Unblock => format!("{} unblocked.", clients(impact)),
            Action::Revoke => format!("{} stopped working.", ended(impact, " and ")),
            Action::Delete => {
                format!("{} deleted. {} stopped working.", clients(impact), ended(impact, " and "))
            }
            Action::DeleteOwn => {
                format!("The app was deleted. {} stopped working.", ended(impact, " and "))
            }
            Action::CleanUp => format!("{} removed.", registrations(impact.clients)),
            Action::Disable => "The app was disabled.".to_owned(),
            Action::Retire => "The secret was retired.".to_owned(),
        }
    }

    async fn count(self) -> Result<Impact, Failed> {
        match self.action {
            Action::Retire => Ok(Impact::default()),
            Action::CleanUp => unused_registrations().await.map(only_clients),
            Action::Disable | Action::DeleteOwn => client_impact(client(&self.ids)?).await,
            _ => clients_impact(self.ids).await,
        }
    }

    async fn perform(self, typed: String) -> Result<Impact, Failed> {
        let Self { action, ids, secret, .. } = self;
        match action {
            Action::Block | Action::Unblock => set_clients_blocked(ids, action == Action::Block).await,
            Action::Revoke => revoke_clients_access(ids).await,
            Action::Delete => delete_clients(ids).await,
            Action::CleanUp => remove_unused_registrations().await.map(only_clients),
            Action::Disable => set_client_disabled(client(&ids)?, true).await.map(|()| Impact::default()),
            Action::DeleteOwn => delete_client(client(&ids)?, typed).await,
            Action::Retire => {
                let secret_id = secret.map(|(secret, _)| secret.id).unwrap_or_default();
                retire_client_secret(client(&ids)?, secret_id).await.map(|()| Impact::default())
            }
        }
    }
}

/// The one client that an action of its owner is about.
fn client(ids: &[String]) -> Result<ClientId, Failed> {
    ids.concat().parse().map_err(|_| Failed(Failure::NotFound))
}

fn only_clients(clients: u64) -> Impact {
    Impact { clients, ..Impact::default() }
}

fn clients(impact: Impact) -> String {
    counted(impact.clients, "client", "clients")
}

fn ended(impact: Impact, between: &str) -> String {
    let (grants, tokens) = (impact.grants, impact.tokens);
    format!("{}{between}{}", counted(grants, "grant", "grants"), counted(tokens, "token", "tokens"))
}

fn registrations(number: u64) -> String {
    counted(number, "registration", "registrations")
}
