//! What administrators do to clients, and what owners do to theirs for ever: each asks first, and counts before.

use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::{
        client_impact, clients_impact, delete_client, delete_clients, remove_unused_registrations,
        revoke_clients_access, set_clients_blocked, unused_registrations,
    },
    components::{
        dialog::Confirm,
        erase::{Erase, Piece},
        failure::FailureNote,
        field::TextField,
        format::counted,
        inside::live,
        text::{paragraph, plain},
        toast::Toaster,
    },
    types::{client::Impact, failure::Failure},
};

/// What can be done.
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
    /// One's own app is gone; its name has to be typed.
    DeleteOwn,
    /// Registrations that nobody ever used are gone.
    CleanUp,
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
        }
    }

    /// What it does, and whether people may authorize again.
    const fn consequence(self) -> &'static str {
        match self {
            Self::Block => {
                "Calls are refused, and nobody can authorize, until this is unblocked. What people granted stays, and works again afterwards."
            }
            Self::Unblock => "Calls get through again where a grant lives, and people may authorize again.",
            Self::Revoke => "All grants end and their tokens stop working. People may authorize again.",
            Self::Delete | Self::DeleteOwn => {
                "All grants end, the client ID and its secrets stop working, and nobody can authorize again. This cannot be undone."
            }
            Self::CleanUp => {
                "They registered themselves more than an hour ago, and nobody ever let them in. The same software can register again."
            }
        }
    }

    /// More about clients that register themselves.
    const fn about_dynamic(self) -> Option<&'static str> {
        match self {
            Self::Block => Some("New registrations of the same software are not affected."),
            Self::Delete => Some("The same software can register again."),
            _ => None,
        }
    }

    /// Says what was done.
    fn outcome(self, impact: Impact) -> String {
        let clients = counted(impact.clients, "client", "clients");
        let (grants, tokens) = ended(impact);
        match self {
            Self::Block => format!("{clients} blocked."),
            Self::Unblock => format!("{clients} unblocked."),
            Self::Revoke => format!("{grants} ended. {tokens} stopped working."),
            Self::Delete => format!("{clients} deleted. {grants} ended, {tokens} stopped working."),
            Self::DeleteOwn => format!("The app was deleted. {grants} ended, {tokens} stopped working."),
            Self::CleanUp => format!("{} removed.", registrations(impact.clients)),
        }
    }

    async fn count(self, ids: Vec<String>) -> Result<Impact, Failure> {
        match self {
            Self::CleanUp => unused_registrations().await.map(only_clients),
            Self::DeleteOwn => client_impact(ids.concat()).await,
            _ => clients_impact(ids).await,
        }
    }

    async fn perform(self, ids: Vec<String>, typed: String) -> Result<Impact, Failure> {
        match self {
            Self::Block | Self::Unblock => set_clients_blocked(ids, self == Self::Block).await,
            Self::Revoke => revoke_clients_access(ids).await,
            Self::Delete => delete_clients(ids).await,
            Self::DeleteOwn => delete_client(ids.concat(), typed).await,
            Self::CleanUp => remove_unused_registrations().await.map(only_clients),
        }
    }
}

fn only_clients(clients: u64) -> Impact {
    Impact { clients, ..Impact::default() }
}

fn ended(impact: Impact) -> (String, String) {
    (counted(impact.grants, "grant", "grants"), counted(impact.tokens, "token", "tokens"))
}

fn registrations(number: u64) -> String {
    counted(number, "registration", "registrations")
}

/// What is to be done, to which clients.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Intent {
    /// What.
    pub(crate) action: Action,
    /// Client IDs, or entries.
    pub(crate) ids: Vec<String>,
    /// The name, when it is one.
    pub(crate) name: Option<String>,
    /// Whether one of them registered itself.
    pub(crate) dynamic: bool,
}

impl Intent {
    fn question(&self) -> String {
        let whom = match &self.name {
            Some(name) => name.clone(),
            None => "the selected clients".to_owned(),
        };
        match self.action {
            Action::Revoke => format!("Revoke all access of {whom}?"),
            Action::CleanUp => "Clean up unused registrations?".to_owned(),
            action => format!("{} {whom}?", action.label()),
        }
    }

    /// Counts, as one sentence.
    fn counted(&self, impact: Impact) -> Vec<Piece> {
        let users = counted(impact.users, "user", "users");
        let (grants, tokens) = ended(impact);
        let all = format!("{users}, {grants}, {tokens}");
        match self.action {
            Action::CleanUp => {
                let were = if impact.clients == 1 { "was" } else { "were" };
                vec![plain(format!("{} {were} never used.", registrations(impact.clients)))]
            }
            Action::DeleteOwn => vec![strong(all), plain(" lose access.")],
            _ => vec![strong(all), plain(format!(" of {}.", counted(impact.clients, "client", "clients")))],
        }
    }
}

fn strong(text: String) -> Piece {
    view! { <strong>{text}</strong> }.erased()
}

/// Counts what an action would reach, asks, and does it.
#[component]
pub(crate) fn ActionDialog(
    /// What is to be done; the dialog is open while there is something.
    intent: RwSignal<Option<Intent>>,
    /// Called after it was done.
    #[prop(into)]
    done: Callback<Action>,
) -> impl IntoView {
    let toaster = Toaster::expect();
    let counted = RwSignal::new(None::<Result<Impact, Failure>>);
    let busy = RwSignal::new(false);
    let typed = RwSignal::new(String::new());
    let count = Callback::new(move |()| {
        counted.set(None);
        let wanted = intent.get_untracked();
        if let Some(Intent { action, ids, .. }) = wanted.clone() {
            spawn_local(async move {
                let result = action.count(ids).await;
                if intent.try_get_untracked() == Some(wanted) {
                    counted.set(Some(result));
                }
            });
        }
    });
    Effect::new(move |_| {
        intent.track();
        typed.set(String::new());
        count.run(());
    });
    let act = move |()| {
        let Some(Intent { action, ids, .. }) = intent.get_untracked() else { return };
        busy.set(true);
        let typed = typed.get_untracked();
        spawn_local(async move {
            match action.perform(ids, typed).await {
                Ok(impact) => {
                    toaster.done(action.outcome(impact));
                    done.run(action);
                }
                Err(failure) => toaster.failed(&failure),
            }
            busy.set(false);
            intent.set(None);
        });
    };
    // An owner types the name before the app is taken away from people.
    let confirmed = move || {
        intent.with(|intent| match intent {
            Some(Intent { action: Action::DeleteOwn, name: Some(name), .. }) => {
                typed.with(|typed| typed.trim() == name.as_str())
            }
            _ => true,
        })
    };
    let off = move || busy.get() || !confirmed() || !counted.with(|counted| matches!(counted, Some(Ok(_))));
    let question = Signal::derive(move || {
        intent.with(|intent| intent.as_ref().map(Intent::question)).unwrap_or_default()
    });
    let yes = Signal::derive(move || {
        intent.with(|intent| intent.as_ref().map_or("", |intent| intent.action.label()))
    });
    view! {
        <Confirm
            open=Signal::derive(move || intent.with(Option::is_some))
            close=move |()| intent.set(None)
            id="action"
            question
            yes
            act
            off=Signal::derive(off)
        >
            <div role="status">
                {live(move || match (intent.get(), counted.get()) {
                    (Some(intent), Some(Ok(impact))) => paragraph("impact", intent.counted(impact)),
                    (_, None) => paragraph("impact", vec![plain("Counting …")]),
                    _ => ().erased(),
                })}
            </div>
            {live(move || match counted.get() {
                Some(Err(failure)) => view! { <FailureNote failure retry=count /> }.erased(),
                _ => ().erased(),
            })}
            {intent.get_untracked().map(|intent| what(&intent, typed))}
        </Confirm>
    }
    .erased()
}

/// What will happen, and the field for the name where it is asked for.
fn what(intent: &Intent, typed: RwSignal<String>) -> Piece {
    let action = intent.action;
    let mut parts = vec![paragraph("", vec![plain(action.consequence())])];
    if let Some(more) = action.about_dynamic().filter(|_| intent.dynamic) {
        parts.push(paragraph("", vec![plain(more)]));
    }
    if action == Action::DeleteOwn {
        let field = view! {
            <div on:input=move |event| typed.set(event_target_value(&event))>
                <TextField
                    id="confirm_name".to_owned()
                    label="Type the name to confirm"
                    name="confirm_name"
                    value=String::new()
                />
            </div>
        };
        parts.push(field.erased());
    }
    parts.erased()
}
